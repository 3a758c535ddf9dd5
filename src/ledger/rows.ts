import type { ActivityState, ContactRef } from '../core/activity.ts';
import type { Interaction } from '../core/interaction.ts';
import type { StoredEvent } from '../sources/source.ts';
import type { ActivityView, ClaimedActivity, InteractionView, Receipt } from './ledger.ts';
import type { Row } from './sql.ts';

/** Rows as the drivers give them (int8 as strings, timestamptz as Date) and what the port makes of them. */

export const eventColumns = `id, dedupe_key, key_id, source, source_kind, kind, business_number, interaction_key, provider_id,
  occurred_at, received_at, payload`;

export interface EventRow extends Row {
  id: string;
  /** of the content key; null: kept in clear */
  key_id: string | null;
  source: string;
  source_kind: string;
  kind: StoredEvent['kind'];
  business_number: string | null;
  interaction_key: string | null;
  provider_id: string | null;
  occurred_at: Date;
  received_at: Date;
  payload: string;
}

export function toEvent(row: EventRow): StoredEvent {
  return {
    id: Number(row.id),
    source: row.source,
    sourceKind: row.source_kind,
    kind: row.kind,
    ...given('businessNumber', row.business_number),
    ...given('interactionKey', row.interaction_key),
    ...given('providerId', row.provider_id),
    occurredAt: row.occurred_at.toISOString(),
    receivedAt: row.received_at.toISOString(),
    // Destroyed by a rule: nothing is left to be read.
    payload: row.payload === '' ? null : JSON.parse(row.payload),
  };
}

export interface ContactRow extends Row {
  contact_type: string;
  contact_id: string;
  contact_owner: string | null;
  contact_name: string | null;
}

export function toContact(row: ContactRow): ContactRef & { ownerId?: string; name?: string } {
  return {
    type: row.contact_type,
    id: row.contact_id,
    ...given('ownerId', row.contact_owner),
    ...given('name', row.contact_name),
  };
}

export interface ClaimedRow extends ContactRow {
  key: string;
  revision: number;
  attempts: number;
  record_id: string | null;
  sent_revision: number | null;
  delivered_hash: string | null;
  digest_key: string | null;
  code: string | null;
  received_at: Date;
  document: string;
}

export function toClaimed(row: ClaimedRow): ClaimedActivity {
  return {
    key: row.key,
    revision: row.revision,
    attempts: row.attempts,
    interaction: JSON.parse(row.document) as Interaction,
    contact: toContact(row),
    ...given('recordId', row.record_id),
    ...given('sentRevision', row.sent_revision),
    ...given('deliveredHash', row.delivered_hash),
    ...given('digestKey', row.digest_key),
    ...given('lastCode', row.code),
    receivedAt: row.received_at.toISOString(),
  };
}

export interface ActivityRow extends Row {
  destination: string;
  key: string;
  state: ActivityState;
  revision: number;
  delivered_revision: number | null;
  attempts: number;
  contact_type: string | null;
  contact_id: string | null;
  contact_name: string | null;
  match_reason: string | null;
  record_id: string | null;
  parked_since: Date | null;
  code: string | null;
  reason: string | null;
  changed_at: Date;
}

export function toActivityView(row: ActivityRow): ActivityView {
  const { contact_type: type, contact_id: id } = row;
  const contact = type === null || id === null ? null : { type, id, ...given('name', row.contact_name) };
  return {
    destination: row.destination,
    key: row.key,
    state: row.state,
    ...given('reason', row.reason),
    ...given('code', row.code),
    ...given('contact', contact),
    ...given('match', row.match_reason),
    ...given('parkedSince', row.parked_since?.toISOString()),
    ...given('recordId', row.record_id),
    revision: row.revision,
    ...given('deliveredRevision', row.delivered_revision),
    attempts: row.attempts,
    changedAt: row.changed_at.toISOString(),
  };
}

export interface InteractionRow extends Row {
  key: string;
  document: string;
  revision: number;
  without_content: boolean;
  conversation: string;
}

export function toInteractionView(row: InteractionRow, activities: readonly ActivityRow[]): InteractionView {
  return {
    interaction: JSON.parse(row.document) as Interaction,
    revision: row.revision,
    withoutContent: row.without_content,
    conversation: row.conversation,
    activities: activities.map(toActivityView),
  };
}

export interface ReceiptRow extends Row {
  destination: string;
  revision: number;
  outcome: string;
  code: string | null;
  reason: string | null;
  record_id: string | null;
  mapping_version: string;
  content_hash: string;
  at: Date;
}

export function toReceipt(row: ReceiptRow): Receipt {
  return {
    destination: row.destination,
    revision: row.revision,
    outcome: row.outcome,
    ...given('code', row.code),
    ...given('reason', row.reason),
    ...given('recordId', row.record_id),
    mappingVersion: row.mapping_version,
    contentHash: row.content_hash,
    at: row.at.toISOString(),
  };
}

/** `{ name: value }`, or nothing when the value is null: absent fields are absent, not undefined. */
export function given<N extends string, V>(name: N, value: V | null | undefined): { [K in N]?: V } {
  return value === null || value === undefined ? {} : ({ [name]: value } as { [K in N]?: V });
}
