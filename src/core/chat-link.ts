import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Interaction } from './interaction.ts';

/** Makes the address of a chat for a CRM record; see {@link signChat}. */
export type ChatLink = (interaction: Pick<Interaction, 'key' | 'occurredAt'>) => string;

const dayMs = 86_400_000;
/** Half of a sha256: nobody guesses 128 bits, and CRM fields are short. */
const signatureBytes = 16;

/**
 * What lets its holder read the chat of one interaction until a day. The same each time for the same interaction, so that a
 * record is not written again for it.
 *
 * @param key 64 hex digits
 * @param days that it is good for, counted from the interaction's own day (UTC)
 */
export function signChat(secret: Buffer, { key, occurredAt }: Parameters<ChatLink>[0], days: number): string {
  const body = Buffer.alloc(36);
  body.write(key, 'hex');
  body.writeUInt32BE(Math.floor(Date.parse(occurredAt) / dayMs) + days, 32);
  return Buffer.concat([body, signatureOf(secret, body)]).toString('base64url');
}

/** The interaction's key; undefined: not signed by us, or its last day is over. */
export function readChatToken(secret: Buffer, token: string, now: Date): string | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== 36 + signatureBytes) return undefined;
  const [body, signature] = [bytes.subarray(0, 36), bytes.subarray(36)];
  if (!timingSafeEqual(signature, signatureOf(secret, body))) return undefined;
  const isOver = Math.floor(now.getTime() / dayMs) > body.readUInt32BE(32);
  return isOver ? undefined : body.subarray(0, 32).toString('hex');
}

function signatureOf(secret: Buffer, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(body).digest().subarray(0, signatureBytes);
}
