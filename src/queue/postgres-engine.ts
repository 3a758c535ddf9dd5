import { PostgresConnection, PostgresQueueBackend, runMigrations, withBackend } from 'bullmq';
import type { BackendFactory, PgPool, PostgresConnectionOptions } from 'bullmq';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Engine, WakeBullQueue, WakeBullWorker } from './engine.ts';
import { isOwnerDead, thisOwner } from './owner.ts';
import { migratePglite, PglitePool } from './pglite-pool.ts';
import { keptEvents } from './redis-engine.ts';

/** PostgreSQL schema of the queue's tables. */
const schema = 'wcs_queue';
const searchPath = `"${schema}",public`;
/** What runs beside the workers, each of which holds a connection of its own to LISTEN. */
const furtherConnections = 4;

/**
 * BullMQ on a PostgreSQL server, in a schema of its own with connections of its own (it needs its own search_path).
 *
 * @param workers the most that one process has
 * @throws when the server cannot be reached or the schema cannot be made
 */
export async function openPostgresEngine(
  config: pg.PoolConfig,
  workers: number,
  onTrouble: (error: Error) => void,
): Promise<Engine> {
  const pool = new pg.Pool({
    ...config,
    max: workers + furtherConnections,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    application_name: 'whatsapp-crm-sync queue',
    options: `-c search_path=${searchPath}`,
  });
  pool.on('error', onTrouble);
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return makeEngine(pool as unknown as PgPool, isOwnerDead);
}

/** BullMQ on a PGlite of this process. Its one owner is this process: jobs of any other one are orphans. */
export async function openPgliteEngine(pglite: PGlite): Promise<Engine> {
  await migratePglite(pglite, (client) => runMigrations(client, schema));
  const pool = new PglitePool(pglite);
  // The session is shared with the ledger, which qualifies its names; the queue's commands do not.
  await pool.query(`SET search_path TO ${searchPath}`);
  return makeEngine(pool, (owner) => owner !== thisOwner);
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client as Parameters<typeof runMigrations>[0], schema);
  } finally {
    client.release();
  }
}

function makeEngine(pool: PgPool, isDead: Engine['isDead']): Engine {
  const factory: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options) => {
    const connection = new PostgresConnection(pool);
    // BullMQ takes a schema only with pools that it makes itself (BullMQ docs, PostgresConnectionOptions).
    Object.assign(connection, { schema });
    return new PostgresQueueBackend(connection, name, options);
  };
  const { Queue, Worker } = withBackend(factory);
  return {
    makeQueue: (name) =>
      new Queue(name, {
        connection: pool,
        streams: { events: { maxLen: keptEvents } },
      }) as unknown as WakeBullQueue,
    makeWorker: (name, processor, settings) =>
      new Worker(name, processor as never, { ...settings, connection: pool }) as unknown as WakeBullWorker,
    lockToken: async (queue, jobId) => {
      const { rows } = await pool.query<{ lock_token: string | null }>(
        'SELECT lock_token FROM job WHERE queue = $1 AND id = $2',
        [queue, jobId],
      );
      return rows[0]?.lock_token ?? undefined;
    },
    isDead,
    ping: async () => void (await pool.query('SELECT 1 FROM migration LIMIT 1')),
    close: () => pool.end(),
  };
}
