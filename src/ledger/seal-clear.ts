import { sealText } from '../keys/cipher.ts';
import { holdKeys, keyIdsOf, withLiveKeys } from './append-sealed.ts';
import { contentScope } from './content-scope.ts';
import type { KeyStep } from './key-records.ts';
import type { ContentVault, Sql } from './sql.ts';
import { columns } from './transact.ts';
import { eventText } from './vault.ts';

/** See the port. Positions: `events:<id>`, then `interactions:<key>`. */
export async function sealClear(
  sql: Sql,
  vault: ContentVault,
  after: string,
  limit: number,
): Promise<KeyStep> {
  const [part, position = ''] = after.split(':');
  if (part === 'interactions') return sealInteractions(sql, vault, position, limit);
  const from = position === '' ? '0' : position;
  return withLiveKeys(vault, () => sealEvents(sql, vault, from, limit));
}

interface ClearEvent extends Record<string, unknown> {
  id: string;
  dedupe_key: string;
  source: string;
  business_number: string | null;
  occurred_at: Date;
  person: string | null;
  nonce: string;
  provider_id: string | null;
  payload: string;
}

/** Of people as the interaction knows them by now: a rule that names one finds all that is one's own under the same keys. */
async function sealEvents(sql: Sql, vault: ContentVault, after: string, limit: number): Promise<KeyStep> {
  const rows = await sql.query<ClearEvent>(
    `select e.id, e.dedupe_key, e.source, e.business_number, e.occurred_at, e.nonce, e.provider_id, e.payload,
            coalesce(i.person_phone, i.person_user_id) as person
     from wcs.events e left join wcs.interactions i on i.key = e.interaction_key
     where e.id > $1::bigint and e.key_id is null and e.purge_id is null order by e.id limit $2`,
    [after, limit],
  );
  const last = rows.at(-1);
  if (last === undefined) return { changed: 0, next: 'interactions:' };
  const scopeOf = (row: ClearEvent) =>
    contentScope({
      source: row.source,
      businessNumber: row.business_number,
      person: row.person,
      occurredAt: row.occurred_at.toISOString(),
    });
  const found = await vault.find(rows.map(scopeOf));
  const missing = rows.map(scopeOf).filter((scope) => !found.has(scope));
  const made = missing.length === 0 ? found : new Map([...found, ...(await vault.create(missing))]);
  const sealed = rows.flatMap((row) => {
    const key = made.get(scopeOf(row));
    const text = eventText(row.nonce, row.provider_id, row.payload);
    return key === undefined
      ? []
      : [{ id: row.id, keyId: key.id, text: sealText(key.key, key.id, ['events', row.dedupe_key], text) }];
  });
  const changed = await sql.transaction(async (tx) => {
    await holdKeys(tx, sealed);
    return tx.query(
      `update wcs.events e set payload = n.payload, key_id = n.key_id, nonce = null, provider_id = null
       from unnest($1::bigint[], $2::bigint[], $3::text[]) as n (id, key_id, payload)
       where e.id = n.id and e.key_id is null and e.purge_id is null returning e.id`,
      columns(
        sealed,
        ({ id }) => id,
        ({ keyId }) => keyId,
        ({ text }) => text,
      ),
    );
  });
  return { changed: changed.length, next: `events:${last.id}` };
}

interface ClearInteraction extends Record<string, unknown> {
  key: string;
  document: string;
}

/** The row is locked as by a fold: what is sealed is its newest document. */
async function sealInteractions(
  sql: Sql,
  vault: ContentVault,
  after: string,
  limit: number,
): Promise<KeyStep> {
  return sql.transaction(async (tx) => {
    const rows = await tx.query<ClearInteraction>(
      `select key, document from wcs.interactions
       where key > $1 and key_id is null and purge_id is null and revision > 0 order by key limit $2 for update`,
      [after, limit],
    );
    const last = rows.at(-1);
    if (last === undefined) {
      // What was in clear until now is still in the files of the database, and words of it in the statistics.
      await tx.query('analyze wcs.events');
      await tx.query('analyze wcs.interactions');
      await tx.query(
        'update wcs.retention_state set unscrubbed_since = coalesce(unscrubbed_since, clock_timestamp()) where id = 1',
      );
      return { changed: 0 };
    }
    const idOf = await keyIdsOf(
      tx,
      rows.map(({ key }) => key),
    );
    const keys = await vault.load(tx, [...idOf.values()]);
    const sealed = rows.flatMap(({ key, document }) => {
      const own = keys.get(idOf.get(key) ?? '');
      return own === undefined
        ? []
        : [{ key, keyId: own.id, text: sealText(own.key, own.id, ['interactions', key], document) }];
    });
    await tx.query(
      `update wcs.interactions i set document = n.document, key_id = n.key_id, words = null
       from unnest($1::text[], $2::bigint[], $3::text[]) as n (key, key_id, document) where i.key = n.key`,
      columns(
        sealed,
        ({ key }) => key,
        ({ keyId }) => keyId,
        ({ text }) => text,
      ),
    );
    return { changed: sealed.length, next: `interactions:${last.key}` };
  });
}
