import pg from 'pg';
import type { Haste, Row, Sql, SqlExecutor, SqlValue } from './sql.ts';
import { isLate, SqlError, toSqlError } from './sql-error.ts';

/** How this process uses the server. */
export interface PostgresOptions {
  /** connections of this process; default 10 */
  readonly connections?: number;
  /** shown in pg_stat_activity; default `whatsapp-crm-sync` */
  readonly applicationName?: string;
  /** told of errors of idle connections (the server went away); the pool replaces them by itself */
  readonly onError?: (error: Error) => void;
}

const connectTimeoutMs = 5_000;

/**
 * The longest that a statement may take, milliseconds: on the server, which then ends it and lets its locks go, and a
 * little later here, where the connection is given up. Without it a server that is frozen or behind a firewall that drops
 * packets is waited for as long as the operating system likes, hours. `query_timeout` in DATABASE_URL sets the latter.
 */
const usual = { server: 60_000, here: 65_000 } as const;
/** The same while a provider waits: it gives up after some ten seconds, and others wait behind this one. */
const urgently = { server: 5_000, here: 6_000 } as const;
/** For what may take as long as it takes: VACUUM, migrations. As far as timers reach, 24 days. */
const patiently = { server: 0, here: 2_147_483_647 } as const;

/** A process that stands still or was cut off in the middle of a transaction keeps its locks for no longer. */
const idleInTransactionMs = 15_000;

const limitsSql = `set statement_timeout = ${usual.server};
  set idle_in_transaction_session_timeout = ${idleInTransactionMs}`;

/** A ledger driver over a PostgreSQL server. Throws {@link SqlError} when the server cannot be reached. */
export async function openPostgres(
  url: string,
  options: PostgresOptions = {},
): Promise<Sql & { readonly pool: pg.Pool }> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    application_name: options.applicationName ?? 'whatsapp-crm-sync',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: usual.here,
    // By statements and not by parameters of the start, which poolers refuse.
    onConnect: async (client) => void (await client.query(limitsSql)),
  });
  // Without a listener an idle connection that breaks ends the process.
  pool.on('error', (error) => options.onError?.(toSqlError(error)));
  // So does a connection that breaks between two statements of a transaction; the next statement says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const driver = new PostgresSql(pool);
  try {
    await driver.query('select 1');
  } catch (error) {
    await pool.end();
    throw error;
  }
  return driver;
}

class PostgresSql implements Sql {
  readonly kind = 'postgres';
  readonly pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.pool = pool;
  }

  query<R extends Row = Row>(
    text: string,
    params: readonly SqlValue[] = [],
    haste: Haste = 'usual',
  ): Promise<R[]> {
    return run<R>(this.pool, text, params, limitsOf(haste).here);
  }

  async exec(script: string): Promise<void> {
    await this.session((session) => session.query(script));
  }

  async session<T>(work: (session: SqlExecutor) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch(rethrow);
    let broken: Error | undefined;
    try {
      await client.query('set statement_timeout = 0').catch(rethrow);
      return await work({ query: (text, params = []) => run(client, text, params, patiently.here) });
    } finally {
      await client.query(`reset all; ${limitsSql}`).catch((failed: unknown) => {
        broken = toSqlError(failed);
      });
      client.release(broken);
    }
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>, haste: Haste = 'usual'): Promise<T> {
    const client = await this.pool.connect().catch(rethrow);
    const { server, here } = limitsOf(haste);
    let broken: Error | undefined;
    try {
      const own = server === usual.server ? '' : `; set local statement_timeout = ${server}`;
      await client
        .query(limited(`begin isolation level read committed${own}`, undefined, here))
        .catch(rethrow);
      const result = await work({ query: (text, params = []) => run(client, text, params, here) });
      await commit(client, here);
      return result;
    } catch (error) {
      if (isLate(error)) broken = error;
      else
        await client.query('rollback').catch((failed: unknown) => {
          broken = toSqlError(failed);
        });
      throw error;
    } finally {
      // A connection whose state nobody knows is closed and not given to the next one.
      client.release(broken);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

/** COMMIT of a transaction in which a statement failed answers ROLLBACK and no error. */
async function commit(client: pg.PoolClient, withinMs: number | undefined): Promise<void> {
  const { command } = await client.query(limited('commit', undefined, withinMs)).catch(rethrow);
  if (command !== 'COMMIT') throw new SqlError('the transaction was rolled back', '25P02');
}

async function run<R extends Row>(
  target: pg.Pool | pg.PoolClient,
  text: string,
  params: readonly SqlValue[],
  withinMs?: number,
): Promise<R[]> {
  const result = await target.query<R>(limited(text, params, withinMs)).catch(rethrow);
  return result.rows;
}

function rethrow(error: unknown): never {
  throw toSqlError(error);
}

/** Of the usual one the pool knows, so that the address of the database may say otherwise. */
function limitsOf(haste: Haste): { readonly server: number; readonly here?: number } {
  if (haste === 'usual') return { server: usual.server };
  return haste === 'urgent' ? urgently : patiently;
}

/** Without parameters it goes as a simple query, which may hold several statements. */
function limited(text: string, params: readonly SqlValue[] | undefined, withinMs?: number): pg.QueryConfig {
  return {
    text,
    ...(params !== undefined && { values: params as unknown[] }),
    // Not among the types of pg, though it takes it (pg 8, client.js).
    ...(withinMs !== undefined && { query_timeout: withinMs }),
  } as pg.QueryConfig;
}
