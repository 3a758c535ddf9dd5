import type { Fact, NoticeFact } from '../../core/fact.ts';
import type { Person } from '../../core/interaction.ts';
import { cleanJson } from '../../core/text.ts';
import { readAlert } from './account-alerts.ts';
import type { Opened } from './opened.ts';
import { asArray, asObject, word, words, type Json } from './payload.ts';
import { contactOf, readContacts, toPerson, type RawPerson } from './people.ts';

/**
 * Something told about the account, the address book, preferences or groups. Handovers keep their summary in the
 * details.
 */
export function readNotice(opened: Opened): NoticeFact {
  const { at, field, item } = opened;
  const person = personOf(opened);
  const group = field.startsWith('group_') ? groupOf(field, item) : undefined;
  const alert = readAlert(field, item, opened.entry);
  return {
    kind: 'notice',
    at,
    topic: topicOf(opened),
    ...(person && { person }),
    ...(group && { group }),
    ...(alert && { alert }),
    details: cleanJson(item) as Json,
  };
}

function topicOf({ field, list, item }: Opened): string {
  if (list === 'errors') return isDeclined(item) ? `${field}.declined` : `${field}.error`;
  // samples name the wrong type of a group event: the field is right
  const kind = list === 'groups' ? undefined : (word(item['event']) ?? word(item['type']));
  return kind ? `${field}.${kind}` : field;
}

/** The firm chose not to share its history: no error, and nothing an admin must mend (Meta docs, history). */
function isDeclined(error: Json): boolean {
  return word(error['code']) === '2593109';
}

/** Whom a contact of the address book, a handover, a preference is about. */
function personOf({ item, contacts }: Opened): Person | undefined {
  const contact = asObject(item['contact']);
  const about = contact ?? asObject(item['sender']) ?? item;
  const raw: RawPerson = {
    number: word(about['wa_id']) ?? word(about['phone_number']),
    userId: word(about['user_id']),
    parentUserId: word(about['parent_user_id']),
  };
  const person = toPerson(raw, contact ? bookEntry(contact) : contactOf(contacts, raw));
  const { phone, userId, parentUserId } = person;
  return (phone ?? userId ?? parentUserId) ? person : undefined;
}

/** Names that the firm's staff gave (Meta docs, smb_app_state_sync). */
function bookEntry(contact: Json): ReturnType<typeof readContacts>[number] | undefined {
  const name = words(contact['full_name']) ?? words(contact['first_name']);
  return readContacts([{ profile: { name, username: contact['username'] } }])[0];
}

/** What a group is called: told when it is made and when its settings were changed with success (Meta docs, groups). */
function groupOf(field: string, item: Json): NoticeFact['group'] {
  const id = word(item['group_id']);
  const subject = field === 'group_settings_update' ? changedSubject(item) : createdSubject(field, item);
  return id === undefined || subject === undefined ? undefined : { id, subject };
}

function createdSubject(field: string, item: Json): string | undefined {
  const isMade = field === 'group_lifecycle_update' && word(item['type']) !== 'group_delete';
  return isMade && asArray(item['errors']).length === 0 ? words(item['subject'])?.trim() : undefined;
}

function changedSubject(item: Json): string | undefined {
  const change = asObject(item['group_subject']);
  if (!change) return words(item['group_subject'])?.trim();
  if (change['update_successful'] === false || asArray(change['errors']).length > 0) return undefined;
  const names = ['text', 'subject', 'group_subject', 'value', 'body', 'name'];
  return names.map((name) => words(change[name])?.trim()).find((text) => text !== undefined);
}

/** `user_id_update[]`: the machine-readable form of a change (Meta docs, "Business-scoped user IDs"). */
export function readUserIdUpdate({ at, item, contacts }: Opened): Fact {
  const number = word(item['wa_id']);
  const userId = asObject(item['user_id']);
  const parent = asObject(item['parent_user_id']);
  const side = (name: 'previous' | 'current'): Person => {
    const raw = { number, userId: word(userId?.[name]), parentUserId: word(parent?.[name]) };
    return toPerson(raw, contactOf(contacts, raw));
  };
  return { kind: 'number-change', at, from: side('previous'), to: side('current') };
}
