import type { Parts } from '../../src/compose.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { business } from '../fixtures/whatsapp/bodies.ts';

export interface Filling {
  /** number of the first message; no two fillings may share any */
  readonly from: number;
  readonly count: number;
  /** messages of each chat */
  readonly perChat: number;
}

/** Fills a ledger with messages as the fold would leave them, by SQL alone, and seals them. */
export async function fillLedger(
  { store: { sql, ledger } }: { readonly store: Pick<Parts['store'], 'sql' | 'ledger'> },
  { from, count, perChat }: Filling,
): Promise<void> {
  const step = 50_000;
  for (let first = from; first < from + count; first += step) {
    await sql.query(fillSql, [first, Math.min(first + step, from + count) - 1, perChat, business]);
    await sealAll({ ledger, places: [], log: { warn: () => undefined } });
  }
}

const fillSql = `
  with rows as (
    select n, 'wamid.fill' || n as id, encode(sha256(convert_to('fill' || n, 'UTF8')), 'hex') as key,
           md5('chat' || $3::int || '-' || n / $3::int) as conversation, '+1415' || lpad((n / $3::int)::text, 7, '0') as phone,
           timestamptz '2026-01-01T00:00:00Z' + n * interval '17 seconds' as at,
           'message number ' || n || ': could you please send me the offer that we spoke of, with the terms?' as said,
           md5('nonce' || n) as nonce
    from generate_series($1::int, $2::int) n
  ), payloads as (
    select *, json_build_object('field', 'messages', 'from', phone, 'id', id, 'text', said)::text as payload from rows
  ), events as (
    insert into wcs.events (dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id, occurred_at,
      payload, nonce, content_hash)
    select encode(sha256(convert_to('event' || n, 'UTF8')), 'hex'), 'support', 'whatsapp-cloud', 'message', $4::text, key, id, at,
      payload, nonce, encode(sha256(convert_to('["wcs-content-1","' || nonce || '",' || to_json(id)::text || ',' ||
        to_json(payload)::text || ']', 'UTF8')), 'hex')
    from payloads returning id, interaction_key
  ), chats as (
    insert into wcs.conversations (id, business_number, person_phone, first_at, last_at)
    select conversation, $4::text, min(phone), min(at), max(at) from rows group by conversation
    on conflict (id) do update set last_at = greatest(wcs.conversations.last_at, excluded.last_at)
  )
  insert into wcs.interactions (key, position, source, business_number, occurred_at, received_at, revision, addresses,
    person_phone, conversation, direction, document)
  select r.key, e.id, 'support', $4::text, r.at, r.at, 1, array[r.phone], r.phone, r.conversation, 'inbound',
    json_build_object('key', r.key, 'kind', 'message', 'source', 'support', 'sourceKind', 'whatsapp-cloud',
      'businessNumber', $4::text, 'providerId', r.id, 'direction', case n % 3 when 0 then 'outbound' else 'inbound' end,
      'occurredAt', to_char(r.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'person', json_build_object('phone', r.phone, 'name', 'Person ' || r.phone), 'earlier', '[]'::json,
      'reactions', '[]'::json, 'via', 'live', 'content', json_build_object('type', 'text', 'text', r.said))::text
  from rows r join events e on e.interaction_key = r.key`;
