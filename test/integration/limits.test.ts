import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Pool } from 'pg';
import type { Budget } from '../../src/core/budget.ts';
import { CrmError } from '../../src/core/errors.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openLimits, type Limits, type LimitStore } from '../../src/limits/open.ts';
import { openPool, startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';

const rules = { share: 0.5, searchesPerSecond: 4 };
const never = (error: Error) => {
  throw error;
};

async function codeOf(take: Promise<void>): Promise<string> {
  return take.then(
    () => 'allowed',
    (error: unknown) => (error instanceof CrmError ? error.code : String(error)),
  );
}

async function takeAll(budgets: readonly Budget[], each: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await Promise.all(
    budgets.map(async (budget) => {
      for (let made = 0; made < each; made += 1) {
        const code = await codeOf(budget.take('call'));
        counts[code] = (counts[code] ?? 0) + 1;
      }
    }),
  );
  return counts;
}

/** Three processes, as far as the store can tell. */
function sharing(open: () => LimitStore): void {
  const processes: Limits[] = [];
  const openThree = async () => {
    const three = await Promise.all(Array.from({ length: 3 }, () => openLimits(open(), never)));
    processes.push(...three);
    return three;
  };

  afterAll(async () => void (await Promise.all(processes.map((one) => one.close()))));

  test('lets all processes together make exactly our share of the calls of a day', async () => {
    const budgets = (await openThree()).map((one) => one.budget('sales', rules));
    for (const budget of budgets) budget.learn({ dailyLimit: 300, dailyUsed: 0 });
    expect(await takeAll(budgets, 80)).toEqual({ allowed: 150, 'share-used-up': 90 });
    expect(await budgets[0]?.use()).toMatchObject({ allowed: 150, dailyLimit: 300 });
  });

  test('gives each destination a count of its own', async () => {
    const [process] = await openThree();
    const first = process?.budget('one', { ...rules, dailyLimit: 4 });
    const second = process?.budget('two', { ...rules, dailyLimit: 4 });
    expect(await takeAll([first!, second!], 3)).toEqual({ allowed: 4, 'share-used-up': 2 });
  });
}

describe('one process without a shared store', () => {
  const budgetOf = async (name: string, more: Partial<typeof rules> = {}) =>
    (await openLimits({ kind: 'memory' }, never)).budget(name, { ...rules, ...more });

  test('never lets more than our share pass, whatever is learned when', async () => {
    const step = fc.oneof(
      fc.record({ take: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ dailyUsed: fc.integer({ min: 0, max: 90 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const budget = await budgetOf('sales');
        budget.learn({ dailyLimit: 100 });
        let allowed = 0;
        for (const one of steps) {
          if ('take' in one) allowed += (await takeAll([budget], one.take))['allowed'] ?? 0;
          else budget.learn({ dailyLimit: 100, dailyUsed: one.dailyUsed });
        }
        expect(allowed).toBeLessThanOrEqual(50);
      }),
      { numRuns: 50 },
    );
  });

  test('makes no call while the CRM itself has none left, and says so', async () => {
    const budget = await budgetOf('sales');
    budget.learn({ dailyLimit: 1_000, dailyUsed: 1_000 });
    expect(await codeOf(budget.take('call'))).toBe('quota-used-up');
    budget.learn({ dailyLimit: 1_000, dailyUsed: 10 });
    expect(await codeOf(budget.take('call'))).toBe('allowed');
  });

  test('has no limit that nobody told', async () => {
    expect(await takeAll([await budgetOf('sales')], 500)).toEqual({ allowed: 500 });
  });

  test('stays under the short limit of the CRM by waiting', async () => {
    const budget = await budgetOf('sales');
    budget.learn({ burstLimit: 100, burstWindowMs: 10_000 });
    const started = performance.now();
    expect(await takeAll([budget, budget], 12)).toEqual({ allowed: 24 });
    // 9 in each second
    expect(performance.now() - started).toBeGreaterThan(1_900);
  });

  test('spaces searches evenly', async () => {
    const budget = await budgetOf('marketing', { searchesPerSecond: 5 });
    const started = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => budget.take('search')));
    expect(performance.now() - started).toBeGreaterThan(950);
  });
});

describeWith('redis-server', 'three processes on one Redis', () => {
  let redis: RedisServer;
  beforeAll(async () => void (redis = await startRedis()), 30_000);
  afterAll(async () => void (await redis.close()));
  sharing(() => ({ kind: 'redis', url: redis.url }));

  test('count for themselves while Redis is away', async () => {
    const own = await startRedis();
    const limits = await openLimits({ kind: 'redis', url: own.url }, () => undefined);
    const budget = limits.budget('sales', { ...rules, dailyLimit: 10 });
    await own.close();
    expect(await takeAll([budget], 8)).toEqual({ allowed: 5, 'share-used-up': 3 });
    await limits.close();
  });
});

describeWith('postgres', 'three processes on one PostgreSQL', () => {
  let postgres: PostgresServer;
  let pool: Pool;
  beforeAll(async () => {
    postgres = await startPostgres();
    const ledger = await openLedger({ dataDir: '/nonexistent', databaseUrl: postgres.url });
    await ledger.ledger.close();
    pool = openPool(postgres.url);
  }, 60_000);
  afterAll(async () => {
    await pool.end();
    await postgres.stop();
  });
  sharing(() => ({ kind: 'postgres', pool }));

  test('measure a window by the clock of the database, however theirs differ', async () => {
    const [ahead, behind] = await Promise.all(
      [0, 1].map(() => openLimits({ kind: 'postgres', pool }, never)),
    );
    const burst = { burstLimit: 20, burstWindowMs: 1_000 };
    const clock = jest.spyOn(Date, 'now');
    const real = performance.timeOrigin;
    for (const [limits, offMs] of [
      [ahead, 300_000],
      [behind, -300_000],
      [ahead, 300_000],
    ] as const) {
      clock.mockImplementation(() => real + performance.now() + offMs);
      const budget = limits?.budget('skewed', { ...rules, dailyLimit: 1_000 });
      budget?.learn(burst);
      expect(await takeAll([budget!], 30)).toEqual({ allowed: 30 });
    }
    expect(await ahead?.budget('skewed', rules).use()).toMatchObject({ ours: 90 });
    clock.mockRestore();
  });
});
