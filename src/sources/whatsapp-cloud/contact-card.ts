import { asArray, asObject, word, words, type Json, type MessageView } from './payload.ts';
import { phoneOf } from './people.ts';

/**
 * One contact card in a line: name, firm, numbers, addresses of e-mail. A card may be a vCard alone (Meta docs, contacts
 * messages, 2026).
 */
export function cardText(raw: unknown): string {
  const card = asObject(raw) ?? {};
  const name = asObject(card['name']);
  const vcard = vcardOf(card);
  const given = [words(name?.['first_name']), words(name?.['last_name'])].filter(
    (each) => each !== undefined,
  );
  const phones = asArray(card['phones']).map(
    (phone) => words(asObject(phone)?.['phone']) ?? word(asObject(phone)?.['wa_id']),
  );
  const values = [
    words(name?.['formatted_name']) ?? (given.length > 0 ? given.join(' ') : vcard.name),
    words(asObject(card['org'])?.['company']),
    ...(phones.length > 0 ? phones : vcard.phones.map(({ text }) => text)),
    ...asArray(card['emails']).map((email) => words(asObject(email)?.['email'])),
  ];
  const text = values.filter((value) => value !== undefined).join(', ') || 'a contact card without a name';
  return isOwn(card) ? `${text} (shared on request: the person's own)` : text;
}

/**
 * E.164 of the own number that a person shared when asked for it: the surest source of a number for people who have a
 * user name (Meta docs, "Business-scoped user IDs", REQUEST_CONTACT_INFO). Undefined for any other message.
 */
export function sharedOwnNumber(view: MessageView): string | undefined {
  if (view.type !== 'contacts') return undefined;
  const cards = asArray(view.body['contacts']).map((card) => asObject(card) ?? {});
  const own = cards.filter(isOwn);
  return own.flatMap(numbersOf)[0];
}

function isOwn(card: Json): boolean {
  return word(card['origin']) === 'contact_request';
}

/** WhatsApp's own form first; what a person typed only with its country code. */
function numbersOf(card: Json): string[] {
  const phones = asArray(card['phones']).map((phone) => asObject(phone) ?? {});
  const { phones: inVcard } = vcardOf(card);
  const candidates = [
    ...phones.map((phone) => word(phone['wa_id'])),
    ...inVcard.map(({ waId }) => waId),
    ...[...phones.map((phone) => word(phone['phone'])), ...inVcard.map(({ text }) => text)].filter((text) =>
      text?.startsWith('+'),
    ),
  ];
  return candidates.flatMap((text) => phoneOf(text) ?? []);
}

interface Vcard {
  readonly name: string | undefined;
  readonly phones: readonly { readonly text: string; readonly waId: string | undefined }[];
}

/** `FN:` and `TEL;waid=…:` lines; the rest of a vCard is in the message's details. */
function vcardOf(card: Json): Vcard {
  const lines = (words(card['vcard']) ?? '').split(/\r?\n/);
  const value = (line: string): string => line.slice(line.indexOf(':') + 1).trim();
  const name = lines.find((line) => /^FN[;:]/i.test(line));
  const phones = lines.filter((line) => /^(\w+\.)?TEL[;:]/i.test(line));
  return {
    name: name === undefined ? undefined : words(value(name)),
    phones: phones.map((line) => ({ text: value(line), waId: /waid=(\d+)/i.exec(line)?.[1] })),
  };
}
