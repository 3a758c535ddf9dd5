import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import type { Transaction } from '@electric-sql/pglite';
import { DurableNodeFS, syncFolder, syncPath } from './durable-fs.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock, LockOptions } from './folder-lock.ts';
import { startMaintenance } from './maintenance.ts';
import type { Maintenance } from './maintenance.ts';
import type { Row, Sql, SqlExecutor, SqlValue } from './sql.ts';
import { toSqlError } from './sql-error.ts';
import { Turns } from './turns.ts';

/** How the embedded database is kept, and hooks for tests. */
export interface EmbeddedOptions {
  /** called at each fsync that the database makes */
  readonly onFsync?: () => void;
  readonly lock?: LockOptions;
  /** write-ahead log after which VACUUM and CHECKPOINT run; default 32 MB. 0: never */
  readonly maintainAfterBytes?: number;
  /** told of a VACUUM or CHECKPOINT that failed */
  readonly onError?: (error: Error) => void;
}

/** The driver, and the PGlite under it for the queue. */
export type EmbeddedSql = Sql & { readonly pglite: PGlite };

const maintainAfterBytes = 32 * 1024 * 1024;

/**
 * PostgreSQL in this process (PGlite) on a folder: `<dataDir>/database`, with the lock beside it. Commits are flushed to
 * the disk. All users of `pglite` share one session: transactions only through `transaction`, names schema-qualified.
 *
 * @throws FolderLockedError when a living process has the folder open
 */
export async function openEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<EmbeddedSql> {
  const folder = resolve(dataDir);
  const lock = await lockFolder(join(folder, 'lock'), options.lock);
  try {
    const database = join(folder, 'database');
    if (!existsSync(database)) await createDatabase(folder, database);
    const pglite = await openFolder(database, options.onFsync);
    const bytes = options.maintainAfterBytes ?? maintainAfterBytes;
    const turns = new Turns();
    const maintenance =
      bytes > 0
        ? startMaintenance(pglite, { afterBytes: bytes, turns, onError: options.onError })
        : undefined;
    return new PGliteSql(pglite, turns, lock, maintenance);
  } catch (error) {
    lock.release();
    throw toSqlError(error);
  }
}

/** The same database in memory, gone when it is closed: for tests and previews. */
export async function openMemory(): Promise<EmbeddedSql> {
  return new PGliteSql(await PGlite.create({ parsers }), new Turns());
}

/** What is left of a creation that was cut off is never taken for a database: it is made aside, flushed, then renamed. */
async function createDatabase(folder: string, database: string): Promise<void> {
  const fresh = `${database}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  await (await openFolder(fresh)).close();
  syncFolder(fresh);
  renameSync(fresh, database);
  syncPath(folder);
}

function openFolder(database: string, onFsync?: () => void): Promise<PGlite> {
  // PGlite's own parameters switch fsync off (-F); fdatasync is a stub in it that does nothing.
  const kept = PGlite.defaultStartParams.filter((parameter) => parameter !== '-F');
  const durable = ['fsync=on', 'wal_sync_method=fsync', 'synchronous_commit=on', 'shared_buffers=32MB'];
  // Old log is removed and not kept for later: what was destroyed is not in it any more.
  const removed = ['wal_recycle=off', 'min_wal_size=32MB'];
  return PGlite.create({
    fs: new DurableNodeFS(database, onFsync),
    startParams: [...kept, ...[...durable, ...removed].flatMap((setting) => ['-c', setting])],
    parsers,
  });
}

const int8 = 20;
const numeric = 1700;
const asText = (value: string): string => value;
const parsers = { [int8]: asText, [numeric]: asText };

class PGliteSql implements Sql {
  readonly kind = 'embedded';
  readonly pglite: PGlite;
  readonly #lock: FolderLock | undefined;
  readonly #maintenance: Maintenance | undefined;
  readonly #turns: Turns;
  #closing: Promise<void> | undefined;

  constructor(pglite: PGlite, turns: Turns, lock?: FolderLock, maintenance?: Maintenance) {
    this.pglite = pglite;
    this.#turns = turns;
    this.#lock = lock;
    this.#maintenance = maintenance;
  }

  async query<R extends Row = Row>(
    text: string,
    params: readonly SqlValue[] = [],
    urgent = false,
  ): Promise<R[]> {
    this.#lock?.check();
    return this.#turns.take(() => run<R>(this.pglite, text, params), urgent);
  }

  // There is one session, and its settings are never changed: each statement takes its turn.
  session<T>(work: (session: SqlExecutor) => Promise<T>): Promise<T> {
    return work({ query: (text, params) => this.query(text, params) });
  }

  async exec(script: string): Promise<void> {
    this.#lock?.check();
    await this.#turns.take(() => this.pglite.exec(script)).catch(rethrow);
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>, urgent = false): Promise<T> {
    this.#lock?.check();
    // The work's own errors go through as they are; the database's are told apart by `run`.
    let workError: unknown;
    const guarded = async (tx: Transaction) => {
      try {
        return await work({ query: (text, params = []) => run(tx, text, params) });
      } catch (error) {
        workError = error;
        throw error;
      }
    };
    return this.#turns
      .take(() => this.pglite.transaction(guarded), urgent)
      .catch((error: unknown) => {
        throw error === workError ? error : toSqlError(error);
      });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#maintenance?.stop();
    try {
      await this.pglite.close();
    } finally {
      this.#lock?.release();
    }
  }
}

async function run<R extends Row>(
  target: PGlite | Transaction,
  text: string,
  params: readonly SqlValue[],
): Promise<R[]> {
  // PGlite works inside this thread and answers in microtasks: without a turn of the event loop nothing else would run.
  await nextTurn();
  const result = await target.query<R>(text, params as unknown[]).catch(rethrow);
  return result.rows;
}

function rethrow(error: unknown): never {
  throw toSqlError(error);
}
