import { randomBytes } from 'node:crypto';
import { contentHash } from '../core/seal.ts';
import { cleanText } from '../core/text.ts';
import { quarantine } from './quarantine.ts';
import { GroupCommit } from './group-commit.ts';
import type { AppendEvent, AppendResult, Exclusion } from './ledger.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { columns, transact } from './transact.ts';

interface AppendRow {
  readonly event: AppendEvent;
  readonly payload: string;
  /** see {@link contentHash} */
  readonly nonce: string;
}

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
    this.#group = new GroupCommit((batches) => transact(sql, (tx) => flush(tx, batches), true), limits);
  }

  async append(events: readonly AppendEvent[], exclusions: readonly Exclusion[]): Promise<AppendResult> {
    if (events.length === 0 && exclusions.length === 0) return { appended: [], excluded: 0 };
    const rows = events.map((event) => ({
      event,
      payload: JSON.stringify(event.payload),
      nonce: randomBytes(16).toString('hex'),
    }));
    const bytes = rows.reduce((sum, { payload }) => sum + payload.length, 0);
    return this.#group.add({ events: rows, exclusions, rows: rows.length + exclusions.length, bytes });
  }

  /** Resolves when everything handed in so far is committed or refused. */
  idle(): Promise<void> {
    return this.#group.idle();
  }
}

async function flush(tx: SqlExecutor, batches: readonly AppendBatch[]): Promise<AppendResult[]> {
  const events = batches.flatMap((batch) => batch.events);
  const exclusions = batches.flatMap((batch) => batch.exclusions);
  const newEvents = events.length > 0 ? await insertEvents(tx, events) : new Set<string>();
  await quarantine(
    tx,
    events.flatMap(({ event }) => (newEvents.has(cleanText(event.dedupeKey)) ? event : [])),
  );
  const newExclusions = exclusions.length > 0 ? await insertExclusions(tx, exclusions) : new Set<string>();
  // Of several callers with the same event the first is told that it appended it.
  const take = (fresh: Set<string>, key: string) => fresh.delete(cleanText(key));
  return batches.map((batch) => ({
    appended: batch.events.map(({ event }) => event).filter((event) => take(newEvents, event.dedupeKey)),
    excluded: batch.exclusions.filter(({ idHash }) => take(newExclusions, idHash)).length,
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
                          $8::text[], $9::text[], $10::text[], $11::text[]) with ordinality
        as given (dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
                  occurred_at, payload, nonce, content_hash, nth)
      where not exists (select from wcs.events e where e.dedupe_key = given.dedupe_key)
      order by nth
    ) fresh
  ), added as (
    insert into wcs.events (id, dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
                            occurred_at, payload, nonce, content_hash)
    select id, dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
           occurred_at::timestamptz, payload, nonce, content_hash
    from input order by dedupe_key collate "C", id
    on conflict (dedupe_key) do nothing
    returning id, dedupe_key, interaction_key
  ), waiting as (
    insert into wcs.inbox (event_id, interaction_key) select id, interaction_key from added order by id
  )
  select dedupe_key from added`;

async function insertEvents(tx: SqlExecutor, rows: readonly AppendRow[]): Promise<Set<string>> {
  const text = (value: string | undefined) => (value === undefined ? undefined : cleanText(value));
  const added = await tx.query<{ dedupe_key: string }>(
    insertEventsSql,
    columns(
      rows,
      ({ event }) => text(event.dedupeKey),
      ({ event }) => text(event.source),
      ({ event }) => text(event.sourceKind),
      ({ event }) => text(event.kind),
      ({ event }) => text(event.businessNumber),
      ({ event }) => text(event.interactionKey),
      ({ event }) => text(event.providerId),
      ({ event }) => text(event.occurredAt),
      // NUL and lone surrogates are escapes in JSON's own text, so the payload stays verbatim.
      ({ payload }) => payload,
      ({ nonce }) => nonce,
      ({ event, payload, nonce }) => contentHash(nonce, text(event.providerId) ?? null, payload),
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
