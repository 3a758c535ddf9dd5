import { hashKey, interactionKey } from '../../core/key.ts';
import type { Person } from '../../core/interaction.ts';
import type { EventDraft } from '../source.ts';
import { callStep, isCallStatus } from './calls.ts';
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

/** Kind of this source, part of every key. */
export const sourceKind = 'whatsapp-cloud';

/** What an item's surroundings tell about it. */
export interface Scope extends Partial<Omit<Fragment, 'item'>> {
  /** ISO 8601 */
  readonly received: string;
  readonly businessNumber?: string;
}

type Kind = EventDraft['kind'];

/** The key of a message or call of this source. */
export function keyOf(businessNumber: string, providerId: string): string {
  return interactionKey(sourceKind, businessNumber, providerId);
}

/** Live, echo, standby and history copies of one message have one key and are one event. */
export function draftMessage(item: unknown, scope: Scope): EventDraft {
  const view = readMessage(item);
  if (!view?.id) return draftUnrecognised(item, scope);
  const of = {
    item,
    scope,
    time: view.timestamp,
    people: peopleOf(view.body === view.item ? [view.item] : [view.item, view.body], scope),
  };
  const target = targetOf(view);
  if (target) return known({ ...of, kind: target.kind, providerId: target.id, qualifiers: [view.id] });
  if (isCallId(view.id)) {
    return isVoicemail(view)
      ? known({ ...of, kind: 'call', providerId: view.id, qualifiers: ['voicemail'] })
      : known({ ...of, kind: 'message', providerId: `${view.id}#message`, qualifiers: [] });
  }
  const qualifiers = incompleteness(view);
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
  const media = asObject(view.call_recording?.['audio']) ?? asObject(view.call_transcript?.['document']);
  const mediaId = media?.['id'];
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
      sourceKind,
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
    dedupeKey: hashKey(sourceKind, businessNumber, kind, providerId, ...qualifiers),
    kind,
    businessNumber,
    interactionKey: keyOf(businessNumber, providerId),
    providerId,
    people,
    occurredAt: isoTime(time) ?? scope.received,
    payload: fragment(item, scope),
  };
}

function fragment(item: unknown, scope: Scope): Fragment {
  const { received: _received, businessNumber: _number, contacts, ...rest } = scope;
  return { field: '', ...rest, ...(contacts && contacts.length > 0 && { contacts }), item };
}

/** Everyone an item concerns: its two ends, its contacts, its thread, and both sides of a change of number. */
function peopleOf(items: readonly Json[], scope: Scope): Person[] {
  const thread = asObject(scope.thread);
  const threadPerson: Json = thread ? { ...asObject(thread['context']), from: thread['id'] } : {};
  const systems = objectsIn(items.map((item) => item['system']));
  const contacts = objectsIn(scope.contacts ?? []);
  const all: Json[] = [...items, ...systems, ...contacts, threadPerson];
  return unique(all.flatMap((each) => peopleIn(each, scope.businessNumber)));
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
