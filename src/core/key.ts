import { createHash } from 'node:crypto';

/** Lower-case hex sha256 of the parts, joined so that no two different lists give the same text. */
export function hashKey(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** A key of AES-256. @param text 32 bytes, in base64 or as 64 hex digits @returns undefined: it is something else */
export function readKey(text: string): Buffer | undefined {
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  if (!isHex && !/^[\w+/-]{43}=?$/.test(text)) return undefined;
  return Buffer.from(text, isHex ? 'hex' : 'base64');
}

/**
 * The key of an interaction, which every CRM record carries: 64 lower-case hex digits. Hex, because both CRMs compare
 * unique values without regard to case unless told otherwise, and WhatsApp ids are case-sensitive base64.
 *
 * @param sourceKind `whatsapp-cloud`, `twilio`: the kind, so that two sources of the same number give one interaction
 * @param businessNumber E.164
 * @param providerId id of the message or call; a wamid is not unique across numbers
 */
export function interactionKey(sourceKind: string, businessNumber: string, providerId: string): string {
  return hashKey(sourceKind, businessNumber, providerId);
}
