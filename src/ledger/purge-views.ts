import type { Purge, PurgeStore, Tombstone } from './ledger.ts';
import type { Row, Sql } from './sql.ts';

interface PurgeRow extends Row, Omit<Purge, 'id' | 'at'> {
  id: string;
  at: Date;
}

/** The trail, newest first; see the port. */
export async function purges(
  sql: Sql,
  { limit, cursor }: Parameters<PurgeStore['purges']>[0],
): ReturnType<PurgeStore['purges']> {
  const before = /^\d{1,18}$/.test(cursor ?? '') ? (cursor ?? null) : null;
  const rows = await sql.query<PurgeRow>(
    `select id, at, actor, kind, rule, interactions, events, files from wcs.purges
     where $1::bigint is null or id < $1 order by id desc limit $2`,
    [before, limit + 1],
  );
  const items = rows
    .slice(0, limit)
    .map(({ id, at, ...row }) => ({ ...row, id: Number(id), at: at.toISOString() }));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, cursor: String(last.id) } : { items };
}

/** Sums of a day; see the port. */
export async function purgedOn(sql: Sql, day: string): ReturnType<PurgeStore['purgedOn']> {
  return sql.query<Omit<Purge, 'id' | 'at' | 'actor'> & Row>(
    `select rule, kind, sum(interactions)::int as interactions, sum(events)::int as events, sum(files)::int as files
     from wcs.purges
     where at >= $1::date::timestamp at time zone 'UTC' and at < ($1::date + 1)::timestamp at time zone 'UTC'
     group by rule, kind order by rule, kind`,
    [day],
  );
}

/** What a purge left, by its key; see the port. */
export async function tombstones(
  sql: Sql,
  purge: number,
  { limit, cursor = '' }: Parameters<PurgeStore['tombstones']>[1],
): ReturnType<PurgeStore['tombstones']> {
  const rows = await sql.query<Omit<Tombstone, 'occurredAt'> & { occurred_at: Date }>(
    `select key, coalesce(kind, 'message') as kind, source, business_number as "businessNumber", occurred_at
     from wcs.interactions where purge_id = $1 and key > $2 order by key limit $3`,
    [purge, cursor, limit + 1],
  );
  const items = rows
    .slice(0, limit)
    .map(({ occurred_at: at, ...row }) => ({ ...row, occurredAt: at.toISOString() }));
  const last = items.at(-1);
  return rows.length > limit && last ? { items, cursor: last.key } : { items };
}
