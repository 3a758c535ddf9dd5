import { cleanText } from '../core/text.ts';
import { cursorTime, fromCursor, toCursor } from './cursor.ts';
import type { CompletenessStore, MissingFilter, MissingItem, SourceAnswer } from './completeness-records.ts';
import { eventColumns, given, toEvent, type EventRow } from './rows.ts';
import type { Row, Sql } from './sql.ts';
import { columns } from './transact.ts';

/** See the port. */
export async function present(
  sql: Sql,
  keys: readonly string[],
  idHashes: readonly string[],
): ReturnType<CompletenessStore['present']> {
  // One index entry for each, whatever the planner believes of the tables' sizes.
  const found = await sql.query<{ key: string }>(
    `select key from unnest($1::text[]) as asked (key)
     where exists (select from wcs.events e where e.interaction_key = asked.key collate "C" offset 0)`,
    [keys],
  );
  const dropped = await sql.query<{ key: string }>(
    `select key from unnest($1::text[]) as asked (key)
     where exists (select from wcs.exclusions x where x.id_hash = asked.key collate "C" offset 0)`,
    [idHashes],
  );
  const setOf = (rows: readonly { key: string }[]) => new Set(rows.map(({ key }) => key));
  return { keys: setOf(found), excluded: setOf(dropped) };
}

/** See the port. */
export async function exclusions(sql: Sql, day: string): ReturnType<CompletenessStore['exclusions']> {
  const rows = await sql.query<{ source: string; business_number: string; count: number }>(
    `select source, business_number, count(*)::int as count from wcs.exclusions
     where day = $1::date group by source, business_number order by source, business_number`,
    [day],
  );
  return rows.map(({ source, business_number, count }) => ({
    source,
    businessNumber: business_number,
    count,
  }));
}

/** Keys that are kept of one answer; of more it tells how many. */
const mostKeys = 1_000;

/** See the port. */
export async function addSourceAnswers(
  sql: Sql,
  answers: readonly Omit<SourceAnswer, 'askedAt'>[],
): Promise<void> {
  if (answers.length === 0) return;
  await sql.query(
    `insert into wcs.source_audits (source, business_number, day, question, round, method, theirs, ours, excluded, missing,
                                    filled, extra, missing_keys, extra_keys, code, reason)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[],
       $9::int[], $10::int[], $11::int[], $12::int[], $13::text[], $14::text[], $15::text[], $16::text[])`,
    columns(
      answers,
      ({ source }) => source,
      ({ businessNumber }) => cleanText(businessNumber),
      ({ day }) => day,
      ({ question }) => question,
      ({ round }) => round,
      ({ method }) => method,
      ({ theirs }) => theirs,
      ({ ours }) => ours,
      ({ excluded }) => excluded,
      ({ missing }) => missing,
      ({ filled }) => filled,
      ({ extra }) => extra,
      ({ missingKeys }) => JSON.stringify(missingKeys.slice(0, mostKeys)),
      ({ extraKeys }) => JSON.stringify(extraKeys.slice(0, mostKeys)),
      ({ code }) => code,
      ({ reason }) => (reason === undefined ? undefined : cleanText(reason)),
    ),
  );
}

interface AnswerRow extends Row {
  source: string;
  business_number: string;
  day: string;
  question: string;
  round: SourceAnswer['round'];
  method: SourceAnswer['method'];
  asked_at: Date;
  theirs: number;
  ours: number;
  excluded: number;
  missing: number;
  filled: number;
  extra: number;
  missing_keys: string;
  extra_keys: string;
  code: string | null;
  reason: string | null;
}

/** See the port. */
export async function sourceAnswers(
  sql: Sql,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<SourceAnswer[]> {
  const rows = await sql.query<AnswerRow>(
    `select distinct on (day, source, business_number, question, round) * from wcs.source_audits
     where day between $1 and $2 order by day, source, business_number, question, round, id desc`,
    [from, to],
  );
  return rows.map(({ business_number, asked_at, missing_keys, extra_keys, code, reason, ...row }) => ({
    source: row.source,
    businessNumber: business_number,
    day: row.day,
    question: row.question,
    round: row.round,
    method: row.method,
    askedAt: asked_at.toISOString(),
    theirs: row.theirs,
    ours: row.ours,
    excluded: row.excluded,
    missing: row.missing,
    filled: row.filled,
    extra: row.extra,
    missingKeys: JSON.parse(missing_keys) as string[],
    extraKeys: JSON.parse(extra_keys) as string[],
    ...given('code', code),
    ...given('reason', reason),
  }));
}

const days = `occurred_at >= $1::date::timestamp at time zone 'UTC'
  and occurred_at < ($2::date + 1)::timestamp at time zone 'UTC'`;

/** What is told of one day costs what that day holds: each part is found by an index that begins with the time. */
const missingSql = `
  select what, id, source, business_number, ${cursorTime('occurred_at')} as at, event_id from (
    (select 'content' as what, key as id, source, business_number, occurred_at, null::bigint as event_id
     from wcs.interactions where without_content and ${days})
    union all
    (select 'unrecognised', coalesce(interaction_key, 'event ' || id), source, coalesce(business_number, ''), occurred_at, id
     from wcs.events where kind = 'unrecognised' and ${days})
    union all
    (select 'file', i.key, i.source, i.business_number, i.occurred_at, e.id
     from wcs.interactions i
     join lateral (select distinct key from wcs.media m where m.key = i.key and m.state = 'done' offset 0) m on true
     join lateral (select id from wcs.events e where e.interaction_key = i.key and e.kind = 'media' offset 0) e on true
     where i.${days.replace('and occurred_at', 'and i.occurred_at')})
  ) all_of_them
  where $3::timestamptz is null
     or (occurred_at, what || ' ' || id || ' ' || coalesce(event_id, 0)) > ($3::timestamptz, $4::text)
  order by occurred_at, what || ' ' || id || ' ' || coalesce(event_id, 0) limit $5`;

interface MissingRow extends Row {
  what: MissingItem['what'];
  id: string;
  source: string;
  business_number: string;
  at: string;
  event_id: string | null;
}

/** See the port. A page may hold fewer than its limit: of files it looks at those that were had too. */
export async function missing(
  sql: Sql,
  { from, to, limit, cursor }: MissingFilter,
): ReturnType<CompletenessStore['missing']> {
  const [time, name] = fromCursor(cursor) ?? [null, null];
  const rows = await sql.query<MissingRow>(missingSql, [from, to, time, name, limit + 1]);
  const page = rows.slice(0, limit);
  const messageIds = await messageIdsOf(sql, page);
  const files = await filesOf(sql, page);
  const items = page.flatMap((row): MissingItem[] => {
    const file = row.event_id === null ? undefined : files.get(row.event_id);
    if (row.what === 'file' && file === undefined) return [];
    return [
      {
        what: row.what,
        id: row.id,
        ...given('messageId', messageIds.get(row.id)),
        source: row.source,
        businessNumber: row.business_number,
        day: row.at.slice(0, 10),
        ...given('file', row.what === 'file' ? file : undefined),
      },
    ];
  });
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: toCursor([last.at, `${last.what} ${last.id} ${last.event_id ?? 0}`]) };
}

async function messageIdsOf(sql: Sql, rows: readonly MissingRow[]): Promise<Map<string, string>> {
  const found = await sql.query<{ key: string; provider_id: string }>(
    `select key, e.provider_id from unnest($1::text[]) as asked (key)
     join lateral (select provider_id from wcs.events e where e.interaction_key = asked.key and provider_id is not null
                   order by id limit 1) e on true`,
    [rows.map(({ id }) => id)],
  );
  return new Map(found.map((row) => [row.key, row.provider_id]));
}

/** Files that could not be had, by the event that says so. */
async function filesOf(
  sql: Sql,
  rows: readonly MissingRow[],
): Promise<Map<string, NonNullable<MissingItem['file']>>> {
  const ids = rows.flatMap(({ what, event_id }) => (what === 'file' && event_id !== null ? [event_id] : []));
  if (ids.length === 0) return new Map();
  const events = await sql.query<EventRow>(
    `select ${eventColumns} from wcs.events where id = any($1::bigint[]) and payload <> ''`,
    [ids],
  );
  return new Map(
    events.flatMap((row): [string, NonNullable<MissingItem['file']>][] => {
      const { mediaId, result } = toEvent(row).payload as {
        readonly mediaId: string;
        readonly result: { readonly state: string; readonly code?: string };
      };
      return result.state === 'missing' ? [[row.id, { id: mediaId, code: result.code ?? '' }]] : [];
    }),
  );
}

/** See the port. */
export async function touchedDays(sql: Sql, after: number): ReturnType<CompletenessStore['touchedDays']> {
  const [newest] = await sql.query<{ id: string }>('select coalesce(max(id), 0) as id from wcs.events');
  const upTo = Number(newest?.id);
  const rows = await sql.query<{ day: string }>(
    `select distinct to_char(coalesce(i.occurred_at, e.occurred_at) at time zone 'UTC', 'YYYY-MM-DD') as day
     from wcs.events e left join wcs.interactions i on i.key = e.interaction_key
     where e.id > $1 and e.id <= $2 and e.interaction_key is not null order by day`,
    [after, upTo],
  );
  return { days: rows.map(({ day }) => day), upTo };
}
