import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, inParallel, mixedWebhooks, shuffled } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

const interactions = 400;

/** Sends the same webhooks three times, shuffled and 40 at a time, to the workers in turn. */
async function thriceToAll(workers: readonly WorkerProcess[]): Promise<void> {
  const webhooks = mixedWebhooks(interactions, 50);
  const thrice = shuffled([...webhooks, ...webhooks, ...webhooks], 42).map((body, index) => ({
    body,
    index,
  }));
  const statuses = new Set<number>();
  await inParallel(thrice, 40, async ({ body, index }) => {
    const { url } = workers[index % workers.length] as WorkerProcess;
    statuses.add(await postWebhook(url, 'support', body, appSecret));
  });
  expect([...statuses]).toEqual([200]);
}

async function eachIsThereOnce(crms: Crms, { url }: WorkerProcess): Promise<void> {
  const totals = await untilTotals(
    url,
    ({ pending, received }) => received === interactions && pending === 0,
  );
  expect(totals).toMatchObject({ logged: interactions, failed: 0, parked: 0 });
  const { salesforce, hubspot } = recordsPerKey(crms);
  expect([salesforce.size, hubspot.size, doubles(crms)]).toEqual([interactions, interactions, []]);
  expect([...hubspot.keys()].sort()).toEqual([...salesforce.keys()].sort());
}

describe('the same webhooks sent three times, concurrently and shuffled', () => {
  const folder = makeTempFolder('once');
  let crms: Crms;
  let worker: WorkerProcess;

  beforeAll(async () => {
    crms = await startCrms(50);
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
  }, 60_000);

  afterAll(async () => {
    expect(await worker.stop()).toBe(0);
    await crms.close();
    folder.remove();
  }, 60_000);

  test('leave exactly one record per interaction in both CRMs', async () => {
    await thriceToAll([worker]);
    await eachIsThereOnce(crms, worker);
  }, 120_000);
});

describeWith('postgres', 'the same to two workers at once', () => {
  describeWith('redis-server', 'on one PostgreSQL and one Redis', () => {
    const folders = [makeTempFolder('once'), makeTempFolder('once')];
    let crms: Crms;
    let postgres: PostgresServer;
    let redis: RedisServer;
    let workers: WorkerProcess[] = [];

    beforeAll(async () => {
      [crms, postgres, redis] = await Promise.all([startCrms(50), startPostgres(), startRedis()]);
      const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      const settings = settingsFor(crms);
      // Together, so that both find an empty database and make its tables.
      workers = await Promise.all(folders.map(({ path }) => startWorker({ folder: path, settings, env })));
    }, 60_000);

    afterAll(async () => {
      expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
      await Promise.all([crms.close(), postgres.stop(), redis.close()]);
      for (const folder of folders) folder.remove();
    }, 60_000);

    test('leaves exactly one record per interaction in both CRMs', async () => {
      await thriceToAll(workers);
      await eachIsThereOnce(crms, workers[0] as WorkerProcess);
    }, 120_000);
  });
});
