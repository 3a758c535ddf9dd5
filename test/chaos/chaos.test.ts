import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';
import { longestMs, runScenario } from './runner.ts';
import { scenarios } from './scenarios/index.ts';
import type { Servers } from './world.ts';

/** The part of `npm run chaos` that runs on every change. Another seed: `WCS_SEED=7 npm test -- chaos`. */
const seed = Number(process.env['WCS_SEED'] ?? 1);

describeWith(
  'postgres',
  'everything acknowledged is in each CRM once, in order, and nothing is left held',
  () => {
    describeWith('redis-server', 'after', () => {
      let servers: Servers;

      beforeAll(async () => {
        const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
        servers = { postgres, redis };
      }, 60_000);

      afterAll(async () => {
        await Promise.all([servers.postgres.stop(), servers.redis.close()]);
      }, 60_000);

      test.each(
        scenarios.filter(({ isShort }) => isShort).map((scenario) => [scenario.title, scenario] as const),
      )(
        '%s',
        async (_title, scenario) => {
          const { error } = await runScenario(scenario, seed, servers);
          expect(error).toBeUndefined();
        },
        longestMs + 60_000,
      );
    });
  },
);
