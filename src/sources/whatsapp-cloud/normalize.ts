import type { Fact, MessageFact } from '../../core/fact.ts';
import type { DeliveryState, Direction, MessageContent, Person } from '../../core/interaction.ts';
import type { Normalize, StoredEvent } from '../source.ts';
import { isCallStatus, readCall, readCallStatus } from './calls.ts';
import { sharedOwnNumber } from './contact-card.ts';
import { readContent } from './content.ts';
import { explained, lacksContent, targetOf } from './drafts.ts';
import { readMedia } from './media.ts';
import { open, type Opened } from './opened.ts';
import { asObject, readMessage, statusSchema, word, words, type Json, type MessageView } from './payload.ts';
import { contactOf, farEnd, phoneOf, readContacts, toPerson, userIdOf, type RawPerson } from './people.ts';
import { readNotice, readUserIdUpdate } from './read-notice.ts';
import { readSent } from './read-sent.ts';
import { readStatus, stateOf } from './read-status.ts';

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

function readOpened(opened: Opened): Fact | undefined {
  const { event, at, field, list } = opened;
  switch (event.kind) {
    case 'notice':
      return readNotice(opened);
    case 'unrecognised':
      return { kind: 'unrecognised', at, topic: list ? `${field}.${list}` : field || 'shape' };
    case 'status':
      return readStatus(opened);
    case 'call':
      return readCallEvent(opened);
    case 'number-change':
      return list === 'user_id_update' ? readUserIdUpdate(opened) : readMessageEvent(opened);
    default:
      return list === 'sent' ? readSent(opened) : readMessageEvent(opened);
  }
}

function readMessageEvent(opened: Opened): Fact | undefined {
  const raw = readMessage(opened.item);
  if (!raw) return undefined;
  const view = explained(raw, opened.errors);
  const direction = directionOf(opened, view);
  const base = { at: opened.at, direction, person: personOf(opened, view, direction) };
  const group = groupOf(view);
  switch (targetOf(view)?.kind) {
    case 'edit':
      return { ...base, kind: 'edit', content: editedContent(view, opened) };
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
    content: readContent(view, opened.businessNumber, opened.sourceKind),
    via: viaOf(opened),
    ...group,
    ...(status && { status }),
  };
}

/**
 * The new content stands in `edit.message`, in the shape of a message without an id. Where it is missing, that it was
 * edited is still to be seen, beside what it said before.
 */
function editedContent(view: MessageView, { businessNumber, sourceKind }: Opened): MessageContent {
  const message = readMessage(asObject(view.body['edit'])?.['message']);
  if (!message || lacksContent(message)) {
    return { type: 'unsupported', text: '[edited; the new text was not handed over]' };
  }
  return readContent(message, businessNumber, sourceKind);
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
  const ends = direction === 'inbound' ? [view.from, view.to] : [view.to, view.recipient, view.from];
  const raw: RawPerson = {
    number: farEnd(ends, opened.businessNumber),
    userId: direction === 'inbound' ? view.from_user_id : (view.to_user_id ?? view.from_user_id),
    parentUserId: direction === 'inbound' ? view.from_parent_user_id : view.to_parent_user_id,
  };
  const person = toPerson(raw, contactOf(opened.contacts, raw));
  const own = person.phone === undefined ? sharedOwnNumber(view) : undefined;
  return own === undefined ? person : { ...person, phone: own };
}

/** In history the counterpart is the thread's, not the message's `to`; `from_user_id` is always the person's. */
function threadPerson(thread: Json, view: MessageView, businessNumber: string): Person {
  const context = asObject(thread['context']) ?? {};
  const ends = [word(thread['id']), word(context['wa_id']), view.from, view.to];
  const raw: RawPerson = {
    number: farEnd(ends, businessNumber),
    userId: word(context['user_id']) ?? view.from_user_id ?? view.to_user_id ?? userIdOf(thread['id']),
    parentUserId: word(context['parent_user_id']) ?? view.from_parent_user_id ?? view.to_parent_user_id,
  };
  const [contact] = readContacts([{ profile: { username: context['username'] } }]);
  return toPerson(raw, contact);
}

/** A message to or in a group; the Send API names the group in `to`. */
function groupOf(view: MessageView): Pick<MessageFact, 'group'> {
  const id = view.group_id ?? (view.recipient_type === 'group' ? view.to : undefined);
  return id === undefined ? {} : { group: { id } };
}

function historyState(view: MessageView): DeliveryState | undefined {
  return stateOf(word(view.history_context?.['status'])?.toLowerCase() ?? '', true);
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
