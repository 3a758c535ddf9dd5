import { sealText } from '../keys/cipher.ts';
import type { AppendRow } from './append-row.ts';
import { contentScope } from './content-scope.ts';
import { known } from './polls.ts';
import type { ContentKey, ContentVault, Sql, SqlExecutor } from './sql.ts';
import { eventText } from './vault.ts';

/** A rule destroyed keys between the moment they were looked up and now: they must not seal anything any more. */
class KeysGone extends Error {
  readonly ids: readonly string[];

  constructor(ids: readonly string[]) {
    super('Content keys were destroyed in the meantime.');
    this.name = 'KeysGone';
    this.ids = ids;
  }
}

/**
 * Seals what is to be appended, making the keys that are missing. Events that are in the ledger already get no key made
 * for them and are left out: after an erasure a repeat must leave no trace of whose it was.
 *
 * @throws MasterKeyError: then nothing may be stored
 */
export async function sealRows(
  sql: Sql,
  vault: ContentVault,
  rows: readonly AppendRow[],
): Promise<AppendRow[]> {
  const nameless = rows.filter(({ event }) => event.person === undefined);
  const ofInteraction = await keysOfInteractions(sql, vault, nameless);
  const scopes = new Map(rows.map((row) => [row, contentScope(row.event)]));
  const scopeOf = (row: AppendRow) => scopes.get(row) ?? '';
  const loose = rows.filter((row) => !ofInteraction.has(row));
  const found = await vault.find(loose.map(scopeOf));
  const without = loose.filter((row) => !found.has(scopeOf(row)));
  const there = await knownOf(sql, without);
  const fresh = without.filter(({ dedupeKey }) => !there.has(dedupeKey));
  const made = fresh.length === 0 ? found : await vault.create(fresh.map(scopeOf));
  return rows.flatMap((row) => {
    const key = ofInteraction.get(row) ?? found.get(scopeOf(row)) ?? made.get(scopeOf(row));
    if (key !== undefined) return [sealed(row, key)];
    if (there.has(row.dedupeKey)) return [];
    // Somebody else made it and a rule destroyed it, all in this moment.
    throw new KeysGone([]);
  });
}

async function knownOf(sql: Sql, rows: readonly AppendRow[]): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  return known(
    sql,
    rows.map(({ dedupeKey }) => dedupeKey),
  );
}

function sealed(row: AppendRow, key: ContentKey): AppendRow {
  const { dedupeKey, nonce, providerId, payload } = row;
  const text = eventText(nonce ?? '', providerId ?? null, payload);
  return {
    ...row,
    payload: sealText(key.key, key.id, ['events', dedupeKey], text),
    nonce: undefined,
    providerId: undefined,
    keyId: key.id,
  };
}

/**
 * Seals what a transaction adds to interactions that are there, with their keys. Of an interaction that is kept in clear it
 * stays in clear too, until all of it is encrypted.
 */
export async function sealAlong(tx: SqlExecutor, rows: readonly AppendRow[]): Promise<readonly AppendRow[]> {
  const clear = rows.filter(({ keyId }) => keyId === undefined);
  if (tx.vault === undefined || clear.length === 0) return rows;
  const keys = await keysOfInteractions(tx, tx.vault, clear);
  return rows.map((row) => {
    const key = keys.get(row);
    return key === undefined ? row : sealed(row, key);
  });
}

/** The keys of the messages and calls that these belong to. */
async function keysOfInteractions(
  sql: Pick<SqlExecutor, 'query'>,
  vault: ContentVault,
  rows: readonly AppendRow[],
): Promise<Map<AppendRow, ContentKey>> {
  const belonging = rows.filter(({ event }) => event.interactionKey !== undefined);
  if (belonging.length === 0) return new Map();
  const first = await keyIdsOf(
    sql,
    belonging.map(({ event }) => event.interactionKey ?? ''),
  );
  const keys = await vault.load(sql, [...first.values()]);
  return new Map(
    belonging.flatMap((row) => {
      const key = keys.get(first.get(row.event.interactionKey ?? '') ?? '');
      return key === undefined ? [] : [[row, key]];
    }),
  );
}

/** By which key the content of these interactions is sealed; in doubt that of the message or call itself. */
export async function keyIdsOf(
  sql: Pick<SqlExecutor, 'query'>,
  interactionKeys: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ interaction_key: string; key_id: string }>(
    `select distinct on (interaction_key) interaction_key, key_id from wcs.events
     where interaction_key = any($1::text[]) and key_id is not null and purge_id is null
     order by interaction_key, (kind in ('message', 'call')) desc, id`,
    [[...new Set(interactionKeys)]],
  );
  return new Map(rows.map((row) => [row.interaction_key, row.key_id]));
}

/** Keeps the keys of these rows from being destroyed to the end of the transaction. @throws KeysGone */
export async function holdKeys(tx: SqlExecutor, rows: readonly { readonly keyId?: string }[]): Promise<void> {
  const ids = [...new Set(rows.flatMap(({ keyId }) => keyId ?? []))];
  if (ids.length === 0) return;
  const live = await tx.query(
    `select id from wcs.content_keys where id = any($1::bigint[]) and destroyed_at is null order by id for key share`,
    [ids],
  );
  if (live.length < ids.length) throw new KeysGone(ids);
}

const tries = 5;

/** Does something with keys, again where some of them were destroyed on the way. */
export async function withLiveKeys<T>(vault: ContentVault, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof KeysGone) || attempt === tries) throw error;
      vault.forget(error.ids);
    }
  }
}
