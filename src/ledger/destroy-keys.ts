import { fileScopes } from './content-scope.ts';
import type { SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

const destroySql = `
  update wcs.content_keys set wrapped = '', scope = '', destroyed_at = clock_timestamp(), purge_id = $2
  where id = any($1::bigint[]) returning id`;

/** What a purge was about, as far as keys go. */
interface PurgedContent {
  /** interactions whose rows and events carry `purge_id` by now */
  readonly keys?: readonly string[];
  /** ids of events that carry it */
  readonly events?: readonly (number | string)[];
}

/**
 * Destroys every content key under which nothing is left after a purge: with it goes whatever copy of the sealed content is
 * still somewhere. Call it last in the transaction of the purge: those who append to the same person and month wait for its
 * end. What seals something else too (of the same person and month) stays until that is purged.
 *
 * @returns how many keys were destroyed
 */
export async function destroyKeys(
  tx: SqlExecutor,
  { keys = [], events = [] }: PurgedContent,
  purgeId: number,
): Promise<number> {
  const candidates = await tx.query<{ id: string }>(
    `select id from wcs.content_keys where destroyed_at is null and id in (
       select key_id from wcs.events where interaction_key = any($1::text[])
       union select key_id from wcs.events where id = any($2::bigint[])
       union select key_id from wcs.interactions where key = any($1::text[]))
     order by id for update`,
    [keys, events],
  );
  if (candidates.length === 0) return 0;
  // A statement of its own: it sees what those who held these keys until now have added.
  const unused = await tx.query<{ id: string }>(
    `select id from unnest($1::bigint[]) as one (id)
     where not exists (select from wcs.events e where e.key_id = one.id and e.purge_id is null)
       and not exists (select from wcs.interactions i where i.key_id = one.id and i.purge_id is null)`,
    [candidates.map(({ id }) => id)],
  );
  return destroy(tx, unused, purgeId);
}

/**
 * Destroys the keys of files that were removed. One that was put again later has another key, which stays.
 *
 * @param files `before`: ISO 8601, since when nothing refers to the file
 * @returns how many keys were destroyed
 */
export async function destroyFileKeys(
  tx: SqlExecutor,
  files: readonly { readonly sha256: string; readonly before: string }[],
  purgeId: number | null,
): Promise<number> {
  const keys = await tx.query<{ id: string }>(
    `select k.id from unnest($1::text[], $2::text[]) as one (prefix, before)
     join wcs.content_keys k on k.scope >= one.prefix and k.scope < one.prefix || 'g'
       and k.created_at <= one.before::timestamptz
     where k.destroyed_at is null order by k.id for update of k`,
    columns(
      files,
      ({ sha256 }) => fileScopes(sha256),
      ({ before }) => before,
    ),
  );
  return destroy(tx, keys, purgeId);
}

async function destroy(
  tx: SqlExecutor,
  rows: readonly { readonly id: string }[],
  purgeId: number | null,
): Promise<number> {
  if (rows.length === 0) return 0;
  const ids = rows.map(({ id }) => id);
  await tx.query(destroySql, [ids, purgeId]);
  // Too early where the transaction fails in the end: then they are unwrapped again.
  tx.vault?.forget(ids);
  return ids.length;
}
