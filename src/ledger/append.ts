import { randomBytes } from 'node:crypto';
import { contentHash } from '../core/seal.ts';
import { cleanText } from '../core/text.ts';
import type { AppendRow } from './append-row.ts';
import { holdKeys, sealAlong, sealRows, withLiveKeys } from './append-sealed.ts';
import { quarantine } from './quarantine.ts';
import { GroupCommit } from './group-commit.ts';
import type { AppendEvent, AppendResult, Exclusion } from './ledger.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { columns, transact } from './transact.ts';

interface AppendBatch {
  readonly events: readonly AppendRow[];
  readonly exclusions: readonly Exclusion[];
  readonly rows: number;
  readonly bytes: number;
}

const limits = { maxRows: 2_000, maxBytes: 8 * 1024 * 1024 };

/** Appends events, many callers to a commit. */
export class Appender {
  readonly #group: GroupCommit<AppendBatch, AppendResult>;

  constructor(sql: Sql) {
    this.#group = new GroupCommit((batches) => commit(sql, batches), limits);
  }

  async append(events: readonly AppendEvent[], exclusions: readonly Exclusion[]): Promise<AppendResult> {
    if (events.length === 0 && exclusions.length === 0) return { appended: [], excluded: 0 };
    const rows = events.map(toAppendRow);
    const bytes = rows.reduce((sum, { payload }) => sum + payload.length, 0);
    return this.#group.add({ events: rows, exclusions, rows: rows.length + exclusions.length, bytes });
  }

  /** Resolves when everything handed in so far is committed or refused. */
  idle(): Promise<void> {
    return this.#group.idle();
  }
}

/** Draws the nonce of an event. */
export function toAppendRow(event: AppendEvent): AppendRow {
  // NUL and lone surrogates are escapes in JSON's own text, so the payload stays verbatim.
  const payload = JSON.stringify(event.payload);
  const nonce = randomBytes(16).toString('hex');
  const providerId = text(event.providerId);
  return {
    event,
    dedupeKey: cleanText(event.dedupeKey),
    providerId,
    payload,
    nonce,
    contentHash: contentHash(nonce, providerId ?? null, payload),
  };
}

function text(value: string | undefined): string | undefined {
  return value === undefined ? undefined : cleanText(value);
}

/** Seals before the transaction: whoever waits for a key service holds no locks. */
async function commit(sql: Sql, batches: readonly AppendBatch[]): Promise<AppendResult[]> {
  const rows = batches.flatMap((batch) => batch.events);
  const { vault } = sql;
  if (vault === undefined) return transact(sql, (tx) => flush(tx, batches, rows), 'urgent');
  return withLiveKeys(vault, async () => {
    const sealed = await sealRows(sql, vault, rows);
    return transact(sql, (tx) => flush(tx, batches, sealed), 'urgent');
  });
}

async function flush(
  tx: SqlExecutor,
  batches: readonly AppendBatch[],
  rows: readonly AppendRow[],
): Promise<AppendResult[]> {
  const exclusions = batches.flatMap((batch) => batch.exclusions);
  await holdKeys(tx, rows);
  const newEvents = rows.length > 0 ? await insertEvents(tx, rows) : new Set<string>();
  await quarantine(
    tx,
    rows.flatMap(({ event, dedupeKey }) => (newEvents.has(dedupeKey) ? event : [])),
  );
  const newExclusions = exclusions.length > 0 ? await insertExclusions(tx, exclusions) : new Set<string>();
  // Of several callers with the same event the first is told that it appended it.
  const take = (fresh: Set<string>, key: string) => fresh.delete(key);
  return batches.map((batch) => ({
    appended: batch.events.filter((row) => take(newEvents, row.dedupeKey)).map(({ event }) => event),
    excluded: batch.exclusions.filter(({ idHash }) => take(newExclusions, cleanText(idHash))).length,
  }));
}

/**
 * Ids are drawn in order of arrival; rows are inserted in order of their key, so that two processes with the same events
 * wait for each other and do not deadlock.
 */
const insertEventsSql = `
  with input as materialized (
    select nextval(pg_get_serial_sequence('wcs.events', 'id')) as id, fresh.*
    from (
      select given.* from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) with ordinality
        as given (dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
                  occurred_at, payload, nonce, content_hash, key_id, nth)
      where not exists (select from wcs.events e where e.dedupe_key = given.dedupe_key)
      order by nth
    ) fresh
  ), added as (
    insert into wcs.events (id, dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
                            occurred_at, payload, nonce, content_hash, key_id)
    select id, dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
           occurred_at::timestamptz, payload, nonce, content_hash, key_id::bigint
    from input order by dedupe_key collate "C", id
    on conflict (dedupe_key) do nothing
    returning id, dedupe_key, interaction_key
  ), waiting as (
    insert into wcs.inbox (event_id, interaction_key) select id, interaction_key from added order by id
  )
  select dedupe_key from added`;

/** Adds events that are new. @returns their dedupe keys */
export async function insertEvents(tx: SqlExecutor, events: readonly AppendRow[]): Promise<Set<string>> {
  const rows = await sealAlong(tx, events);
  const added = await tx.query<{ dedupe_key: string }>(
    insertEventsSql,
    columns(
      rows,
      ({ dedupeKey }) => dedupeKey,
      ({ event }) => text(event.source),
      ({ event }) => text(event.sourceKind),
      ({ event }) => text(event.kind),
      ({ event }) => text(event.businessNumber),
      ({ event }) => text(event.interactionKey),
      ({ providerId }) => providerId,
      ({ event }) => text(event.occurredAt),
      ({ payload }) => payload,
      ({ nonce }) => nonce,
      ({ contentHash: hash }) => hash,
      ({ keyId }) => keyId,
    ),
  );
  return new Set(added.map((row) => row.dedupe_key));
}

const insertExclusionsSql = `
  insert into wcs.exclusions (id_hash, source, business_number, day)
  select id_hash, source, business_number, day::date
  from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as given (id_hash, source, business_number, day)
  order by id_hash collate "C"
  on conflict do nothing
  returning id_hash`;

async function insertExclusions(tx: SqlExecutor, rows: readonly Exclusion[]): Promise<Set<string>> {
  const added = await tx.query<{ id_hash: string }>(
    insertExclusionsSql,
    columns(
      rows,
      ({ idHash }) => cleanText(idHash),
      ({ source }) => cleanText(source),
      ({ businessNumber }) => cleanText(businessNumber),
      ({ day }) => cleanText(day),
    ),
  );
  return new Set(added.map((row) => row.id_hash));
}
