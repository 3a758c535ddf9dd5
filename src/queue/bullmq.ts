import type { PGlite } from '@electric-sql/pglite';
import type { Pool, PoolConfig } from 'pg';
import { openPgliteEngine, openPostgresEngine } from './postgres-engine.ts';
import type { Queue } from './queue.ts';
import { openRedisEngine } from './redis-engine.ts';
import { queueNames, WakeQueue, type QueueOptions } from './wake-queue.ts';

export type { QueueOptions } from './wake-queue.ts';

/**
 * The queue on Redis or Valkey. Once open, it survives outages: workers reconnect, `wake` and `ping` fail at once.
 *
 * @throws when the server cannot be reached or refuses the credentials
 */
export async function openRedisQueue(options: QueueOptions & { readonly url: string }): Promise<Queue> {
  return WakeQueue.open(await openRedisEngine(options.url, troubleOf(options)), options);
}

/**
 * The queue on a PostgreSQL server, in its own schema `wcs_queue`. A pool says only where the server is: the queue makes
 * its own connections (at most 14) and leaves the pool alone.
 *
 * @throws when the server cannot be reached, or the schema cannot be made or is of a newer version
 */
export async function openPostgresQueue(
  options: QueueOptions & ({ readonly url: string } | { readonly pool: Pool }),
): Promise<Queue> {
  const where: PoolConfig =
    'url' in options
      ? { connectionString: options.url }
      : { ...options.pool.options, password: options.pool.options.password };
  return WakeQueue.open(await openPostgresEngine(where, queueNames.length, troubleOf(options)), options);
}

/** The queue on a PGlite that this process alone has open; it is shared, and stays open when the queue is closed. */
export async function openEmbeddedQueue(
  options: QueueOptions & { readonly pglite: PGlite; readonly check?: () => void },
): Promise<Queue> {
  return WakeQueue.open(await openPgliteEngine(options.pglite, options.check), options);
}

function troubleOf(options: QueueOptions): (error: Error) => void {
  return (error) => options.onTrouble?.(error);
}
