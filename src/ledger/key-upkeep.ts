import { inTurns } from '../keys/keyring.ts';
import type { KeyStatus, KeyStep, KeyStore } from './key-records.ts';
import { sealClear } from './seal-clear.ts';
import type { ContentVault, Sql } from './sql.ts';
import { columns } from './transact.ts';

/** The part of the ledger that is about keys; without a vault there is nothing to do. */
export function keyStore(sql: Sql): KeyStore {
  const { vault } = sql;
  const nothing = async (): Promise<KeyStep> => ({ changed: 0 });
  return {
    keyStatus: () => keyStatus(sql),
    rewrapKeys: vault ? (after, limit) => rewrapKeys(sql, vault, after, limit) : nothing,
    sealClear: vault ? (after, limit) => sealClear(sql, vault, after, limit) : nothing,
  };
}

interface CountRow extends Record<string, unknown> {
  master_key: string;
  content_keys: number;
  file_keys: number;
}

async function keyStatus(sql: Sql): Promise<KeyStatus> {
  const { vault } = sql;
  const counts = await sql.query<CountRow>(
    `select master_key, (count(*) filter (where scope not like 'file:%'))::int as content_keys,
       (count(*) filter (where scope like 'file:%'))::int as file_keys
     from wcs.content_keys where destroyed_at is null group by master_key`,
  );
  const [rest] = await sql.query<{ destroyed: number; events: number; interactions: number }>(
    `select (select count(*)::int from wcs.content_keys where destroyed_at is not null) as destroyed,
       (select count(*)::int from wcs.events where key_id is null and purge_id is null) as events,
       (select count(*)::int from wcs.interactions
        where key_id is null and purge_id is null and revision > 0) as interactions`,
  );
  const { destroyed = 0, events = 0, interactions = 0 } = rest ?? {};
  return {
    isOn: vault !== undefined,
    masterKeys: (vault?.keyring.masterKeys ?? []).map(({ id, kind }) => {
      const own = counts.find((row) => row.master_key === id);
      return { id, kind, contentKeys: own?.content_keys ?? 0, fileKeys: own?.file_keys ?? 0 };
    }),
    destroyed,
    clear: { events, interactions },
  };
}

interface WrappedRow extends Record<string, unknown> {
  id: string;
  wrapped: string;
  master_key: string;
}

/** A key that is destroyed meanwhile stays destroyed; one that is wrapped already is not wrapped again. */
async function rewrapKeys(sql: Sql, vault: ContentVault, after: string, limit: number): Promise<KeyStep> {
  const rows = await sql.query<WrappedRow>(
    `select id, wrapped, master_key from wcs.content_keys
     where destroyed_at is null and master_key <> $1 and id > $2::bigint order by id limit $3`,
    [vault.keyring.first, after === '' ? '0' : after, limit],
  );
  const last = rows.at(-1);
  if (last === undefined) return { changed: 0 };
  const again = await inTurns(rows, async ({ id, wrapped, master_key: masterKey }) => ({
    id,
    before: wrapped,
    ...(await vault.keyring.rewrap({ wrapped, masterKey })),
  }));
  const changed = await sql.query(
    `update wcs.content_keys k set wrapped = n.wrapped, master_key = n.master_key
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) as n (id, before, wrapped, master_key)
     where k.id = n.id and k.wrapped = n.before and k.destroyed_at is null returning k.id`,
    columns(
      again,
      ({ id }) => id,
      ({ before }) => before,
      ({ wrapped }) => wrapped,
      ({ masterKey }) => masterKey,
    ),
  );
  return { changed: changed.length, ...(rows.length === limit && { next: last.id }) };
}
