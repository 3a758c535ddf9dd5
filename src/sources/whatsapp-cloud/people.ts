import type { Person } from '../../core/interaction.ts';
import { isUserId, providerNumber } from '../../core/phone.ts';
import { asArray, asObject, contactSchema, word, type Contact, type Json } from './payload.ts';

/** E.164 of what stands where a number is due; undefined for user ids, group ids and anything else with letters. */
export function phoneOf(value: unknown): string | undefined {
  const text = word(value);
  return text !== undefined && /^\+?[\d\s().-]+$/.test(text) ? providerNumber(text) : undefined;
}

/** A user id that stands in the place of a number: both the final form and the `user.…` of the first draft. */
export function userIdOf(value: unknown): string | undefined {
  const text = word(value);
  return text !== undefined && (isUserId(text) || /^user\.[0-9a-f]+$/i.test(text)) ? text : undefined;
}

/** Of several places where the other side's number may stand: a phone number before a user id, never the firm's own. */
export function farEnd(
  candidates: readonly (string | undefined)[],
  businessNumber: string,
): string | undefined {
  const isFar = (text: string | undefined): boolean => {
    const phone = phoneOf(text);
    return phone !== undefined && phone !== businessNumber;
  };
  return candidates.find(isFar) ?? candidates.find((text) => userIdOf(text) !== undefined);
}

/** Raw ids of one person as an item gives them: numbers may hold user ids. */
export interface RawPerson {
  readonly number?: string | undefined;
  readonly userId?: string | undefined;
  readonly parentUserId?: string | undefined;
}

/** The person of an item, completed from the contact that belongs to it; what the item says goes first. */
export function toPerson(raw: RawPerson, contact?: Contact): Person {
  const phone = phoneOf(raw.number) ?? phoneOf(contact?.wa_id);
  const userId = raw.userId ?? userIdOf(raw.number) ?? contact?.user_id ?? userIdOf(contact?.wa_id);
  const parentUserId = raw.parentUserId ?? contact?.parent_user_id;
  const name = contact?.profile.name?.trim();
  const username = contact?.profile.username?.replace(/^@/, '');
  return {
    ...(phone && { phone }),
    ...(userId && { userId }),
    ...(parentUserId && { parentUserId }),
    ...(name && { name }),
    ...(username && { username }),
  };
}

/** Those of the contacts that are objects. */
export function readContacts(contacts: readonly unknown[] | undefined): Contact[] {
  return (contacts ?? []).flatMap((raw) => {
    const contact = asObject(raw);
    return contact ? [contactSchema.parse(contact)] : [];
  });
}

/** The contact that has one of these ids; a contact that stands alone belongs to the item it was kept with. */
export function contactOf(contacts: readonly Contact[], raw: RawPerson): Contact | undefined {
  const ids = idsOf([raw.number, raw.userId]);
  const named = contacts.find((contact) =>
    idsOf([contact.wa_id, contact.user_id]).some((id) => ids.includes(id)),
  );
  return named ?? (contacts.length === 1 ? contacts[0] : undefined);
}

/** Ids in one comparable form: E.164 for numbers, user ids as they are. */
export function idsOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) => phoneOf(value) ?? word(value) ?? []);
}

/** The keys that name people, and what stands under them. */
const personKeys: ReadonlyMap<string, 'number' | 'userId' | 'parentUserId'> = new Map([
  ['from', 'number'],
  ['to', 'number'],
  ['wa_id', 'number'],
  ['input', 'number'],
  ['phone_number', 'number'],
  ['recipient', 'number'],
  ['recipient_id', 'number'],
  ['recipient_participant_id', 'number'],
  ['participant_recipient_id', 'number'],
  ['from_user_id', 'userId'],
  ['to_user_id', 'userId'],
  ['user_id', 'userId'],
  ['recipient_user_id', 'userId'],
  ['recipient_participant_user_id', 'userId'],
  ['from_parent_user_id', 'parentUserId'],
  ['to_parent_user_id', 'parentUserId'],
  ['parent_user_id', 'parentUserId'],
  ['recipient_parent_user_id', 'parentUserId'],
]);

/** The raw values of one object's own keys that name people. */
export function rawIds(item: Json): unknown[] {
  return Object.keys(item).flatMap((key) => (personKeys.has(key) ? [item[key]] : []));
}

/** Everyone one object names by its own keys, the firm's number left out. */
export function peopleIn(item: Json, businessNumber: string | undefined): Person[] {
  const people: Person[] = [];
  for (const key of Object.keys(item)) {
    const kind = personKeys.get(key);
    if (kind === undefined) continue;
    if (kind === 'number') {
      const phone = phoneOf(item[key]);
      const userId = phone === undefined ? userIdOf(item[key]) : undefined;
      if (phone !== undefined && phone !== businessNumber) people.push({ phone });
      if (userId !== undefined) people.push({ userId });
    } else people.push(...namedBy(item[key]).map((id) => ({ [kind]: id })));
  }
  return people;
}

/** Ids under a key: a word, or `{previous, current}` (user_id_update). */
function namedBy(value: unknown): string[] {
  const change = asObject(value);
  const values = change ? [change['previous'], change['current']] : [value];
  return values.map(word).filter((id) => id !== undefined);
}

/** Everyone named anywhere in a value of unknown shape. */
export function peopleAnywhere(value: unknown, businessNumber: string | undefined): Person[] {
  const people: Person[] = [];
  const queue: unknown[] = [value];
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    const item = asObject(current);
    if (item) people.push(...peopleIn(item, businessNumber));
    for (const inner of item ? Object.values(item) : asArray(current)) {
      if (typeof inner === 'object' && inner !== null) queue.push(inner);
    }
  }
  return unique(people);
}

/** Each person once. */
export function unique(people: readonly Person[]): Person[] {
  return [...new Map(people.map((person) => [JSON.stringify(person), person])).values()];
}
