import { keyIdOf, openText } from '../keys/cipher.ts';
import { inTurns, type Keyring } from '../keys/keyring.ts';
import { Recent } from '../keys/recent.ts';
import { rowNames, type ContentKey, type ContentVault, type Row, type SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

type Executor = Pick<SqlExecutor, 'query'>;

interface KeyRow extends Row {
  id: string;
  scope: string;
  wrapped: string;
  master_key: string;
  purge_id: string | null;
}

/** A content key as this process knows it. */
type Known = { readonly key: Buffer } | { readonly purgeId: string | null };

/** What an event's sealed text says. */
type EventContent = readonly [nonce: string, providerId: string | null, payload: string];

/** 64 bytes or so each. The time limits how long a key that another process destroyed stays in memory. */
const remembered = { most: 50_000, forMs: 10 * 60_000 };

/** The content keys of the ledger: made, found, remembered; and what is sealed with them, opened. */
export class Vault implements ContentVault {
  readonly keyring: Keyring;
  readonly #sql: Executor;
  readonly #keys = new Recent<Buffer>(remembered.most, remembered.forMs);
  readonly #idOfScope = new Recent<string>(remembered.most, remembered.forMs);

  /** @param sql what stands outside of every transaction */
  constructor(sql: Executor, keyring: Keyring) {
    this.#sql = sql;
    this.keyring = keyring;
  }

  async find(scopes: readonly string[]): Promise<ReadonlyMap<string, ContentKey>> {
    const found = new Map<string, ContentKey>();
    const unknown: string[] = [];
    for (const scope of new Set(scopes)) {
      const id = this.#idOfScope.get(scope);
      const key = id === undefined ? undefined : this.#keys.get(id);
      if (id !== undefined && key !== undefined) found.set(scope, { id, key });
      else unknown.push(scope);
    }
    if (unknown.length === 0) return found;
    const rows = await this.#sql.query<KeyRow>(
      `select id, scope, wrapped, master_key from wcs.content_keys
       where scope = any($1::text[]) and destroyed_at is null`,
      [unknown],
    );
    await inTurns(rows, async (row) => found.set(row.scope, { id: row.id, key: await this.#open(row) }));
    for (const { scope, id } of rows) this.#idOfScope.set(scope, id);
    return found;
  }

  async create(scopes: readonly string[]): Promise<ReadonlyMap<string, ContentKey>> {
    const fresh = await inTurns([...new Set(scopes)].toSorted(), async (scope) => ({
      scope,
      ...(await this.keyring.create()),
    }));
    const added = await this.#sql.query<{ id: string; scope: string }>(
      `insert into wcs.content_keys (scope, wrapped, master_key)
       select * from unnest($1::text[], $2::text[], $3::text[]) as n (scope, wrapped, master_key)
       order by scope collate "C"
       on conflict (scope) where destroyed_at is null do nothing returning id, scope`,
      columns(
        fresh,
        ({ scope }) => scope,
        ({ wrapped }) => wrapped,
        ({ masterKey }) => masterKey,
      ),
    );
    const keyOf = new Map(fresh.map(({ scope, key }) => [scope, key]));
    for (const { id, scope } of added) {
      this.#keys.set(id, keyOf.get(scope) as Buffer);
      this.#idOfScope.set(scope, id);
    }
    // Somebody else may have been faster with some of them.
    return this.find(scopes);
  }

  async load(sql: Executor, ids: readonly string[]): Promise<ReadonlyMap<string, ContentKey>> {
    const known = await this.#known(sql, ids);
    return new Map([...known].flatMap(([id, one]) => ('key' in one ? [[id, { id, key: one.key }]] : [])));
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#keys.delete(id);
    this.#idOfScope.deleteWhere((id) => ids.includes(id));
  }

  /**
   * Opens what is sealed in rows: `payload` (then also `provider_id` and `nonce`) of events, `document` of interactions.
   * The rows must have the column that names them. What was altered, or belongs to another row, stays as it is: it can be
   * read as JSON by nobody. What a rule destroyed with its key becomes empty, as if its row had been purged.
   *
   * @returns the same rows, changed
   */
  async open<R extends Row>(sql: Executor, rows: R[]): Promise<R[]> {
    const sealed = [...sealedIn(rows, 'payload'), ...sealedIn(rows, 'document')];
    if (sealed.length === 0) return rows;
    const known = await this.#known(
      sql,
      sealed.map(({ keyId }) => keyId),
    );
    for (const { row, column, keyId, text } of sealed) {
      const key = known.get(keyId);
      if (key === undefined) continue;
      if ('purgeId' in key) emptied(row, column, key.purgeId);
      else opened(row, column, key.key, text);
    }
    return rows;
  }

  /** Keys by their ids; those that never were are not in it. */
  async #known(sql: Executor, ids: readonly string[]): Promise<Map<string, Known>> {
    const known = new Map<string, Known>();
    const unknown: string[] = [];
    for (const id of new Set(ids)) {
      const key = this.#keys.get(id);
      if (key !== undefined) known.set(id, { key });
      else if (/^\d{1,18}$/.test(id)) unknown.push(id);
    }
    if (unknown.length === 0) return known;
    const rows = await sql.query<KeyRow>(
      'select id, wrapped, master_key, purge_id from wcs.content_keys where id = any($1::bigint[])',
      [unknown],
    );
    await inTurns(rows, async (row) => {
      known.set(row.id, row.wrapped === '' ? { purgeId: row.purge_id } : { key: await this.#open(row) });
    });
    return known;
  }

  async #open({ id, wrapped, master_key: masterKey }: KeyRow): Promise<Buffer> {
    const key = await this.keyring.unwrap({ wrapped, masterKey });
    this.#keys.set(id, key);
    return key;
  }
}

type Column = 'payload' | 'document';

interface Sealed {
  readonly row: Row;
  readonly column: Column;
  readonly keyId: string;
  readonly text: string;
}

function sealedIn(rows: readonly Row[], column: Column): Sealed[] {
  if (rows[0] === undefined || !(column in rows[0])) return [];
  return rows.flatMap((row) => {
    const text = row[column];
    const keyId = typeof text === 'string' ? keyIdOf(text) : undefined;
    return keyId === undefined ? [] : [{ row, column, keyId, text: text as string }];
  });
}

function opened(row: Row, column: Column, key: Buffer, sealed: string): void {
  const table = column === 'payload' ? 'events' : 'interactions';
  const name = row[rowNames[table]];
  if (typeof name !== 'string')
    throw new TypeError(`select ${rowNames[table]} beside ${column}: it opens it`);
  const text = openText(key, [table, name], sealed);
  if (text === undefined) return;
  if (column === 'document') row[column] = text;
  else {
    const [nonce, providerId, payload] = JSON.parse(text) as EventContent;
    row[column] = payload;
    if ('provider_id' in row) row['provider_id'] = providerId;
    if ('nonce' in row) row['nonce'] = nonce;
  }
}

function emptied(row: Row, column: Column, purgeId: string | null): void {
  row[column] = '';
  if (column === 'payload' && 'purge_id' in row) row['purge_id'] ??= purgeId;
}

/** An event's content as it is sealed: what its commitment is made of, together. */
export function eventText(...content: EventContent): string {
  return JSON.stringify(content);
}
