import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** AES-256-GCM with a random nonce before it and the tag behind it; one key seals far fewer than 2^32 texts. */

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** @param about what it belongs to: opens with the same alone */
export function seal(key: Buffer, about: string, content: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  return Buffer.concat([nonce, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** @returns undefined: it was altered, belongs to something else, or was sealed with another key */
export function open(key: Buffer, about: string, sealed: Buffer): Buffer | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(about)).setAuthTag(sealed.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Begins what no JSON text begins with. */
const mark = 'wcs1:';

/** A sealed text as it stands in a column, with the id of its key. */
export function sealText(key: Buffer, keyId: string, about: readonly string[], text: string): string {
  return `${mark}${keyId}:${seal(key, JSON.stringify(about), Buffer.from(text, 'utf8')).toString('base64')}`;
}

/** The id of the key of a sealed text; undefined: it is no sealed text. */
export function keyIdOf(text: string): string | undefined {
  return text.startsWith(mark) ? text.slice(mark.length, text.indexOf(':', mark.length)) : undefined;
}

/** @returns undefined: see {@link open} */
export function openText(key: Buffer, about: readonly string[], sealed: string): string | undefined {
  const bytes = Buffer.from(sealed.slice(sealed.indexOf(':', mark.length) + 1), 'base64');
  return open(key, JSON.stringify(about), bytes)?.toString('utf8');
}
