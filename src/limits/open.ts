import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import {
  RateLimiterMemory,
  RateLimiterPostgres,
  RateLimiterRedis,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';
import type { Budget } from '../core/budget.ts';
import { SharedBudget, type BudgetRules, type MakeLimiter } from './shared-budget.ts';

export type { BudgetRules } from './shared-budget.ts';

/** Where the counts are kept that all processes share; `memory`: of this process alone. */
export type LimitStore =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly pool: Pool }
  | { readonly kind: 'memory' };

/** Milliseconds that the start waits for the shared counts. */
const firstConnectionMs = 2_000;

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
    const where = { storeClient: store.pool, schemaName: 'wcs', tableName: 'limits', tableCreated: true };
    const make = shared(
      (options) =>
        new RateLimiterPostgres({
          ...where,
          clearExpiredByTimeout: false,
          ...options,
        } as ConstructorParameters<typeof RateLimiterPostgres>[0]),
    );
    return { make, close: async () => undefined };
  }
  // What cannot be counted at once is counted here: a delivery does not wait for Redis.
  const redis = new Redis(store.url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
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
