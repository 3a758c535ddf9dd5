import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import pg from 'pg';
import { openBlackHole, type BlackHole } from '../support/black-hole.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeLong, describeWith } from '../support/require.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, inParallel, mixedWebhooks, textWebhook, personNumber } from '../support/traffic.ts';
import {
  postWebhook,
  reportTotals,
  startWorker,
  until,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

/** Longer than the limit that the tests set, even on a busy machine: a stop that has none would never end. */
const hangMs = 240_000;
const startProgramPath = 'dist/workers/start.js';

const post = (worker: WorkerProcess, id: string) =>
  postWebhook(
    worker.url,
    'support',
    textWebhook(id, personNumber(1), 'hello', Math.floor(Date.now() / 1_000)),
    appSecret,
  );

/** `/health/ready`: the status and the reasons. */
async function ready({ url }: WorkerProcess): Promise<string> {
  const answer = await fetch(`${url}/health/ready`);
  const { reasons } = (await answer.json()) as { reasons: string[] };
  return `${answer.status} ${reasons.join()}`;
}

/** One request over a connection that is kept. @returns the status; 0: the connection was closed or refused */
function ask(url: string, agent: Agent): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve) => {
    request(`${url}/health/live`, { agent }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, connection: answer.headers.connection }),
      );
    })
      .on('error', () => resolve({ status: 0, connection: undefined }))
      .end();
  });
}

describeLong('postgres', 'a worker that is to stop, on the embedded stores', () => {
  const folder = makeTempFolder('stop');
  let crms: Crms;
  let silent: BlackHole;
  beforeAll(async () => {
    [crms, silent] = await Promise.all([startCrms(5), openBlackHole()]);
  });
  afterAll(async () => {
    await Promise.all([crms.close(), silent.close()]);
    folder.remove();
  });
  const start = (settings: string, env: Record<string, string>) =>
    startWorker({ folder: folder.path, settings, env });

  test(
    'says so at once, records webhooks while it waits for CRM calls that hang, and is gone within its limit',
    async () => {
      const hanging = settingsFor(crms).replace(crms.hubspot.url, `http://127.0.0.1:${silent.port}`);
      const worker = await start(hanging, { STOP_LIMIT: '12' });
      expect(await post(worker, 'wamid.before')).toBe(200);
      await untilTotals(worker.url, ({ received }) => received === 1);
      // A call is out, and waits.
      await until(async () => silent.connections > 0);
      const stopped = worker.stop();
      let said = await ready(worker);
      while (!said.startsWith('503 stopping')) said = await ready(worker);
      expect(await post(worker, 'wamid.while')).toBe(200);
      // Half a request that never goes on does not hold it up either.
      const trickle = connect(Number(new URL(worker.url).port), '127.0.0.1');
      trickle.on('error', () => undefined);
      trickle.write('POST /webhooks/support HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
      expect(await stopped).toBe(1);
      trickle.destroy();
      expect(worker.output()).toContain('pieces of work were not done');
      expect(worker.output()).toContain('requests were not answered');
      expect(worker.output()).toContain('"msg":"stopped"');
    },
    hangMs,
  );

  test(
    'loses nothing of that, answers clients that keep their connections to the end, and ends with 0',
    async () => {
      const worker = await start(settingsFor(crms), {});
      const totals = await untilTotals(worker.url, ({ pending }) => pending === 0);
      expect(totals).toMatchObject({ received: 2, logged: 2 });
      const agent = new Agent({ keepAlive: true, maxSockets: 2 });
      const answers: { status: number; connection: string | undefined }[] = [];
      const chatter = async () => {
        for (;;) {
          answers.push(await ask(worker.url, agent));
          if (answers.at(-1)?.status !== 200) return;
        }
      };
      const sent = mixedWebhooks(20, 5).map((body) => postWebhook(worker.url, 'support', body, appSecret));
      const chatting = [chatter(), chatter()];
      await Promise.all(sent.slice(0, 10));
      const stopped = worker.stop();
      const taken = (await Promise.all(sent)).filter((status) => status === 200).length;
      await Promise.all(chatting);
      agent.destroy();
      expect(await stopped).toBe(0);
      expect(worker.output()).not.toContain('not everything');
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, answers.at(-1)?.status]));
      const next = await start(settingsFor(crms), {});
      const after = await untilTotals(next.url, ({ pending }) => pending === 0);
      // What was acknowledged is there; what was not may be.
      expect(after.received).toBeGreaterThanOrEqual(2 + taken);
      expect(after.logged).toBe(after.received);
      expect(await next.stop()).toBe(0);
    },
    hangMs,
  );

  test(
    'ends at once when it is told twice',
    async () => {
      const hanging = settingsFor(crms).replace(crms.hubspot.url, `http://127.0.0.1:${silent.port}`);
      const worker = await start(hanging, { STOP_LIMIT: '3000' });
      expect(await post(worker, 'wamid.twice')).toBe(200);
      const stopped = worker.stop();
      while (!(await ready(worker)).startsWith('503 stopping'));
      const again = setInterval(() => process.kill(worker.pid, 'SIGINT'), 600);
      expect(await stopped).toBe(1);
      clearInterval(again);
      expect(worker.output()).toContain('a second signal (SIGINT) ends it at once');
    },
    hangMs,
  );
});

describeLong('postgres', 'on PostgreSQL', () => {
  describeWith('redis-server', 'and Redis', () => {
    const folder = makeTempFolder('stop');
    let crms: Crms;
    let postgres: PostgresServer;
    let redis: RedisServer;
    beforeAll(async () => {
      [crms, postgres, redis] = await Promise.all([startCrms(50), startPostgres(), startRedis()]);
    }, 60_000);
    afterAll(async () => {
      await Promise.all([crms.close(), postgres.stop(), redis.close()]);
      folder.remove();
    }, 60_000);
    const start = (env: Record<string, string>) =>
      startWorker({ folder: folder.path, settings: settingsFor(crms), env });

    test(
      'a worker leaves no lease behind in the midst of its work, so that the next one goes on at once',
      async () => {
        const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
        const worker = await start(env);
        await inParallel(mixedWebhooks(300, 50), 8, async (body) => {
          expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
        });
        expect(await worker.stop()).toBe(0);
        const client = new pg.Client({ connectionString: postgres.url });
        await client.connect();
        const leased = await client.query(
          `select state, lease_owner, lease_until from wcs.activities where lease_until > clock_timestamp()`,
        );
        await client.end();
        expect(leased.rows).toEqual([]);
        const next = await start(env);
        const totals = await untilTotals(next.url, ({ pending }) => pending === 0);
        expect(totals).toMatchObject({ received: 300, logged: 300 });
        expect(await next.stop()).toBe(0);
      },
      hangMs,
    );

    test(
      'a worker is gone within its limit when Redis is frozen, and when the database does not answer any more',
      async () => {
        const hole = await openBlackHole(Number(new URL(postgres.url).port));
        const viaHole = new URL(postgres.url);
        viaHole.port = String(hole.port);
        const env = { DATABASE_URL: viaHole.href, REDIS_URL: redis.url, STOP_LIMIT: '10' };
        const first = await start(env);
        redis.freeze(true);
        expect([0, 1]).toContain(await first.stop());
        redis.freeze(false);
        const second = await start(env);
        expect(await reportTotals(second.url)).toMatchObject({ received: 300 });
        hole.swallow();
        expect(await second.stop()).toBe(1);
        expect(second.output()).toContain('the database did not answer');
        await hole.close();
      },
      hangMs,
    );

    test(
      'a start waits for a database that is not there yet, and a signal ends the waiting',
      async () => {
        const settings = `${folder.path}/settings.yaml`;
        const env = {
          SETTINGS: settings,
          DATA_DIR: folder.path,
          PORT: '0',
          DATABASE_URL: postgres.url,
          REDIS_URL: redis.url,
        };
        await postgres.kill();
        const [patient, told, brief] = [{}, {}, { START_WAIT: '0' }].map((more) =>
          startProgram([startProgramPath], { ...env, ...more }),
        );
        await patient!.untilSays('the database is not there yet');
        await told!.untilSays('the database is not there yet');
        told!.signal('SIGTERM');
        expect(await told!.ended).toBe(0);
        expect(await brief!.ended).toBe(1);
        expect(brief!.output()).toContain('ECONNREFUSED');
        await redis.stop();
        await postgres.restart();
        await patient!.untilSays('the queue is not there yet');
        await redis.start();
        await patient!.untilSays('"msg":"ready"');
        patient!.signal('SIGTERM');
        expect(await patient!.ended).toBe(0);
      },
      hangMs,
    );
  });
});
