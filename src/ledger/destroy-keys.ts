import { fileScopes } from './content-scope.ts';
import type { SqlExecutor } from './sql.ts';

const destroySql = `
  update wcs.content_keys set wrapped = '', scope = '', destroyed_at = clock_timestamp(), purge_id = $2
  where id = any($1::bigint[]) returning id`;

/**
 * Destroys every content key under which nothing is left after a purge: with it goes whatever copy of the sealed content is
 * still somewhere. Call it last in the transaction of the purge: those who append to the same person and month wait for its
 * end. What seals something of other interactions too (of the same person and month) stays until that is purged.
 *
 * @param interactionKeys interactions whose events and rows carry `purge_id` by now
 * @returns how many keys were destroyed
 */
export async function destroyKeys(
  tx: SqlExecutor,
  interactionKeys: readonly string[],
  purgeId: number,
): Promise<number> {
  const candidates = await tx.query<{ id: string }>(
    `select id from wcs.content_keys where destroyed_at is null and id in (
       select key_id from wcs.events where interaction_key = any($1::text[])
       union select key_id from wcs.interactions where key = any($1::text[]))
     order by id for update`,
    [interactionKeys],
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
 * Destroys the keys of files that are removed, in the transaction of the purge.
 *
 * @param hashes sha256 of files that nothing refers to any more
 * @returns how many keys were destroyed
 */
export async function destroyFileKeys(
  tx: SqlExecutor,
  hashes: readonly string[],
  purgeId: number,
): Promise<number> {
  const keys = await tx.query<{ id: string }>(
    `select k.id from unnest($1::text[]) as one (prefix)
     join wcs.content_keys k on k.scope >= one.prefix and k.scope < one.prefix || 'g'
     where k.destroyed_at is null order by k.id for update of k`,
    [hashes.map(fileScopes)],
  );
  return destroy(tx, keys, purgeId);
}

async function destroy(
  tx: SqlExecutor,
  keys: readonly { readonly id: string }[],
  purgeId: number,
): Promise<number> {
  if (keys.length === 0) return 0;
  const ids = keys.map(({ id }) => id);
  await tx.query(destroySql, [ids, purgeId]);
  // Too early where the transaction fails in the end: then they are unwrapped again.
  tx.vault?.forget(ids);
  return ids.length;
}
