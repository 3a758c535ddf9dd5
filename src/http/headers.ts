/** Sent with every answer: nothing may be embedded, sniffed, cached, or run. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': policyWith([]),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A Content-Security-Policy that allows nothing but what is given, like `style-src 'sha256-…'`. */
export function policyWith(allowed: readonly string[]): string {
  const nothing = ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"];
  return [...nothing, ...allowed].join('; ');
}
