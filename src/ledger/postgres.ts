import pg from 'pg';
import type { Row, Sql, SqlExecutor, SqlValue } from './sql.ts';
import { SqlError, toSqlError } from './sql-error.ts';

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

  query<R extends Row = Row>(text: string, params: readonly SqlValue[] = []): Promise<R[]> {
    return run<R>(this.pool, text, params);
  }

  async exec(script: string): Promise<void> {
    await this.pool.query(script).catch(rethrow);
  }

  async session<T>(work: (session: SqlExecutor) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch(rethrow);
    let broken: Error | undefined;
    try {
      return await work({ query: (text, params = []) => run(client, text, params) });
    } finally {
      await client.query('reset all').catch((failed: unknown) => {
        broken = toSqlError(failed);
      });
      client.release(broken);
    }
  }

  async transaction<T>(work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
    const client = await this.pool.connect().catch(rethrow);
    let broken: Error | undefined;
    try {
      await client.query('begin isolation level read committed').catch(rethrow);
      const result = await work({ query: (text, params = []) => run(client, text, params) });
      await commit(client);
      return result;
    } catch (error) {
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
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('commit').catch(rethrow);
  if (command !== 'COMMIT') throw new SqlError('the transaction was rolled back', '25P02');
}

async function run<R extends Row>(
  target: pg.Pool | pg.PoolClient,
  text: string,
  params: readonly SqlValue[],
): Promise<R[]> {
  const result = await target.query<R>(text, params as unknown[]).catch(rethrow);
  return result.rows;
}

function rethrow(error: unknown): never {
  throw toSqlError(error);
}
