import { createHmac, timingSafeEqual } from 'node:crypto';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const signatureHeader = 'x-hub-signature-256';

/**
 * Is the signature right for exactly these bytes? It is `sha256=<64 hex digits>`, an HMAC of the raw body keyed with
 * the app's secret (Meta docs, "Create a webhook endpoint"). The bytes must be those that came over the wire: Meta signs its own
 * escaping, which no re-serialisation reproduces. A header that is missing, repeated or malformed is just wrong, and
 * with an empty secret nothing is right.
 */
export function verifySignature(body: Buffer, headers: Headers, appSecret: string): boolean {
  const header = headers[signatureHeader];
  if (appSecret === '' || typeof header !== 'string') return false;
  const hex = /^sha256=([0-9a-f]{64})$/i.exec(header)?.[1];
  if (hex === undefined) return false;
  const expected = createHmac('sha256', appSecret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(hex, 'hex'));
}
