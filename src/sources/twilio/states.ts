import type { DeliveryState } from '../../core/interaction.ts';

const states: ReadonlyMap<string, DeliveryState> = new Map<string, DeliveryState>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['failed', 'failed'],
  ['undelivered', 'failed'],
]);

/** Before a message has left Twilio, or when it never will: nothing that a person would call a delivery state. */
const unsent = new Set(['queued', 'accepted', 'scheduled', 'sending', 'canceled']);

const incoming = new Set(['received', 'receiving']);

/** What a word of Twilio's means (Twilio docs, Messages resource, status). */
export function deliveryState(word: string): DeliveryState | undefined {
  return states.get(word.toLowerCase());
}

export function isUnsent(word: string): boolean {
  return unsent.has(word.toLowerCase());
}

export function isIncoming(word: string): boolean {
  return incoming.has(word.toLowerCase());
}

/** Reasons in words (Twilio docs, error and warning dictionary), for the codes that WhatsApp traffic meets. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['21211', 'the number of the person is not valid'],
  ['21408', 'the account may not send to this country'],
  ['21610', 'the person has unsubscribed from this sender'],
  ['21614', 'the number of the person is not a mobile number'],
  ['30001', 'the queue of Twilio is full'],
  ['30002', 'the Twilio account is suspended'],
  ['30003', 'the phone of the person could not be reached'],
  ['30004', 'the message was blocked'],
  ['30005', 'the number is unknown or not in service'],
  ['30006', 'a landline or a carrier that cannot be reached'],
  ['30007', 'the message was filtered as unwanted'],
  ['30008', 'unknown error of the network'],
  ['63001', 'the sender could not be authenticated with WhatsApp'],
  ['63003', 'the person has no WhatsApp account with this number'],
  ['63005', 'WhatsApp refused the content of the message'],
  ['63007', 'the sender is not set up for WhatsApp'],
  ['63010', 'internal error of WhatsApp'],
  ['63012', 'WhatsApp had an internal error or could not be reached'],
  ['63013', 'it violates a policy of WhatsApp'],
  ['63016', 'outside the 24-hour window only an approved template may be sent'],
  ['63018', 'too many messages: the rate limit of WhatsApp was reached'],
  ['63019', 'the file could not be fetched by WhatsApp'],
  ['63021', 'the content is not valid for WhatsApp'],
  ['63024', 'the person is not a valid recipient on WhatsApp'],
  ['63032', 'WhatsApp does not let this person receive the message now'],
  ['63033', 'the person has blocked messages of this business'],
  ['63049', 'Meta chose not to deliver this marketing message'],
]);

/** Code and words of a failure; a code that nobody here knows is told as it is. */
export function readFailure(
  code: string | undefined,
  message?: string,
): { code: string; text: string } | undefined {
  if (code === undefined || code === '' || code === '0') return undefined;
  return { code, text: reasons.get(code) ?? message ?? 'Twilio gives no reason' };
}
