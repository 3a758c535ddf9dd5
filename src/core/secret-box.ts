import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** A key that is derived from a secret for one purpose, and a name by which it is known again; the name tells nothing. */
export interface BoxKey {
  readonly name: string;
  readonly key: Buffer;
}

/** The key of a secret for a purpose (HKDF with SHA-256, RFC 5869): of other purposes it says nothing. */
export function boxKey(secret: string, purpose: string): BoxKey {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  const name = createHash('sha256').update('box key name').update(key).digest('hex').slice(0, 16);
  return { name, key };
}

/**
 * Encrypts a text (AES-256-GCM, a random nonce of 96 bits). It opens only with the same key and `context`.
 *
 * @returns base64 of nonce, tag and ciphertext
 */
export function closeBox({ key }: BoxKey, text: string, context: string): string {
  const iv = randomBytes(ivBytes);
  const box = createCipheriv(cipher, key, iv).setAAD(Buffer.from(context));
  const closed = Buffer.concat([box.update(text, 'utf8'), box.final()]);
  return Buffer.concat([iv, box.getAuthTag(), closed]).toString('base64');
}

/** The text of a box; undefined: it was closed with another key or for another context, or somebody changed it. */
export function openBox({ key }: BoxKey, boxed: string, context: string): string | undefined {
  const bytes = Buffer.from(boxed, 'base64');
  if (bytes.length < ivBytes + tagBytes) return undefined;
  const box = createDecipheriv(cipher, key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    return box.update(bytes.subarray(ivBytes + tagBytes), undefined, 'utf8') + box.final('utf8');
  } catch {
    return undefined;
  }
}
