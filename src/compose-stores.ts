import type { Env } from '../config/env.ts';
import type { OpenLedger } from './ledger/open.ts';
import type { LimitStore } from './limits/open.ts';
import type { Log } from './observe/log.ts';
import type { Status } from './pipeline/operations.ts';
import { openEmbeddedQueue, openPostgresQueue, openRedisQueue, type QueueOptions } from './queue/bullmq.ts';
import type { Queue } from './queue/queue.ts';

/** A clock that is far off makes times of receipt wrong, and webhooks seem stale. */
const clockLimitMs = 30_000;

/** Leases and due times go by the database's clock; this process's own stands in what it records. */
export async function tellClock({ sql }: OpenLedger, log: Log): Promise<void> {
  if (sql.kind === 'embedded') return;
  const [row] = await sql.query<{ now: Date }>('select clock_timestamp() as now');
  const offMs = Date.now() - (row?.now.getTime() ?? Date.now());
  if (Math.abs(offMs) > clockLimitMs)
    log.warn({ offMs }, 'the clock of this machine and that of the database differ; one of them is wrong');
}

/** How a copy of the ledger is made while it runs; undefined: the server has ways of its own. */
export function snapshotOf({ sql }: OpenLedger): ((folder: string) => Promise<void>) | undefined {
  return 'snapshot' in sql ? (folder) => sql.snapshot(folder) : undefined;
}

/** Where calls of all processes are counted together. */
export function limitStore(env: Env, store: OpenLedger): LimitStore {
  if (env.redisUrl !== undefined) return { kind: 'redis', url: env.redisUrl };
  return 'pool' in store.sql ? { kind: 'postgres', pool: store.sql.pool } : { kind: 'memory' };
}

/** What the queue is kept in. */
export function queueKind(env: Env): Status['queue'] {
  if (env.redisUrl !== undefined) return 'redis';
  return env.databaseUrl === undefined ? 'embedded' : 'postgres';
}

/** The queue on what there is. @throws when the store cannot be used */
export async function openQueue(env: Env, store: OpenLedger, options: QueueOptions): Promise<Queue> {
  if (env.redisUrl !== undefined) return openRedisQueue({ url: env.redisUrl, ...options });
  if ('pool' in store.sql) return openPostgresQueue({ pool: store.sql.pool, ...options });
  const { sql } = store;
  return openEmbeddedQueue({ pglite: sql.pglite, check: () => sql.check(), ...options });
}
