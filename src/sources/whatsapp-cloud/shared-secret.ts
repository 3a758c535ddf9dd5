import { createHash, timingSafeEqual } from 'node:crypto';
import type { WebhookRequest } from '../source.ts';

/**
 * Does the request carry the secret that we gave the provider for it? As `Authorization: Bearer <secret>`, as the
 * password of `Authorization: Basic`, as `X-Webhook-Secret: <secret>`, or as `?secret=` in the address. Timing-safe; a
 * header that comes twice is wrong, and an empty secret is never right.
 */
export function hasSecret(
  { headers, url }: Pick<WebhookRequest, 'headers' | 'url'>,
  secret: string,
): boolean {
  if (secret === '') return false;
  const own = headers['x-webhook-secret'];
  const given = [
    ...fromAuthorization(headers['authorization']),
    ...(typeof own === 'string' ? [own] : []),
    ...fromQuery(url),
  ];
  // all are compared, so that the time does not tell which one was given
  return given.map((each) => isSame(each, secret)).includes(true);
}

/** Whether both are the same, in a time that tells nothing of where they differ. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function fromAuthorization(header: string | string[] | undefined): string[] {
  if (typeof header !== 'string') return [];
  const [, scheme = '', value = ''] = /^\s*(bearer|basic)\s+(.+?)\s*$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return [value];
  if (scheme.toLowerCase() !== 'basic') return [];
  const pair = Buffer.from(value, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? [] : [pair.slice(colon + 1)];
}

function fromQuery(url: string): string[] {
  const start = url.indexOf('?');
  return start < 0 ? [] : new URLSearchParams(url.slice(start + 1)).getAll('secret').slice(0, 1);
}

// hashed first, because timingSafeEqual wants equal lengths and the length is a secret too
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
