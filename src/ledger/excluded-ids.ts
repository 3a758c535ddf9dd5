import type { ExcludedId } from './ledger.ts';
import type { Sql } from './sql.ts';
import { columns } from './transact.ts';

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
  );
}

/** Which of these user ids belong to people who are excluded by one of these numbers. */
export async function excludedIds(
  sql: Sql,
  idHashes: readonly string[],
  becauseHashes: readonly string[],
): Promise<ReadonlySet<string>> {
  if (idHashes.length === 0 || becauseHashes.length === 0) return new Set();
  const rows = await sql.query<{ id_hash: string }>(
    'select id_hash from wcs.excluded_ids where id_hash = any($1::text[]) and because_hash = any($2::text[])',
    [idHashes, becauseHashes],
  );
  return new Set(rows.map((row) => row.id_hash));
}
