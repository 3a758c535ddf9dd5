import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterRedis, type RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Budget } from '../core/budget.ts';
import { postgresLimiter } from './postgres-limiter.ts';
import { SharedBudget, type BudgetRules, type MakeLimiter } from './shared-budget.ts';

export type { BudgetRules } from './shared-budget.ts';

/** Where the counts are kept that all processes share; `memory`: of this process alone. */
export type LimitStore =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly pool: Pool }
  | { readonly kind: 'memory' };

/** Milliseconds that the start waits for the shared counts. */
const firstConnectionMs = 2_000;
/** A count that takes longer is made here: a delivery does not wait for a Redis that says nothing. */
const answerMs = 1_000;
/** After so long without an answer the connection is taken for dead and made anew. */
const silenceMs = 5_000;

/** The limiters of all destinations. */
export interface Limits {
  budget(destination: string, rules: BudgetRules): Budget;
  close(): Promise<void>;
}

/**
 * Opens the shared counts. A store that fails later does not stop deliveries: meanwhile each process counts for itself,
 * so that the share may be exceeded by as much as the processes do in that time. `onTrouble` for what the connection says.
 */
export async function openLimits(store: LimitStore, onTrouble: (error: Error) => void): Promise<Limits> {
  const { make, close, ready } = limitersOf(store, onTrouble);
  await ready;
  return {
    budget: (destination, rules) => new SharedBudget(destination, rules, make),
    close,
  };
}

function limitersOf(
  store: LimitStore,
  onTrouble: (error: Error) => void,
): { make: MakeLimiter; close: () => Promise<void>; ready?: Promise<unknown> } {
  const memory: MakeLimiter = (options) => new RateLimiterMemory(options);
  if (store.kind === 'memory') return { make: memory, close: async () => undefined };
  const shared = (makeShared: (options: object) => RateLimiterAbstract): MakeLimiter => {
    return (options) => makeShared({ ...options, insuranceLimiter: memory(options) });
  };
  if (store.kind === 'postgres') {
    // The table is made by the ledger's migrations.
    const where = { schemaName: 'wcs', tableName: 'limits', clearExpiredByTimeout: false };
    const make = shared((options) =>
      postgresLimiter(store.pool, { ...where, ...options } as Parameters<typeof postgresLimiter>[1]),
    );
    return { make, close: async () => undefined };
  }
  // What cannot be counted at once is counted here: a delivery does not wait for Redis.
  const redis = new Redis(store.url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: answerMs,
    socketTimeout: silenceMs,
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  });
  redis.on('error', onTrouble);
  const make = shared(
    (options) =>
      new RateLimiterRedis({ storeClient: redis, ...options } as ConstructorParameters<
        typeof RateLimiterRedis
      >[0]),
  );
  // Counts of the first moments belong there too; a Redis that is away holds nothing up.
  const ready = Promise.race([once(redis, 'ready'), sleep(firstConnectionMs, undefined, { ref: false })]);
  return { make, close: async () => redis.disconnect(), ready: ready.catch(() => undefined) };
}
