import { hashKey, interactionKey } from '../../core/key.ts';
import type { Person } from '../../core/interaction.ts';
import type { EventDraft } from '../source.ts';
import { artifactOf, callStep, isCallStatus } from './calls.ts';
import { sharedOwnNumber } from './contact-card.ts';
import {
  asObject,
  callSchema,
  isoTime,
  readMessage,
  statusSchema,
  type Fragment,
  type Json,
  type MessageView,
} from './payload.ts';
import { peopleAnywhere, peopleIn, unique } from './people.ts';

/** Kind of a Cloud API app, part of every key. */
export const sourceKind = 'whatsapp-cloud';
/** Kind of a 360dialog channel: the same shapes, keys of its own. */
export const dialog360Kind = '360dialog';

/** What an item's surroundings tell about it. */
export interface Scope extends Partial<Omit<Fragment, 'item'>> {
  /** ISO 8601 */
  readonly received: string;
  readonly businessNumber?: string;
  /** kind of the source that the item came to; absent: a Cloud API app */
  readonly sourceKind?: string;
}

type Kind = EventDraft['kind'];

/** The key of a message or call of a source of this kind. */
export function keyOf(businessNumber: string, providerId: string, kind = sourceKind): string {
  return interactionKey(kind, businessNumber, providerId);
}

/**
 * Live, echo, standby, history and sent copies of one message are of one interaction. Each way is an event of its own,
 * because each knows something that the others do not; the same copy again is the same event.
 */
export function draftMessage(item: unknown, scope: Scope): EventDraft {
  const raw = readMessage(item);
  if (!raw?.id) return draftUnrecognised(item, scope);
  const view = { ...explained(raw, scope.errors), id: raw.id };
  const of = {
    item,
    scope,
    time: view.timestamp,
    people: peopleOf(view.body === view.item ? [view.item] : [view.item, view.body], scope, view),
  };
  const way = wayOf(scope);
  const target = targetOf(view);
  if (target)
    return known({ ...of, kind: target.kind, providerId: target.id, qualifiers: [view.id, ...way] });
  if (isCallId(view.id)) {
    return isVoicemail(view)
      ? known({ ...of, kind: 'call', providerId: view.id, qualifiers: ['voicemail'] })
      : known({ ...of, kind: 'message', providerId: `${view.id}#message`, qualifiers: way });
  }
  const qualifiers = [...incompleteness(view), ...way];
  const kind = view.type === 'system' && isNumberChange(view.body) ? 'number-change' : 'message';
  return known({ ...of, kind, providerId: view.id, qualifiers });
}

/** One element of `statuses[]`: a delivery state of a message, or a step of a call. */
export function draftStatus(item: unknown, scope: Scope): EventDraft {
  const raw = asObject(item);
  const view = statusSchema.parse(raw ?? {});
  const state = view.status?.toLowerCase();
  if (!raw || !view.id || !state) return draftUnrecognised(item, scope);
  const of = { item, scope, time: view.timestamp, people: peopleOf([raw], scope), providerId: view.id };
  if (isCallStatus(view, scope.field)) return known({ ...of, kind: 'call', qualifiers: ['status', state] });
  const participant =
    view.recipient_participant_id ?? view.participant_recipient_id ?? view.recipient_participant_user_id;
  return known({ ...of, kind: 'status', qualifiers: [state, ...(participant ? [participant] : [])] });
}

/** One element of `calls[]`: a step of a call, or a file that came of it. */
export function draftCall(item: unknown, scope: Scope): EventDraft {
  const raw = asObject(item);
  const view = callSchema.parse(raw ?? {});
  const id = view.id ?? view.wacid;
  if (!raw || !id || !view.event) return draftUnrecognised(item, scope);
  const mediaId = artifactOf(view)?.['id'];
  const qualifiers = [callStep(view.event), view.event.toLowerCase(), view.status?.toLowerCase() ?? ''];
  return known({
    item,
    scope,
    time: view.timestamp ?? view.start_time,
    people: peopleOf([raw], scope),
    kind: 'call',
    providerId: id,
    qualifiers: mediaId === undefined ? qualifiers : [...qualifiers, String(mediaId)],
  });
}

/** Account events, the address book, preferences, groups, errors of the app: kept, no interaction. */
export function draftNotice(item: unknown, scope: Scope): EventDraft {
  const raw = asObject(item);
  if (!raw) return draftUnrecognised(item, scope);
  const metadata = asObject(raw['metadata']);
  const kind =
    scope.field === 'user_id_update' && scope.list === 'user_id_update' ? 'number-change' : 'notice';
  return loose(kind, item, scope, raw['timestamp'] ?? metadata?.['timestamp'] ?? scope.entry?.time);
}

/** Anything of no known shape. */
export function draftUnrecognised(item: unknown, scope: Scope): EventDraft {
  return loose('unrecognised', item, scope, asObject(item)?.['timestamp']);
}

/** An event without an interaction: its identity is its content. */
function loose(kind: Kind, item: unknown, scope: Scope, time: unknown): EventDraft {
  const { businessNumber = '', field = '', entry } = scope;
  const people = [...peopleAnywhere(item, businessNumber), ...peopleOf([], scope)];
  return {
    dedupeKey: hashKey(
      scope.sourceKind ?? sourceKind,
      businessNumber,
      kind,
      field,
      JSON.stringify([entry ?? null, item ?? null]),
    ),
    kind,
    ...(businessNumber !== '' && { businessNumber }),
    people: unique(people),
    occurredAt: isoTime(time) ?? scope.received,
    payload: fragment(item, scope),
  };
}

interface Known {
  readonly kind: Kind;
  readonly item: unknown;
  readonly scope: Scope;
  readonly time: unknown;
  readonly people: readonly Person[];
  /** id of the interaction */
  readonly providerId: string;
  /** what tells this event from others of the same kind and interaction */
  readonly qualifiers: readonly string[];
}

/** An event of an interaction. Without the firm's number it belongs to none and somebody must look: unrecognised. */
function known({ kind, item, scope, time, people, providerId, qualifiers }: Known): EventDraft {
  const { businessNumber } = scope;
  if (businessNumber === undefined) return draftUnrecognised(item, scope);
  return {
    dedupeKey: hashKey(scope.sourceKind ?? sourceKind, businessNumber, kind, providerId, ...qualifiers),
    kind,
    businessNumber,
    interactionKey: keyOf(businessNumber, providerId, scope.sourceKind),
    providerId,
    people,
    occurredAt: isoTime(time) ?? scope.received,
    payload: fragment(item, scope),
  };
}

function fragment(item: unknown, scope: Scope): Fragment {
  const { received: _received, businessNumber: _number, sourceKind: _kind, contacts, ...rest } = scope;
  return { field: '', ...rest, ...(contacts && contacts.length > 0 && { contacts }), item };
}

/**
 * Everyone an item concerns: its two ends, its contacts, its thread, both sides of a change of number, and the own
 * number that somebody shared.
 */
function peopleOf(items: readonly Json[], scope: Scope, view?: MessageView): Person[] {
  const thread = asObject(scope.thread);
  const threadPerson: Json = thread ? { ...asObject(thread['context']), from: thread['id'] } : {};
  const systems = objectsIn(items.map((item) => item['system']));
  const contacts = objectsIn(scope.contacts ?? []);
  const all: Json[] = [...items, ...systems, ...contacts, threadPerson];
  const own = view && sharedOwnNumber(view);
  return unique([
    ...all.flatMap((each) => peopleIn(each, scope.businessNumber)),
    ...(own === undefined ? [] : [{ phone: own }]),
  ]);
}

function objectsIn(values: readonly unknown[]): Json[] {
  return values.map(asObject).filter((value) => value !== undefined);
}

/** The message that an edit, a revoke or a reaction is about; undefined when it names none. */
export function targetOf(
  view: MessageView,
): { kind: 'edit' | 'revoke' | 'reaction'; id: string } | undefined {
  const { type } = view;
  if (type !== 'edit' && type !== 'revoke' && type !== 'reaction') return undefined;
  const part = asObject(view.body[type]);
  const id = readId(part?.[type === 'reaction' ? 'message_id' : 'original_message_id']);
  return id === undefined ? undefined : { kind: type, id };
}

function readId(value: unknown): string | undefined {
  return statusSchema.shape.id.parse(value);
}

/**
 * A placeholder of history, or a message WhatsApp could not show, must not keep the real one out that may come later
 * under the same id.
 */
function incompleteness(view: MessageView): string[] {
  if (view.type === 'media_placeholder') return ['placeholder'];
  return isIncomplete(view) ? ['unsupported'] : [];
}

/** Which way a copy of a message came; nothing for the usual one. */
function wayOf({ field, list }: Scope): string[] {
  if (field === 'history') return [list === 'history' ? 'history' : 'history-file'];
  if (field === 'standby' || field === 'pass-through') return [field];
  return list === 'message_echoes' ? ['echo'] : [];
}

/** A message that came without its content is explained by the errors beside it (Meta docs, error codes). */
export function explained(view: MessageView, errors: readonly unknown[] = []): MessageView {
  return lacksContent(view) ? { ...view, errors } : view;
}

/** No content, and no error of its own that says why. */
export function lacksContent(view: MessageView): boolean {
  if (view.errors.length > 0 || view.type === 'media_placeholder') return false;
  return view.type === 'unsupported' || view.body[view.type] === undefined;
}

/** Unsupported, or with an error in the place of its content (Meta docs, error codes 131051, 131060). */
export function isIncomplete(view: MessageView): boolean {
  return view.type === 'unsupported' || (view.errors.length > 0 && view.body[view.type] === undefined);
}

function isNumberChange(body: Json): boolean {
  const change = asObject(body['system'])?.['type'];
  return change === 'user_changed_number' || change === 'user_changed_user_id';
}

function isCallId(id: string): boolean {
  return id.startsWith('wacid.');
}

/** Voicemail comes as an audio message under the call's id (Meta docs, call settings, 2026). */
function isVoicemail(view: MessageView): boolean {
  return view.type === 'audio' || view.type === 'voice';
}
