import type { ExcludedId } from './ledger.ts';
import type { Sql } from './sql.ts';
import { columns } from './transact.ts';

/** The gate asks and tells while a webhook waits for its answer. */
const urgent = 'urgent';

/** Remembers user ids of excluded people. */
export async function excludeIds(sql: Sql, ids: readonly ExcludedId[]): Promise<void> {
  if (ids.length === 0) return;
  await sql.query(
    `insert into wcs.excluded_ids (id_hash, because_hash)
     select distinct id_hash collate "C", because_hash collate "C"
     from unnest($1::text[], $2::text[]) as n (id_hash, because_hash)
     where not exists (
       select from wcs.excluded_ids e where e.id_hash = n.id_hash and e.because_hash = n.because_hash)
     order by 1, 2 on conflict do nothing`,
    columns(
      ids,
      ({ idHash }) => idHash,
      ({ becauseHash }) => becauseHash,
    ),
    urgent,
  );
}

/** Because of which numbers these user ids are excluded people's, as far as they are. */
export async function excludedIds(
  sql: Sql,
  idHashes: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (idHashes.length === 0) return new Map();
  const rows = await sql.query<{ id_hash: string; because: string[] }>(
    `select id_hash, array_agg(because_hash order by because_hash) as because from wcs.excluded_ids
     where id_hash = any($1::text[]) group by id_hash`,
    [idHashes],
    urgent,
  );
  return new Map(rows.map((row) => [row.id_hash, row.because]));
}
