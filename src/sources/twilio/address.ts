import type { Person } from '../../core/interaction.ts';
import { isUserId, providerNumber } from '../../core/phone.ts';

/** One end of a message or call, as Twilio writes it: `whatsapp:+491…`, `whatsapp:DE.13…`, `+1555…`, `client:ana`. */
export interface Address {
  readonly whatsapp: boolean;
  /** E.164 */
  readonly phone?: string;
  /** WhatsApp's business-scoped user id, which stands in the place of a number that is not shared */
  readonly userId?: string;
}

/** Reads an end. Neither number nor user id (client, SIP, short names): an address without both. */
export function readAddress(text: string | undefined | null): Address {
  const given = (text ?? '').trim();
  const whatsapp = /^whatsapp:/i.test(given);
  const bare = whatsapp ? given.slice('whatsapp:'.length).trim() : given;
  if (isUserId(bare)) return { whatsapp, userId: bare };
  const phone = /^\+?[\d\s().-]+$/.test(bare) ? providerNumber(bare) : undefined;
  return { whatsapp, ...(phone !== undefined && { phone }) };
}

/** The person at an end; the second one fills in what the first does not know. */
export function toPerson(address: Address, more: Person = {}): Person {
  const { phone, userId } = address;
  return { ...more, ...(phone !== undefined && { phone }), ...(userId !== undefined && { userId }) };
}

/** Which of two ends. */
export type Side = 'from' | 'to';

/** The firm's numbers as configured. */
export type OwnNumbers = readonly string[] | 'all';

/** The two ends of a message or leg. */
export interface Ends {
  readonly from: Address;
  readonly to: Address;
}

/** The other end. */
export function other(side: Side): Side {
  return side === 'from' ? 'to' : 'from';
}

/**
 * The firm's number of a message: that of the end which is ours by its direction, unless only the other one is
 * configured. An end without a number is ours when exactly one number is configured; else nobody knows.
 */
export function ownNumber(ends: Ends, expected: Side, numbers: OwnNumbers): string | undefined {
  const here = ends[expected].phone;
  if (numbers === 'all') return here;
  const there = ends[other(expected)].phone;
  if (here !== undefined && numbers.includes(here)) return here;
  if (there !== undefined && numbers.includes(there)) return there;
  return here ?? soleNumber(numbers);
}

/** The one number that is configured, when it is one. */
export function soleNumber(numbers: OwnNumbers): string | undefined {
  return numbers !== 'all' && numbers.length === 1 ? numbers[0] : undefined;
}

/** Is it a number that may be recorded? */
export function isConfigured(number: string | undefined, numbers: OwnNumbers): boolean {
  return number !== undefined && (numbers === 'all' || numbers.includes(number));
}
