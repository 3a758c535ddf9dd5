import { randomBytes } from 'node:crypto';

/** A new SID: two capitals for the kind of resource and 32 hex digits (Twilio docs, "String Identifier"). */
export function newSid(prefix: string): string {
  return `${prefix}${randomBytes(16).toString('hex')}`;
}
