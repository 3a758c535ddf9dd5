/** MIME types that say nothing about a file. */
const unspecific = new Set(['application/octet-stream', 'binary/octet-stream']);

/**
 * Do the settings keep files of this type? Everything that is said of the type must be allowed; where a list is set, a
 * file of which nobody says anything is not.
 *
 * @param allowed `image/*`, `application/pdf`; empty: all
 */
export function isTypeAllowed(said: readonly (string | undefined)[], allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  const types = said
    .map((type) => type?.split(';', 1)[0]?.trim().toLowerCase() ?? '')
    .filter((type) => type !== '' && !unspecific.has(type));
  const matches = (type: string) =>
    allowed.some((one) => (one.endsWith('/*') ? type.startsWith(one.slice(0, -1)) : type === one));
  return types.length > 0 && types.every(matches);
}

/**
 * Lower-case hex of a sha256 as providers give it: base64 in live webhooks, hex in history (Meta docs, webhooks).
 * Undefined for what is neither: samples have placeholders there.
 */
export function readHash(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  if (!/^[\w+/-]{43}=?$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 ? bytes.toString('hex') : undefined;
}
