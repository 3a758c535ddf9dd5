import { withoutCrowd } from './crowd.ts';
import { readEnvelope, type Change } from './envelope.ts';
import {
  draftCall,
  draftMessage,
  draftNotice,
  draftStatus,
  draftUnrecognised,
  lacksContent,
  sourceKind,
  type Scope,
} from './drafts.ts';
import { asArray, asObject, contactSchema, readMessage, word, type Fragment, type Json } from './payload.ts';
import { idsOf, phoneOf, rawIds } from './people.ts';
import type { EventDraft } from '../source.ts';

/** Fields whose values hold arrays of messages, calls, people or groups (Meta docs, webhooks overview, 2026). */
const itemFields = new Set([
  'messages',
  'calls',
  'smb_message_echoes',
  'message_echoes',
  'history',
  'standby',
  'user_preferences',
  'user_id_update',
  'smb_app_state_sync',
  'group_lifecycle_update',
  'group_participants_update',
  'group_settings_update',
  'group_status_update',
]);

/** Fields that tell about the account, its numbers and templates: kept whole, no interaction. */
const noticeFields = new Set([
  'messaging_handovers',
  'account_update',
  'account_alerts',
  'account_review_update',
  'account_settings_update',
  'business_capability_update',
  'business_status_update',
  'business_username_updates',
  'phone_number_name_update',
  'phone_number_quality_update',
  'message_template_status_update',
  'message_template_quality_update',
  'message_template_components_update',
  'template_category_update',
  'security',
  'flows',
  'partner_solutions',
  'payment_configuration_update',
  'automatic_events',
  'tracking_events',
]);

/** What makes an event of one item of each known array. */
const draftItem = {
  messages: draftMessage,
  message_echoes: draftMessage,
  statuses: draftStatus,
  calls: draftCall,
  groups: draftNotice,
  user_preferences: draftNotice,
  user_id_update: draftNotice,
  state_sync: draftNotice,
  errors: draftNotice,
} as const;
type ItemList = keyof typeof draftItem;
const itemLists = Object.keys(draftItem) as ItemList[];

/** Keys of a value that are no items themselves. */
const frameKeys = new Set<string>(['metadata', 'contacts', 'history', 'standby', ...itemLists]);

/**
 * Splits a webhook body into events: one for each message, status, call step, echo, history message and notice.
 * Nothing in the body is left out: what has no known shape is an `unrecognised` event. Never throws.
 */
export function split(
  body: Buffer,
  receivedAt: Date,
  kind = sourceKind,
  /** the firm's number of what names none */
  businessNumber?: string,
): EventDraft[] {
  const base = {
    received: receivedAt.toISOString(),
    sourceKind: kind,
    ...(businessNumber !== undefined && { businessNumber }),
  };
  const drafts = readEnvelope(body).flatMap((change) => draftsOf(change, base));
  // an empty envelope ({"entry": []} and the like) was sent for some reason: it is kept too
  return drafts.length > 0 ? drafts : [draftUnrecognised({ text: body.toString('utf8') }, base)];
}

type Base = Pick<Scope, 'received' | 'sourceKind' | 'businessNumber'>;

function draftsOf(change: Change, base: Base): EventDraft[] {
  if (change.kind === 'unrecognised') return [draftUnrecognised(change.raw, base)];
  const { field, value, entry } = change;
  const scope = scopeOf(field, value, base, entry);
  if (noticeFields.has(field)) return [draftNotice(value, scope)];
  const drafts = itemFields.has(field) ? splitValue(value, scope) : [];
  return drafts.length > 0 ? drafts : [draftUnrecognised(value, scope)];
}

function scopeOf(field: string, value: Json, base: Base, entry?: Fragment['entry']): Scope {
  const metadata = asObject(value['metadata']);
  const recipient = asObject(value['recipient']);
  const businessNumber =
    phoneOf(metadata?.['display_phone_number']) ??
    phoneOf(recipient?.['display_phone_number']) ??
    phoneOf(value['display_phone_number']) ??
    // of an account's event it is the firm's own
    (ofAccount(field) ? phoneOf(value['phone_number']) : undefined);
  return {
    ...base,
    field,
    ...(businessNumber !== undefined && { businessNumber }),
    ...(metadata && { metadata }),
    ...(entry && { entry }),
  };
}

function ofAccount(field: string): boolean {
  return field.startsWith('account_') || field.startsWith('phone_number_');
}

/** Items of a value: those of its arrays, of its history, of `standby` one level deeper, and what is left over. */
function splitValue(value: Json, scope: Scope): EventDraft[] {
  const standby = asObject(value['standby']);
  const drafts = splitLists(value, scope);
  const chunks = withoutCrowd(asArray(value['history']), isFilled);
  return [
    ...drafts,
    ...chunks.flatMap((chunk) => splitChunk(chunk, scope)),
    ...(standby ? [...splitLists(standby, scope), ...leftovers(standby, scope)] : []),
    ...leftovers(value, scope),
  ];
}

function splitLists(value: Json, scope: Scope): EventDraft[] {
  const lists = itemLists.map((list) => ({
    list,
    items: withoutCrowd(asArray(value[list]), readableIn(list)),
  }));
  const count = lists.reduce((sum, { list, items }) => sum + (list === 'errors' ? 0 : items.length), 0);
  const contactsFor = contactFinder(asArray(value['contacts']), count);
  const errors = asArray(value['errors']);
  const needing = errors.length === 0 ? [] : lists.flatMap(({ items }) => items).filter(needsReason);
  const explains = (item: unknown): boolean =>
    errors.length > 0 && (count === 1 || (needing.length === 1 && needing[0] === item));
  return lists.flatMap(({ list, items }) =>
    items.map((item) =>
      draftItem[list](item, {
        ...scope,
        list,
        ...(list !== 'errors' && { contacts: contactsFor(item), ...(explains(item) && { errors }) }),
      }),
    ),
  );
}

/** Messages, states and calls have an id; notices say something. */
function readableIn(list: ItemList): (item: unknown) => boolean {
  return draftItem[list] === draftNotice ? isFilled : hasId;
}

function hasId(item: unknown): boolean {
  const raw = asObject(item);
  return raw !== undefined && (raw['id'] ?? raw['wacid']) !== undefined;
}

function isFilled(item: unknown): boolean {
  return Object.keys(asObject(item) ?? {}).length > 0;
}

/** It failed, or has no content, and does not say why: the errors beside it are about the only such one. */
function needsReason(item: unknown): boolean {
  const raw = asObject(item);
  if (!raw || asArray(raw['errors']).length > 0) return false;
  if (word(raw['status'])?.toUpperCase() === 'FAILED') return true;
  const view = raw['status'] === undefined && raw['event'] === undefined ? readMessage(raw) : undefined;
  return view?.id !== undefined && view.timestamp !== undefined && lacksContent(view);
}

/** One element of `history[]`: threads with messages, or errors (declined), or only its progress. */
function splitChunk(chunk: unknown, scope: Scope): EventDraft[] {
  const { threads, metadata, errors, ...rest } = asObject(chunk) ?? { unknown: chunk };
  const inThread = { ...scope, list: 'history', ...(metadata !== undefined && { chunk: metadata }) };
  const drafts = [
    ...withoutCrowd(asArray(threads), isFilled).flatMap((thread) => splitThread(thread, inThread, scope)),
    ...withoutCrowd(asArray(errors), isFilled).map((error) =>
      draftNotice(error, { ...scope, list: 'errors' }),
    ),
  ];
  if (Object.keys(rest).length > 0) drafts.push(draftUnrecognised(rest, scope));
  return drafts.length > 0 ? drafts : [draftNotice(chunk, { ...scope, list: 'history' })];
}

function splitThread(thread: unknown, inThread: Scope, scope: Scope): EventDraft[] {
  const { messages, ...counterpart } = asObject(thread) ?? {};
  const items = withoutCrowd(asArray(messages), hasId);
  if (items.length === 0) return [draftUnrecognised(thread, scope)];
  return items.map((item) => draftMessage(item, { ...inThread, thread: counterpart }));
}

/** Lists and objects this version does not know, and known lists that are no lists. */
function leftovers(value: Json, scope: Scope): EventDraft[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (typeof inner !== 'object' || inner === null) return [];
    const known =
      frameKeys.has(key) &&
      (key === 'metadata' || key === 'standby' ? asObject(inner) : Array.isArray(inner));
    return known
      ? []
      : withoutCrowd(asList(inner), () => false).map((item) =>
          draftUnrecognised(item, { ...scope, list: key }),
        );
  });
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/**
 * Finds the contacts that belong to an item, by number or user id. A lone contact belongs to a lone item even when the
 * ids differ: WhatsApp's id of a person is not always the phone number (Meta docs, messages webhooks).
 */
function contactFinder(contacts: readonly unknown[], items: number): (item: unknown) => unknown[] {
  const byId = new Map<string, unknown>();
  for (const contact of contacts) {
    const view = contactSchema.safeParse(contact);
    if (view.success) for (const id of idsOf([view.data.wa_id, view.data.user_id])) byId.set(id, contact);
  }
  return (item) => {
    const raw = asObject(item);
    const inner = asObject(raw?.['message']);
    const ids = idsOf([...(raw ? rawIds(raw) : []), ...(inner ? rawIds(inner) : [])]);
    const named = new Set(ids.flatMap((id) => byId.get(id) ?? []));
    if (named.size > 0) return [...named];
    return contacts.length === 1 && items === 1 ? [contacts[0]] : [];
  };
}
