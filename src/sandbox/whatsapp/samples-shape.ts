import { sha256Of, type SandboxMedia } from './media.ts';
import { demoBusiness, type DemoPerson } from './people.ts';

/** A webhook body, ready to be signed and posted. */
export interface Sample {
  readonly name: string;
  readonly body: object;
}

/** Meta's envelope around one value. */
export function webhook(name: string, field: string, value: object): Sample {
  const metadata = {
    display_phone_number: demoBusiness.displayPhoneNumber,
    phone_number_id: demoBusiness.phoneNumberId,
  };
  const change = { value: { messaging_product: 'whatsapp', metadata, ...value }, field };
  const entry = [{ id: demoBusiness.accountId, changes: [change] }];
  return { name, body: { object: 'whatsapp_business_account', entry } };
}

/** Ids like Meta's: base64 after the prefix, the same for the same number. */
export function messageId(number: number): string {
  return `wamid.${idText('message', number)}`;
}

/** The same for calls. */
export function callId(number: number): string {
  return `wacid.${idText('call', number)}`;
}

function idText(kind: string, number: number): string {
  return Buffer.from(`demo-${kind}-${String(number).padStart(4, '0')}-0000000000`).toString('base64');
}

/** Someone in a webhook: with a number, a user id or both. */
export type Party = Pick<DemoPerson, 'name'> & Partial<DemoPerson>;

/** An element of `contacts[]`. */
export function contact(person: Party): object {
  return {
    profile: { name: person.name },
    ...(person.phone && { wa_id: digits(person.phone) }),
    ...(person.userId && { user_id: person.userId }),
  };
}

/** The sender's keys of a message. */
export function sender(person: Party): object {
  return ends('from', person);
}

/** `from`, `to` or `recipient_id`, each with its user id; what is not known is absent, as in Meta's 2026 samples. */
export function ends(side: 'from' | 'to' | 'recipient', { phone, userId }: Party): object {
  const number = side === 'recipient' ? 'recipient_id' : side;
  return { ...(phone && { [number]: digits(phone) }), ...(userId && { [`${side}_user_id`]: userId }) };
}

function digits(e164: string): string {
  return e164.replace('+', '');
}

/** A media object as webhooks have it. */
export function file(media: SandboxMedia): object {
  return { mime_type: media.mimeType, sha256: sha256Of(media), id: media.id };
}
