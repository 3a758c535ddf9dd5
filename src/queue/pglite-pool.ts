import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PGlite, Results, Transaction } from '@electric-sql/pglite';
import type { PgPool, PgPoolClient, PgQueryable, PgQueryResult } from 'bullmq';

const asText = (value: string): string => value;
/** as pg gives them: int8 (20) and numeric (1700) are strings */
const options = { parsers: { 20: asText, 1700: asText } };

const listenCommand = /^LISTEN\s+"?(\w+)"?\s*;?\s*$/i;
const transactionCommand = /^(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

/**
 * A pool of pg's shape over the one session of a PGlite in this process, for BullMQ's PostgreSQL backend: through a socket
 * its notifications would be lost. A statement is atomic by itself; BEGIN and the like are refused, because statements of
 * the session's other users would fall into such a transaction. `end` does not close the PGlite.
 */
export class PglitePool extends EventEmitter implements PgPool {
  /** read by BullMQ: a connection that cannot drop unnoticed may be listened on for long */
  readonly options = { keepAlive: true };
  readonly #db: PGlite;
  readonly #check: () => void;
  readonly #clients = new Set<PgliteClient>();
  readonly #running = new Set<Promise<unknown>>();
  #ended = false;

  /** @param check throws while the database must not be used */
  constructor(db: PGlite, check: () => void = () => undefined) {
    super();
    this.#db = db;
    this.#check = check;
    // each of BullMQ's queues and workers listens for errors
    this.setMaxListeners(0);
  }

  /** @throws the database's error, or one that says that the pool has ended */
  query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    // BullMQ looks for these words of pg's own message.
    if (this.#ended) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const run = runStatement<R>(this.#db, this.#check, text, params);
    this.#running.add(run);
    const forget = (): void => void this.#running.delete(run);
    run.then(forget, forget);
    return run;
  }

  connect(): Promise<PgPoolClient> {
    if (this.#ended) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const client = new PgliteClient(this, this.#db, () => this.#clients.delete(client));
    this.#clients.add(client);
    return Promise.resolve(client);
  }

  /** Waits for statements that run, and stops listening. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#running);
    await Promise.all([...this.#clients].map((client) => client.stop()));
  }
}

class PgliteClient extends EventEmitter implements PgPoolClient {
  readonly #pool: PglitePool;
  readonly #db: PGlite;
  readonly #released: () => void;
  readonly #listening: Promise<() => Promise<void>>[] = [];
  #stopped: Promise<void> | undefined;

  constructor(pool: PglitePool, db: PGlite, released: () => void) {
    super();
    this.#pool = pool;
    this.#db = db;
    this.#released = released;
  }

  async query<R>(text: string, params?: readonly unknown[]): Promise<PgQueryResult<R>> {
    const channel = listenCommand.exec(withoutComments(text))?.[1];
    if (channel === undefined) return this.#pool.query<R>(text, params);
    const listening = this.#db.listen(channel, (payload) => this.emit('notification', { channel, payload }));
    this.#listening.push(listening);
    await listening;
    return { rows: [], rowCount: null };
  }

  release(): void {
    void this.stop();
  }

  /** Stops listening; never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const stops = await Promise.allSettled(this.#listening);
    await Promise.allSettled(
      stops.map((stop) => (stop.status === 'fulfilled' && !this.#db.closed ? stop.value() : undefined)),
    );
    this.removeAllListeners();
    this.#released();
  }
}

/**
 * Runs BullMQ's migrations in one of PGlite's own transactions.
 *
 * @throws what the migrations throw; then nothing is changed
 */
export async function migratePglite(
  db: PGlite,
  migrate: (client: PgQueryable) => Promise<unknown>,
): Promise<void> {
  await db.transaction((tx) =>
    migrate({
      query: <R>(text: string, params?: readonly unknown[]) =>
        transactionCommand.test(text)
          ? Promise.resolve({ rows: [], rowCount: null })
          : execute<R>(tx, text, params),
    }),
  );
}

async function runStatement<R>(
  db: PGlite,
  check: () => void,
  text: string,
  params: readonly unknown[] | undefined,
): Promise<PgQueryResult<R>> {
  if (transactionCommand.test(withoutComments(text))) {
    throw new Error('Transactions over a shared PGlite session are made with PGlite.transaction only');
  }
  // PGlite answers without leaving the event loop: a busy queue would keep the HTTP server from its turn.
  await nextTurn();
  check();
  return execute<R>(db, text, params);
}

async function execute<R>(
  db: PGlite | Transaction,
  text: string,
  params: readonly unknown[] | undefined,
): Promise<PgQueryResult<R>> {
  const result = params?.length
    ? await db.query<R>(
        text,
        params.map((value) => value ?? null),
        options,
      )
    : // without parameters pg allows several statements
      ((await db.exec(text, options)).at(-1) as Results<R> | undefined);
  return { rows: result?.rows ?? [], rowCount: result?.affectedRows ?? 0 };
}

function withoutComments(text: string): string {
  return text.replaceAll(/--[^\n]*/g, '').trim();
}
