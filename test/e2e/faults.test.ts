import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mixFaults } from '../support/fault-mix.ts';
import { mixedTraffic, type MixedTraffic } from '../support/mixed-traffic.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { recordsOf, strayOrder, wrongRecords } from '../support/records.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeWith, testLong } from '../support/require.ts';
import { doubles, keyFields, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, inParallel, mixedWebhooks } from '../support/traffic.ts';
import {
  destinationStates,
  postWebhook,
  startWorker,
  until,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

/** `npm test` runs fewer; the whole number is for `WCS_LONG=1`. */
const interactions = process.env['WCS_LONG'] === '1' ? 20_000 : 400;
const people = 300;
/** API calls a day, of which the worker may use half */
const dailyLimit = Math.max(interactions / 4, 500);

async function sendAll(lanes: MixedTraffic['lanes'], { url }: WorkerProcess): Promise<void> {
  const send = async (bodies: readonly object[]) => {
    for (const body of bodies) expect(await postWebhook(url, 'support', body, appSecret)).toBe(200);
  };
  await Promise.all(lanes.map(send));
}

const untilLogged = ({ url }: WorkerProcess) =>
  untilTotals(url, ({ pending, received }) => received === interactions && pending === 0, 600_000, 500);

describeWith('postgres', 'while 5 % of all writes meet each kind of fault', () => {
  describeWith('redis-server', 'on PostgreSQL and Redis', () => {
    const folder = makeTempFolder('faults');
    let crms: Crms;
    let postgres: PostgresServer;
    let redis: RedisServer;
    let worker: WorkerProcess;

    beforeAll(async () => {
      [crms, postgres, redis] = await Promise.all([
        startCrms(people, { dailyLimit }),
        startPostgres(),
        startRedis(),
      ]);
      const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      worker = await startWorker({ folder: folder.path, settings: settingsFor(crms, 'timeout: 5s'), env });
    }, 60_000);

    afterAll(async () => {
      await worker?.stop();
      await Promise.all([crms.close(), postgres.stop(), redis.close()]);
      folder.remove();
    }, 60_000);

    test(`${interactions} mixed interactions end as one right record each in both CRMs, in order, within our share`, async () => {
      const traffic = mixedTraffic({ count: interactions, people, lanes: 8, bundle: 10, later: 40 });
      mixFaults(crms, 0.05, 7);
      await sendAll(traffic.lanes, worker);
      await untilLogged(worker);
      await sendAll([traffic.afterwards], worker);
      const totals = await untilLogged(worker);
      expect(totals).toMatchObject({ logged: interactions, failed: 0, parked: 0 });
      const perKey = recordsPerKey(crms);
      expect([perKey.salesforce.size, perKey.hubspot.size, doubles(crms)]).toEqual([
        interactions,
        interactions,
        [],
      ]);
      for (const crm of ['salesforce', 'hubspot'] as const) {
        const records = recordsOf[crm](crms);
        expect(wrongRecords(records, traffic.expected)).toEqual([]);
        const refused = crms[crm].faults.refusedRows.map((row) => String(row[keyFields[crm]]));
        expect(refused.length).toBeLessThan(interactions / 100);
        expect(strayOrder(records, traffic.expected, new Set(refused))).toEqual([]);
      }
      for (const { calls } of [crms.salesforce, crms.hubspot]) {
        expect(calls.total).toBeLessThanOrEqual(dailyLimit / 2);
      }
    }, 660_000);
  });
});

describe('when our share of the calls of a day is used up', () => {
  const folder = makeTempFolder('share');
  const messages = 2_000;
  const allowed = 8;
  let crms: Crms;
  let worker: WorkerProcess;

  /** Half of so many calls a day in Salesforce. */
  const start = (limit: number) => {
    const quota = `quota: { share: 50%, dailyLimit: ${limit} }`;
    const settings = settingsFor(crms).replace('type: salesforce\n', `type: salesforce\n    ${quota}\n`);
    return startWorker({ folder: folder.path, settings });
  };
  const calls = () => crms.salesforce.calls.total - (crms.salesforce.calls.byOperation['token'] ?? 0);

  beforeAll(async () => {
    crms = await startCrms(people);
    worker = await start(2 * allowed);
  }, 60_000);

  afterAll(async () => {
    await worker?.stop();
    await crms.close();
    folder.remove();
  }, 60_000);

  testLong(
    'that CRM is left alone and the other one is not, and everything is logged once when there is more',
    async () => {
      await inParallel(mixedWebhooks(messages, people), 40, async (body) => {
        expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
      });
      await until(async () => recordsPerKey(crms).hubspot.size === messages);
      await until(async () => (await destinationStates(worker.url))['sales'] === 'waiting share-used-up');
      expect(await destinationStates(worker.url)).toMatchObject({ marketing: 'running' });
      expect(calls()).toBeLessThanOrEqual(allowed);
      expect(await worker.stop()).toBe(0);
      worker = await start(1_000);
      const totals = await untilTotals(worker.url, ({ pending }) => pending === 0);
      expect(totals).toMatchObject({ received: messages, logged: messages, failed: 0, parked: 0 });
      expect([recordsPerKey(crms).salesforce.size, doubles(crms)]).toEqual([messages, []]);
    },
    180_000,
  );
});
