import type { QuarantineState } from '../core/quarantine.ts';
import { cleanText } from '../core/text.ts';
import { keepAudit } from './audit.ts';
import type {
  AppendEvent,
  Quarantined,
  QuarantineCount,
  QuarantinedItem,
  QuarantineFilter,
} from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, transact } from './transact.ts';

interface QuarantineRow extends Row {
  id: string;
  source: string;
  received_at: Date;
  state: QuarantineState;
  key_name: string;
  decided_at: Date | null;
  decided_by: string | null;
}

const shown = 'id, source, received_at, state, key_name, decided_at, decided_by';

/** Keeps what these new events said beside their outlines, in the transaction that appends them. */
export async function quarantine(tx: SqlExecutor, events: readonly AppendEvent[]): Promise<void> {
  const boxed = events.flatMap(({ dedupeKey, quarantined }) =>
    quarantined === undefined ? [] : [{ dedupeKey, ...quarantined }],
  );
  if (boxed.length === 0) return;
  await tx.query(
    `insert into wcs.quarantine (id, source, received_at, dedupe_key, ciphertext, key_name)
     select e.id, e.source, e.received_at, e.dedupe_key, n.ciphertext, n.key_name
     from unnest($1::text[], $2::text[], $3::text[]) as n (dedupe_key, ciphertext, key_name)
     join wcs.events e on e.dedupe_key = n.dedupe_key
     order by e.id on conflict do nothing`,
    columns(
      boxed,
      ({ dedupeKey }) => cleanText(dedupeKey),
      ({ ciphertext }) => ciphertext,
      ({ keyName }) => keyName,
    ),
  );
}

/** A page of the quarantine, the newest first. */
export async function quarantined(
  sql: Sql,
  { state, source, limit, cursor }: QuarantineFilter,
): Promise<{ items: Quarantined[]; cursor?: string }> {
  const before = /^\d{1,18}$/.test(cursor ?? '') ? (cursor ?? null) : null;
  const rows = await sql.query<QuarantineRow>(
    `select ${shown} from wcs.quarantine
     where ($1::text is null or state = $1) and ($2::text is null or source = $2) and ($3::bigint is null or id < $3)
     order by id desc limit $4`,
    [state ?? null, source === undefined ? null : cleanText(source), before, limit + 1],
  );
  const items = rows.slice(0, limit).map(toQuarantined);
  const last = items.at(-1);
  return rows.length > limit && last ? { items, cursor: String(last.id) } : { items };
}

export async function quarantinedItem(sql: Sql, id: number): Promise<QuarantinedItem | undefined> {
  const [row] = await sql.query<QuarantineRow & { dedupe_key: string; ciphertext: string | null }>(
    `select ${shown}, dedupe_key, ciphertext from wcs.quarantine where id = $1`,
    [id],
  );
  if (row === undefined) return undefined;
  const [event] = await sql.query<{ payload: string }>(
    'select dedupe_key, payload from wcs.events where id = $1',
    [id],
  );
  return {
    ...toQuarantined(row),
    dedupeKey: row.dedupe_key,
    ...given('ciphertext', row.ciphertext),
    outline: event === undefined || event.payload === '' ? null : JSON.parse(event.payload),
  };
}

/** Sources with something that waits. */
export async function quarantineCounts(sql: Sql): Promise<QuarantineCount[]> {
  const rows = await sql.query<{ source: string; waiting: string; since: Date }>(
    `select source, count(*) as waiting, min(received_at) as since
     from wcs.quarantine where state = 'waiting' group by source order by source`,
  );
  return rows.map(({ source, waiting, since }) => ({
    source,
    waiting: Number(waiting),
    since: since.toISOString(),
  }));
}

const decideSql = (which: string): string => `
  with chosen as (
    select id from wcs.quarantine where state = 'waiting' and ${which} order by id for update
  ), dirty as (
    -- what was in it stays in the database's files until they are wiped
    update wcs.retention_state set unscrubbed_since = coalesce(unscrubbed_since, clock_timestamp())
    where id = 1 and exists (select from chosen)
  )
  update wcs.quarantine q
  set state = $1, ciphertext = null, decided_at = clock_timestamp(), decided_by = $2
  from chosen where q.id = chosen.id
  returning q.id`;

/** See the port. */
export function decideQuarantined(
  sql: Sql,
  ids: readonly number[],
  state: 'released' | 'discarded',
  by: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  return transact(sql, async (tx) => {
    const rows = await tx.query<{ id: string }>(decideSql('id = any($3::bigint[])'), [
      state,
      cleanText(by),
      ids,
    ]);
    const action = state === 'released' ? 'quarantine.release' : 'quarantine.discard';
    if (rows.length > 0)
      await keepAudit(tx, { actor: by, action, subject: '', detail: { ...named(rows), ...detail } });
    return rows.length;
  });
}

/** See the port. */
export function expireQuarantined(sql: Sql, days: number): Promise<number> {
  const actor = 'setting quarantine.days';
  return transact(sql, async (tx) => {
    const rows = await tx.query<{ id: string }>(
      decideSql(`received_at < clock_timestamp() - $3::int * interval '1 day'`),
      ['expired', actor, days],
    );
    if (rows.length > 0) {
      const detail = { ...named(rows), days };
      await keepAudit(tx, { actor, action: 'quarantine.expire', subject: '', detail });
    }
    return rows.length;
  });
}

const mostNamed = 100;

function named(rows: readonly { readonly id: string }[]): { count: number; ids: number[] } {
  return { count: rows.length, ids: rows.slice(0, mostNamed).map(({ id }) => Number(id)) };
}

function toQuarantined(row: QuarantineRow): Quarantined {
  return {
    id: Number(row.id),
    source: row.source,
    receivedAt: row.received_at.toISOString(),
    state: row.state,
    keyName: row.key_name,
    ...given('decidedAt', row.decided_at?.toISOString()),
    ...given('decidedBy', row.decided_by),
  };
}
