import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { appSecret, inParallel, mixedWebhooks } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

const webhooks = 2_000;
const kills = 20;

/**
 * Sends the webhooks as a provider would: one that is not answered 200 is sent again. Meanwhile the worker is killed 20
 * times at random moments and started again. Counts what was acknowledged at least once.
 */
async function killRepeatedly(start: () => Promise<WorkerProcess>): Promise<WorkerProcess> {
  let worker = await start();
  let killed = 0;
  let sent = 0;
  const send = async (body: object) => {
    while ((await postWebhook(worker.url, 'support', body, appSecret)) !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    sent += 1;
  };
  const killer = async () => {
    while (killed < kills) {
      const goal = Math.floor((webhooks * (killed + Math.random())) / kills);
      while (sent < goal) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      await worker.kill();
      killed += 1;
      worker = await start();
    }
  };
  await Promise.all([inParallel(mixedWebhooks(webhooks, 100), 8, send), killer()]);
  expect([sent, killed]).toEqual([webhooks, kills]);
  return worker;
}

async function everythingIsThereOnce(crms: Crms, worker: WorkerProcess): Promise<void> {
  const totals = await untilTotals(
    worker.url,
    ({ pending, received }) => received === webhooks && pending === 0,
    120_000,
  );
  expect(totals).toMatchObject({ received: webhooks, logged: webhooks, failed: 0 });
  const { salesforce, hubspot } = recordsPerKey(crms);
  expect([salesforce.size, hubspot.size, doubles(crms)]).toEqual([webhooks, webhooks, []]);
}

describe('kill -9 at 20 random moments, on the embedded stores', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wcs-kill-'));
  let crms: Crms;
  let worker: WorkerProcess | undefined;

  beforeAll(async () => {
    crms = await startCrms(100);
  });

  afterAll(async () => {
    await worker?.stop();
    await crms.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('loses and doubles nothing that was answered 200', async () => {
    const settings = settingsFor(crms, 'timeout: 5s');
    worker = await killRepeatedly(() => startWorker({ folder, settings }));
    await everythingIsThereOnce(crms, worker);
  }, 300_000);
});

describeWith('postgres', 'kill -9 at 20 random moments, on PostgreSQL and Redis', () => {
  describeWith('redis-server', 'with both servers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'wcs-kill-'));
    let crms: Crms;
    let postgres: PostgresServer;
    let redis: RedisServer;
    let worker: WorkerProcess | undefined;

    beforeAll(async () => {
      [crms, postgres, redis] = await Promise.all([startCrms(100), startPostgres(), startRedis()]);
    }, 60_000);

    afterAll(async () => {
      await worker?.stop();
      await Promise.all([crms.close(), postgres.stop(), redis.close()]);
      rmSync(folder, { recursive: true, force: true });
    }, 60_000);

    test('loses and doubles nothing that was answered 200', async () => {
      const settings = settingsFor(crms, 'timeout: 5s');
      const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      worker = await killRepeatedly(() => startWorker({ folder, settings, env }));
      await everythingIsThereOnce(crms, worker);
    }, 300_000);
  });
});
