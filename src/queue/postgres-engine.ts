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
 * All its statements are small. One that is not answered by then is given up with its connection, which may lead nowhere;
 * longer than another process may take to make the tables.
 */
const lateMs = 30_000;

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
    query_timeout: lateMs,
    application_name: 'whatsapp-crm-sync queue',
    // As the ledger's: a process that stands still in the middle of a transaction must not hold others up.
    options: `-c search_path=${searchPath} -c idle_in_transaction_session_timeout=${lateMs}`,
  });
  // Each of BullMQ's queues and workers listens for errors.
  pool.setMaxListeners(0);
  pool.on('error', onTrouble);
  // A connection that breaks while it is in use would end the process; whoever uses it is told by its statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  try {
    await migrate(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  const now = async () => {
    const { rows } = await pool.query<{ now: string }>(
      'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS now',
    );
    return Number(rows[0]?.now);
  };
  return makeEngine(pool as unknown as PgPool, { isDead: isOwnerDead, now });
}

/** BullMQ on a PGlite of this process. Its one owner is this process: jobs of any other one are orphans. */
export async function openPgliteEngine(pglite: PGlite, check?: () => void): Promise<Engine> {
  await migratePglite(pglite, (client) => runMigrations(client, schema));
  const pool = new PglitePool(pglite, check);
  // The session is shared with the ledger, which qualifies its names; the queue's commands do not.
  await pool.query(`SET search_path TO ${searchPath}`);
  // Counted by the clock of a process that has ended.
  await pool.query('DELETE FROM dedup WHERE expire_at_ms IS NOT NULL');
  const now = async () => Math.floor(performance.timeOrigin + performance.now());
  return makeEngine(pool, { isDead: (owner) => owner !== thisOwner, now });
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client as Parameters<typeof runMigrations>[0], schema);
  } finally {
    client.release();
  }
}

/**
 * Looks for jobs every few seconds, whether or not it was told of one. BullMQ relies on being told: after an error while it
 * waits it blocks for as long as the store allows, an hour here, and where a connection broke at the moment when it began to
 * listen nobody tells it anything (BullMQ 6.7, `Worker.waitForJob` and `PostgresQueueBackend.ensureListening`).
 */
class WakefulBackend extends PostgresQueueBackend {
  /** seconds */
  override get maximumBlockTimeout(): number {
    return 5;
  }
}

function makeEngine(pool: PgPool, own: Pick<Engine, 'isDead' | 'now'>): Engine {
  const factory: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options) => {
    const connection = new PostgresConnection(pool);
    // BullMQ takes a schema only with pools that it makes itself (BullMQ docs, PostgresConnectionOptions).
    Object.assign(connection, { schema });
    return new WakefulBackend(connection, name, options);
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
    ...own,
    ping: async () => void (await pool.query('SELECT 1 FROM migration LIMIT 1')),
    close: () => pool.end(),
  };
}
