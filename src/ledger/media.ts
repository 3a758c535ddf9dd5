import { filesOf } from '../core/fold-media.ts';
import type { Interaction, Media } from '../core/interaction.ts';
import { cleanText } from '../core/text.ts';
import type { Ledger, MediaTask } from './ledger.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, transact } from './transact.ts';

/** Remembers files that are to be fetched; those that are remembered already stay as they are. Called by the fold. */
export async function addMedia(
  tx: SqlExecutor,
  files: readonly { readonly key: string; readonly source: string; readonly media: Media }[],
): Promise<void> {
  const open = files.filter(({ media }) => media.result === undefined);
  if (open.length === 0) return;
  await tx.query(
    `insert into wcs.media (key, media_id, source)
     select key, media_id, source from unnest($1::text[], $2::text[], $3::text[]) as n (key, media_id, source)
     order by key collate "C", media_id collate "C"
     on conflict do nothing`,
    columns(
      open,
      ({ key }) => key,
      ({ media }) => cleanText(media.id),
      ({ source }) => cleanText(source),
    ),
  );
}

interface TaskRow extends Row {
  key: string;
  media_id: string;
  attempts: number;
  added_at: Date;
  document: string;
}

const dueSql = `state = 'waiting' and not_before <= statement_timestamp()
  and (lease_until is null or lease_until <= statement_timestamp())`;

/** In order of when each became due: a file that is tried again does not hold up the others, nor they it. */
const claimSql = `
  with due as materialized (
    select key, media_id from wcs.media where source = any($1::text[]) and ${dueSql}
    order by greatest(not_before, added_at), key, media_id limit $2 for update skip locked
  ), leased as (
    update wcs.media m
    set lease_owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 millisecond'
    from due where m.key = due.key and m.media_id = due.media_id
    returning m.key, m.media_id, m.attempts, m.added_at
  )
  select leased.*, i.document from leased join wcs.interactions i on i.key = leased.key
  order by leased.added_at, leased.key, leased.media_id`;

/** Leases files of these sources that are due; see the port. Those that are stored by now are done at once. */
export async function claimMedia(
  sql: Sql,
  sources: readonly string[],
  limit: number,
  owner: string,
  leaseMs: number,
): Promise<MediaTask[]> {
  for (;;) {
    const { leased, tasks } = await transact(sql, async (tx) => {
      const rows = await tx.query<TaskRow>(claimSql, [sources, limit, owner, leaseMs]);
      const found = rows.map((row) => ({ row, task: taskOf(row) }));
      await finish(
        tx,
        found.flatMap(({ row, task }) => (task === undefined ? [row] : [])),
      );
      return { leased: rows.length, tasks: found.flatMap(({ task }) => task ?? []) };
    });
    if (leased === 0 || tasks.length > 0) return tasks;
  }
}

function taskOf(row: TaskRow): MediaTask | undefined {
  const interaction = JSON.parse(row.document) as Interaction;
  const media = filesOf(interaction).find(({ id }) => cleanText(id) === row.media_id);
  const state = media?.result?.state;
  if (media === undefined || state === 'stored' || state === 'removed') return undefined;
  return {
    key: row.key,
    media,
    source: interaction.source,
    sourceKind: interaction.sourceKind,
    businessNumber: interaction.businessNumber,
    providerId: interaction.providerId,
    attempts: row.attempts,
    addedAt: row.added_at.toISOString(),
  };
}

async function finish(
  sql: SqlExecutor,
  rows: readonly { readonly key: string; readonly media_id: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql.query(
    `update wcs.media m set state = 'done', lease_owner = null, lease_until = null, code = null
     from unnest($1::text[], $2::text[]) as n (key, media_id)
     where m.key = n.key and m.media_id = n.media_id`,
    columns(
      rows,
      ({ key }) => key,
      ({ media_id }) => media_id,
    ),
  );
}

/**
 * Writes what became of a leased file; see the port. Done is done, whoever says it; back to waiting sets it only who holds
 * the lease.
 */
export async function settleMedia(
  sql: Sql,
  task: Parameters<Ledger['settleMedia']>[0],
  settlement: Parameters<Ledger['settleMedia']>[1],
  owner: string,
): Promise<void> {
  const mediaId = cleanText(task.mediaId);
  if (settlement.to === 'done') return finish(sql, [{ key: task.key, media_id: mediaId }]);
  const { delayMs, burn, code } = settlement;
  await sql.query(
    `update wcs.media
     set not_before = clock_timestamp() + $4::float8 * interval '1 millisecond', attempts = attempts + $5::int,
         code = $6, lease_owner = null, lease_until = null
     where key = $1 and media_id = $2 and lease_owner = $3 and state = 'waiting'`,
    [task.key, mediaId, owner, delayMs, burn ? 1 : 0, code],
  );
}

/** Goes from source to source in an index, then looks for one due file of each. */
const waitingSql = `
  with recursive each_one (source) as (
    (select source from wcs.media where state = 'waiting' order by source limit 1)
    union all
    select (select m.source from wcs.media m where m.state = 'waiting' and m.source > e.source
            order by m.source limit 1)
    from each_one e where e.source is not null
  )
  select source from each_one e
  where source is not null and exists (select from wcs.media where source = e.source and ${dueSql})
  order by source`;

/** Sources that have a file to fetch now. */
export async function waitingMedia(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ source: string }>(waitingSql);
  return rows.map(({ source }) => source);
}

/** Ends the leases of everybody else: they are dead. @returns how many */
export async function releaseMedia(sql: Sql, exceptOwner: string): Promise<number> {
  const rows = await sql.query(
    `update wcs.media set lease_owner = null, lease_until = null
     where state = 'waiting' and lease_owner <> $1 returning key`,
    [exceptOwner],
  );
  return rows.length;
}
