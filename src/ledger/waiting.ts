import { cleanText } from '../core/text.ts';
import { keepAudit, namedKeys } from './audit.ts';
import { cursorTime, fromCursor, toCursor } from './cursor.ts';
import type { WaitingChoice, WaitingFilter, WaitingGroup, WaitingPerson } from './ledger.ts';
import type { InteractionRow } from './rows.ts';
import type { Row, Sql } from './sql.ts';
import { transact } from './transact.ts';
import { withActivities } from './views.ts';

/** What waits for a person, by cause and by chat. */

type Aside = 'parked' | 'failed';

/** The code where there is one, else the reason of the match without its details. */
const causeSql = `coalesce(a.code, nullif(split_part(a.reason, ':', 1), ''), 'unknown')`;

const groupsSql = `
  select a.destination, ${causeSql} as cause, count(*)::int as count, count(distinct i.conversation)::int as people,
         min(a.changed_at) as since
  from wcs.activities a join wcs.interactions i on i.key = a.key
  where a.state = $1 group by 1, 2 order by count(*) desc, 1, 2`;

export async function waitingGroups(sql: Sql, state: Aside): Promise<WaitingGroup[]> {
  const rows = await sql.query<Omit<WaitingGroup, 'since'> & { since: Date }>(groupsSql, [state]);
  return rows.map((row) => ({ ...row, since: row.since.toISOString() }));
}

const peopleSql = `
  with people as (
    select a.destination, ${causeSql} as cause, i.conversation, count(*)::int as count,
           min(i.occurred_at) as first_at, max(i.occurred_at) as last_at,
           (array_agg(i.key order by i.occurred_at desc, i.key desc))[1] as newest
    from wcs.activities a join wcs.interactions i on i.key = a.key
    where a.state = $1 and ($2::text is null or a.destination = $2) and ($3::text is null or ${causeSql} = $3)
    group by 1, 2, 3
  ), named as (select *, destination || ' ' || cause || ' ' || conversation as name from people)
  select destination, cause, conversation, count, first_at, last_at, newest, name, ${cursorTime('last_at')} as cursor_time
  from named
  where ($4::text is null or (last_at, name) < ($4::timestamptz, $5))
  order by last_at desc, name desc limit $6`;

interface PersonRow extends Row {
  destination: string;
  cause: string;
  conversation: string;
  count: number;
  first_at: Date;
  last_at: Date;
  newest: string;
  name: string;
  cursor_time: string;
}

const newestSql = `
  select key, document, revision, without_content, conversation from wcs.interactions where key = any($1::text[])`;

/** Chats of which something waits, the newest first, a page at a time. */
export async function waitingPeople(
  sql: Sql,
  state: Aside,
  { destination, cause, limit, cursor }: WaitingFilter,
): Promise<{ items: WaitingPerson[]; cursor?: string }> {
  const after = fromCursor(cursor);
  const text = (value: string | undefined) => (value === undefined ? null : cleanText(value));
  const rows = await sql.query<PersonRow>(peopleSql, [
    state,
    text(destination),
    text(cause),
    after?.[0] ?? null,
    after?.[1] ?? null,
    limit + 1,
  ]);
  const page = rows.slice(0, limit);
  const rowsOfNewest = await sql.query<InteractionRow>(newestSql, [page.map(({ newest }) => newest)]);
  const views = new Map(
    (await withActivities(sql, rowsOfNewest)).map((view) => [view.interaction.key, view]),
  );
  const items = page.flatMap((row): WaitingPerson[] => {
    const newest = views.get(row.newest);
    if (newest === undefined) return [];
    const { destination: one, cause: why, conversation, count, first_at: first, last_at: last } = row;
    const times = { firstAt: first.toISOString(), lastAt: last.toISOString() };
    return [{ destination: one, cause: why, conversation, count, ...times, newest }];
  });
  const last = page.at(-1);
  return rows.length > limit && last ? { items, cursor: toCursor([last.cursor_time, last.name]) } : { items };
}

/** The most that one decision is about. */
const mostKeys = 10_000;

/** Keys of what waits in these chats, or which of these keys wait; the oldest first, at most 10,000. */
export async function waitingKeys(
  sql: Sql,
  state: Aside,
  destination: string,
  choice: WaitingChoice & { readonly cause?: string },
): Promise<string[]> {
  const byKey = 'keys' in choice;
  const rows = await sql.query<{ key: string }>(
    `select a.key from wcs.activities a join wcs.interactions i on i.key = a.key
     where a.destination = $1 and a.state = $2 and ${byKey ? 'a.key' : 'i.conversation'} = any($3::text[])
       and ($4::text is null or ${causeSql} = $4)
     order by a.position limit ${mostKeys}`,
    [destination, state, byKey ? choice.keys : choice.conversations, choice.cause ?? null],
  );
  return rows.map(({ key }) => key);
}

const reconsiderSql = `
  with locked as (
    select key from wcs.activities
    where destination = $1 and key = any($2::text[]) and state = 'ignored' and not held and not purged order by key for update
  )
  update wcs.activities a
  set state = 'matching', reason = null, code = null, attempts = 0, not_before = '-infinity',
      pending_since = clock_timestamp(), changed_at = clock_timestamp()
  from locked where a.destination = $1 and a.key = locked.key
  returning a.key`;

/** What a person (or the policy) ignored goes back to its match, as if it had come now. How many. */
export function reconsider(
  sql: Sql,
  destination: string,
  keys: readonly string[],
  by: string,
): Promise<number> {
  return transact(sql, async (tx) => {
    const rows = await tx.query<{ key: string }>(reconsiderSql, [destination, keys]);
    if (rows.length > 0) {
      const entry = {
        actor: by,
        action: 'parked.restore',
        subject: destination,
        detail: namedKeys(rows),
      } as const;
      await keepAudit(tx, entry);
    }
    return rows.length;
  });
}
