import type { Fact, MessageFact } from '../../core/fact.ts';
import type { DeliveryState, Direction, Person } from '../../core/interaction.ts';
import { cleanJson } from '../../core/text.ts';
import type { Normalize, StoredEvent } from '../source.ts';
import { isCallStatus, readCall, readCallStatus } from './calls.ts';
import { readContent } from './content.ts';
import { targetOf } from './drafts.ts';
import { readMedia } from './media.ts';
import {
  asArray,
  asObject,
  readError,
  readMessage,
  statusSchema,
  word,
  words,
  type Contact,
  type Json,
  type MessageView,
  type StatusView,
} from './payload.ts';
import { contactOf, phoneOf, readContacts, toPerson, type RawPerson } from './people.ts';

/** A stored fragment, opened. */
interface Opened {
  readonly event: StoredEvent;
  readonly at: string;
  readonly field: string;
  readonly list: string;
  readonly item: Json;
  readonly contacts: readonly Contact[];
  readonly errors: readonly unknown[];
  readonly thread: Json | undefined;
  readonly businessNumber: string;
}

/** Reads one stored event of this source kind. Total: what it cannot read is an `unrecognised` fact. */
export const normalizeWhatsAppCloud: Normalize = (event) => {
  try {
    const opened = open(event);
    return (opened && readOpened(opened)) ?? unrecognised(event, 'shape');
  } catch {
    return unrecognised(event, 'unreadable');
  }
};

function unrecognised(event: StoredEvent, topic: string): Fact {
  return { kind: 'unrecognised', at: event.occurredAt, topic };
}

function open(event: StoredEvent): Opened | undefined {
  const payload = asObject(event.payload);
  const item = asObject(payload?.['item']);
  if (!payload || !item) return undefined;
  return {
    event,
    at: event.occurredAt,
    field: word(payload['field']) ?? '',
    list: word(payload['list']) ?? '',
    item,
    contacts: readContacts(asArray(payload['contacts'])),
    errors: asArray(payload['errors']),
    thread: asObject(payload['thread']),
    businessNumber: event.businessNumber ?? '',
  };
}

function readOpened(opened: Opened): Fact | undefined {
  const { event, at, field, list, item } = opened;
  switch (event.kind) {
    case 'notice':
      return readNotice(opened);
    case 'unrecognised':
      return { kind: 'unrecognised', at, topic: list ? `${field}.${list}` : field || 'shape' };
    case 'status':
      return readStatus(opened, statusSchema.parse(item));
    case 'call':
      return readCallEvent(opened);
    case 'number-change':
      return list === 'user_id_update' ? readUserIdUpdate(opened) : readMessageEvent(opened);
    default:
      return readMessageEvent(opened);
  }
}

function readMessageEvent(opened: Opened): Fact | undefined {
  const view = readMessage(opened.item);
  if (!view) return undefined;
  const direction = directionOf(opened, view);
  const base = { at: opened.at, direction, person: personOf(opened, view, direction) };
  const group = groupOf(view);
  switch (targetOf(view)?.kind) {
    case 'edit':
      return { ...base, kind: 'edit', content: readContent(editedView(view), opened.businessNumber) };
    case 'revoke':
      return { ...base, kind: 'revoke' };
    case 'reaction': {
      const emoji = words(asObject(view.body['reaction'])?.['emoji'])?.trim();
      return { ...base, kind: 'reaction', ...(emoji && { emoji }), ...group };
    }
    default:
      return messageFact(opened, view, base, group);
  }
}

type Base = Pick<MessageFact, 'at' | 'direction' | 'person'>;

function messageFact(
  opened: Opened,
  view: MessageView,
  base: Base,
  group: Pick<MessageFact, 'group'>,
): MessageFact {
  const status = base.direction === 'outbound' ? historyState(view) : undefined;
  return {
    ...base,
    kind: 'message',
    content: readContent(view, opened.businessNumber),
    via: viaOf(opened),
    ...group,
    ...(status && { status }),
  };
}

/** The new content stands in `edit.message`, in the shape of a message without an id. */
function editedView(view: MessageView): MessageView {
  return readMessage(asObject(view.body['edit'])?.['message'] ?? {}) ?? view;
}

function viaOf({ field, list }: Opened): MessageFact['via'] {
  if (field === 'history') return 'history';
  if (field === 'standby') return 'standby';
  return list === 'message_echoes' ? 'echo' : 'live';
}

/**
 * Echoes are sent by the business, whatever their `from` says; in history the sender's number decides; everything else
 * came in (Meta docs, history and smb_message_echoes references).
 */
function directionOf({ list, field, businessNumber }: Opened, view: MessageView): Direction {
  if (list === 'message_echoes') return 'outbound';
  if (field !== 'history') return 'inbound';
  return phoneOf(view.from) === businessNumber ? 'outbound' : 'inbound';
}

function personOf(opened: Opened, view: MessageView, direction: Direction): Person {
  if (opened.thread) return threadPerson(opened.thread, view, opened.businessNumber);
  const [near, far] = direction === 'inbound' ? [view.from, view.to] : [view.to, view.from];
  const raw: RawPerson = {
    number: [near, far].find((number) => number !== undefined && phoneOf(number) !== opened.businessNumber),
    userId: direction === 'inbound' ? view.from_user_id : (view.to_user_id ?? view.from_user_id),
    parentUserId: direction === 'inbound' ? view.from_parent_user_id : view.to_parent_user_id,
  };
  return toPerson(raw, contactOf(opened.contacts, raw));
}

/** In history the counterpart is the thread's, not the message's `to`; `from_user_id` is always the person's. */
function threadPerson(thread: Json, view: MessageView, businessNumber: string): Person {
  const context = asObject(thread['context']) ?? {};
  const ends = [word(thread['id']), word(context['wa_id']), view.from, view.to];
  const raw: RawPerson = {
    number: ends.find((number) => number !== undefined && phoneOf(number) !== businessNumber),
    userId: word(context['user_id']) ?? view.from_user_id ?? view.to_user_id,
    parentUserId: word(context['parent_user_id']) ?? view.from_parent_user_id,
  };
  const [contact] = readContacts([{ profile: { username: context['username'] } }]);
  return toPerson(raw, contact);
}

/** A message to or in a group; the Send API names the group in `to`. */
function groupOf(view: MessageView): Pick<MessageFact, 'group'> {
  const id = view.group_id ?? (view.recipient_type === 'group' ? view.to : undefined);
  return id === undefined ? {} : { group: { id } };
}

const states: ReadonlyMap<string, DeliveryState> = new Map<string, DeliveryState>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['played', 'played'],
  ['failed', 'failed'],
  ['error', 'failed'],
]);

function historyState(view: MessageView): DeliveryState | undefined {
  return states.get(word(view.history_context?.['status'])?.toLowerCase() ?? '');
}

function readStatus(opened: Opened, view: StatusView): Fact {
  const isGroup = view.recipient_type === 'group';
  const participant = view.recipient_participant_id ?? view.participant_recipient_id;
  const raw: RawPerson = {
    number: isGroup ? participant : view.recipient_id,
    userId: isGroup ? view.recipient_participant_user_id : view.recipient_user_id,
    parentUserId: view.recipient_parent_user_id,
  };
  const person = toPerson(raw, contactOf(opened.contacts, raw));
  const given = view.status?.toLowerCase() ?? '';
  const state = given === 'error' ? undefined : states.get(given);
  const { at } = opened;
  if (!state) return { kind: 'unrecognised', at, topic: `status.${given}`, direction: 'outbound', person };
  const error = readError(view.errors);
  const group = isGroup && view.recipient_id ? { group: { id: view.recipient_id } } : {};
  return { kind: 'status', at, state, person, ...group, ...(error && { error }) };
}

/** A step of a call, a call status, or a voicemail that came as a message. */
function readCallEvent(opened: Opened): Fact | undefined {
  const { at, list, item } = opened;
  if (list === 'calls') return readCall(item, opened);
  const view = statusSchema.parse(item);
  if (list === 'statuses' && isCallStatus(view, opened.field)) {
    return readCallStatus(view, opened.contacts, at);
  }
  const message = readMessage(item);
  if (!message) return undefined;
  const media = readMedia(asObject(message.body[message.type]));
  const person = personOf(opened, message, 'inbound');
  return { kind: 'call', at, step: 'voicemail', direction: 'inbound', person, ...(media && { media }) };
}

/** `user_id_update[]`: the machine-readable form of a change (Meta docs, "Business-scoped user IDs"). */
function readUserIdUpdate({ at, item, contacts }: Opened): Fact {
  const number = word(item['wa_id']);
  const userId = asObject(item['user_id']);
  const parent = asObject(item['parent_user_id']);
  const side = (name: 'previous' | 'current'): Person => {
    const raw = { number, userId: word(userId?.[name]), parentUserId: word(parent?.[name]) };
    return toPerson(raw, contactOf(contacts, raw));
  };
  return { kind: 'number-change', at, from: side('previous'), to: side('current') };
}

function readNotice({ at, field, list, item, contacts }: Opened): Fact {
  // samples name the wrong type of a group event: the field is right
  const kind = list === 'groups' ? undefined : (word(item['event']) ?? word(item['type']));
  const topic = list === 'errors' ? `${field}.error` : kind ? `${field}.${kind}` : field;
  const about = asObject(item['contact']) ?? asObject(item['sender']) ?? item;
  const raw: RawPerson = {
    number: word(about['wa_id']) ?? word(about['phone_number']),
    userId: word(about['user_id']),
    parentUserId: word(about['parent_user_id']),
  };
  const hasId = raw.number !== undefined || raw.userId !== undefined;
  const [named] = readContacts([{ profile: { name: about['full_name'], username: about['username'] } }]);
  const person = hasId
    ? toPerson(raw, asObject(item['contact']) ? named : contactOf(contacts, raw))
    : undefined;
  return { kind: 'notice', at, topic, ...(person && { person }), details: cleanJson(item) as Json };
}
