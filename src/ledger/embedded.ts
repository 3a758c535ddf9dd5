import { constants, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import type { Transaction } from '@electric-sql/pglite';
import { assertRoom } from './disk-space.ts';
import { DurableNodeFS, syncFolder, syncPath } from './durable-fs.ts';
import { lockFolder } from './folder-lock.ts';
import type { FolderLock, LockOptions } from './folder-lock.ts';
import { startMaintenance } from './maintenance.ts';
import type { Maintenance } from './maintenance.ts';
import type { Haste, Row, Sql, SqlExecutor, SqlValue } from './sql.ts';
import { SqlError, toSqlError } from './sql-error.ts';
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
export type EmbeddedSql = Sql & {
  readonly pglite: PGlite;
  /**
   * Copies the database's folder into a new one, as it is between two statements: what a power cut would leave, which is
   * mended when it is opened. Others wait as long as the copying takes.
   */
  snapshot(to: string): Promise<void>;
  /** @throws FolderLockedError when the folder is another process's by now; SqlError 53100 when its disk is full */
  check(): void;
};

const maintainAfterBytes = 32 * 1024 * 1024;

/**
 * PostgreSQL in this process (PGlite) on a folder: `<dataDir>/database`, with the lock beside it. Commits are flushed to
 * the disk. All users of `pglite` share one session: transactions only through `transaction`, names schema-qualified.
 *
 * @throws FolderLockedError when a living process has the folder open; SqlError 53100 when the disk is full
 */
export async function openEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<EmbeddedSql> {
  const folder = resolve(dataDir);
  const lock = await lockFolder(join(folder, 'lock'), options.lock);
  try {
    assertRoom(folder);
    const database = join(folder, 'database');
    if (!existsSync(database)) await createDatabase(folder, database);
    const pglite = await openFolder(database, options.onFsync);
    const bytes = options.maintainAfterBytes ?? maintainAfterBytes;
    const turns = new Turns();
    const maintenance =
      bytes > 0
        ? startMaintenance(pglite, { afterBytes: bytes, turns, onError: options.onError })
        : undefined;
    return new PGliteSql(pglite, turns, { folder, database, lock, maintenance });
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

interface OwnFolder {
  readonly folder: string;
  readonly database: string;
  readonly lock: FolderLock;
  readonly maintenance: Maintenance | undefined;
}

class PGliteSql implements Sql {
  readonly kind = 'embedded';
  readonly pglite: PGlite;
  /** absent: in memory */
  readonly #own: OwnFolder | undefined;
  readonly #turns: Turns;
  #closing: Promise<void> | undefined;

  constructor(pglite: PGlite, turns: Turns, own?: OwnFolder) {
    this.pglite = pglite;
    this.#turns = turns;
    this.#own = own;
  }

  check(): void {
    if (this.#own === undefined) return;
    this.#own.lock.check();
    assertRoom(this.#own.folder);
  }

  async snapshot(to: string): Promise<void> {
    const from = this.#own?.database;
    if (from === undefined) throw new SqlError('a database in memory has no files', '');
    this.check();
    await this.#turns.take(async () => {
      // Less to read again when it is opened. The queue's statements take no turns: the copy itself keeps them out too.
      await this.pglite.exec('checkpoint');
      await this.pglite.runExclusive(() =>
        cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE }),
      );
    }, true);
  }

  async query<R extends Row = Row>(
    text: string,
    params: readonly SqlValue[] = [],
    haste: Haste = 'usual',
  ): Promise<R[]> {
    this.check();
    return this.#turns.take(() => run<R>(this.pglite, text, params), haste === 'urgent');
  }

  // There is one session, and its settings are never changed: each statement takes its turn.
  session<T>(work: (session: SqlExecutor) => Promise<T>): Promise<T> {
    return work({ query: (text, params) => this.query(text, params) });
  }

  async exec(script: string): Promise<void> {
    this.check();
    await this.#turns.take(() => this.pglite.exec(script)).catch(rethrow);
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>, haste: Haste = 'usual'): Promise<T> {
    this.check();
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
      .take(() => this.pglite.transaction(guarded), haste === 'urgent')
      .catch((error: unknown) => {
        throw error === workError ? error : toSqlError(error);
      });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#own?.maintenance?.stop();
    try {
      await this.pglite.close();
    } finally {
      this.#own?.lock.release();
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
