import { cleanText } from '../core/text.ts';
import type { PollState } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql } from './sql.ts';

interface StateRow extends Row {
  stream: string;
  cursor: string | null;
  polled_at: Date | null;
  not_before: Date | null;
}

/** Where the polls of a source stand; a stream that was never polled has no row. */
export async function pollStates(sql: Sql, source: string): Promise<PollState[]> {
  // A driver gives -infinity as a number, which is no date.
  const rows = await sql.query<StateRow>(
    `select stream, cursor, polled_at, nullif(not_before, '-infinity') as not_before
     from wcs.poll_state where source = $1 order by stream`,
    [source],
  );
  return rows.map((row) => ({
    stream: row.stream,
    ...given('cursor', row.cursor),
    ...given('polledAt', row.polled_at?.toISOString()),
    ...given('notBefore', row.not_before?.toISOString()),
  }));
}

/** What is not given stays as it is; times are the database's. */
const putSql = `
  insert into wcs.poll_state as p (source, stream, cursor, polled_at, not_before)
  values ($1, $2, $3, case when $4::boolean then clock_timestamp() end,
          coalesce(clock_timestamp() + $5::float8 * interval '1 ms', '-infinity'))
  on conflict (source, stream) do update
    set cursor = coalesce(excluded.cursor, p.cursor),
        polled_at = coalesce(excluded.polled_at, p.polled_at),
        not_before = case when $5::float8 is null then p.not_before else excluded.not_before end`;

/** Keeps where a poll stands; see the port. A pause of 0 ends one. */
export async function putPollState(
  sql: Sql,
  source: string,
  stream: string,
  state: { readonly cursor?: string; readonly caughtUp?: boolean; readonly pauseMs?: number },
): Promise<void> {
  const { cursor, caughtUp = false, pauseMs } = state;
  const kept = cursor === undefined ? null : cleanText(cursor);
  await sql.query(putSql, [source, stream, kept, caughtUp, pauseMs ?? null]);
}

/** Which of these events are there already. */
export async function known(sql: Sql, dedupeKeys: readonly string[]): Promise<ReadonlySet<string>> {
  if (dedupeKeys.length === 0) return new Set();
  // One index entry for each key, whatever the planner believes of the table's size.
  const rows = await sql.query<{ dedupe_key: string }>(
    `select dedupe_key from unnest($1::text[]) as asked (key)
     join lateral (select e.dedupe_key from wcs.events e where e.dedupe_key = asked.key limit 1) e on true`,
    [dedupeKeys.map(cleanText)],
  );
  return new Set(rows.map((row) => row.dedupe_key));
}
