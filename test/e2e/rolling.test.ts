import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { mixedTraffic, type MixedTraffic } from '../support/mixed-traffic.ts';
import { makeNextRelease } from '../support/next-release.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';
import { recordsOf, strayOrder, wrongRecords } from '../support/records.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeLong, describeWith } from '../support/require.ts';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret } from '../support/traffic.ts';
import { postWebhook, startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const isLong = process.env['WCS_LONG'] === '1';
const interactions = isLong ? 5_000 : 400;
const people = 60;
/** of each step of the roll */
const rounds = 5;

/** Webhooks go to whichever worker takes them, as behind a load balancer; what is not answered 200 is sent again. */
class Balancer {
  readonly #traffic: MixedTraffic;
  readonly #workers = new Set<WorkerProcess>();
  #turn = 0;
  #allowed = 0;
  #sent = 0;
  #isOver = false;

  constructor(traffic: MixedTraffic) {
    this.#traffic = traffic;
  }

  add(worker: WorkerProcess): void {
    this.#workers.add(worker);
  }

  remove(worker: WorkerProcess): void {
    this.#workers.delete(worker);
  }

  /** Lets the next part of the traffic go. @returns when all of it was taken */
  async round(): Promise<void> {
    const all = this.#traffic.lanes.flat().length;
    this.#allowed += Math.ceil(all / rounds);
    await until(async () => this.#sent >= Math.min(this.#allowed, all), 240_000);
  }

  /** Whatever is not sent yet is given up. */
  end(): void {
    this.#isOver = true;
  }

  async run(): Promise<void> {
    await Promise.all(this.#traffic.lanes.map((bodies) => this.#lane(bodies)));
    // Edits come last, to whoever is there then.
    for (const body of this.#traffic.afterwards) await this.#take(body);
  }

  async #lane(bodies: readonly object[]): Promise<void> {
    for (const body of bodies) {
      await until(async () => this.#isOver || this.#sent < this.#allowed, 240_000);
      this.#sent += 1;
      await this.#take(body);
    }
  }

  async #take(body: object): Promise<void> {
    await until(async () => {
      if (this.#isOver) return true;
      const workers = [...this.#workers];
      const worker = workers[(this.#turn += 1) % Math.max(1, workers.length)];
      return worker !== undefined && (await postWebhook(worker.url, 'support', body, appSecret)) === 200;
    }, 240_000);
  }
}

describeWith('postgres', 'a rolling update, and back', () => {
  const folder = makeTempFolder('rolling');
  const [next, breaking] = [`${folder.path}/next`, `${folder.path}/breaking`];
  let crms: Crms;
  let postgres: PostgresServer;

  beforeAll(async () => {
    makeNextRelease(next, true);
    makeNextRelease(breaking, false);
    postgres = await startPostgres();
  }, 120_000);

  afterAll(async () => {
    await postgres?.stop();
    folder.remove();
  }, 120_000);

  /** Old, both, new, both, old: under traffic all the time. */
  async function roll(name: string, env: Record<string, string>): Promise<void> {
    crms = await startCrms(people);
    const traffic = mixedTraffic({ count: interactions, people, lanes: 6, bundle: 5, later: 20 });
    const settings = settingsFor(crms, 'timeout: 5s');
    const started: WorkerProcess[] = [];
    let count = 0;
    const start = async (program?: string) => {
      const own = `${folder.path}/${name}-${(count += 1)}`;
      const worker = await startWorker({
        folder: own,
        settings,
        env,
        ...(program !== undefined && { program }),
      });
      started.push(worker);
      balancer.add(worker);
      return worker;
    };
    const stop = async (worker: WorkerProcess) => {
      // As Kubernetes does: the signal and the change of the addresses race each other.
      const stopped = worker.stop();
      balancer.remove(worker);
      expect([await stopped, worker.output()]).toEqual([0, expect.not.stringContaining('not everything')]);
    };
    const balancer = new Balancer(traffic);
    const sending = balancer.run();
    sending.catch(() => undefined);
    try {
      const older = await start();
      await balancer.round();
      const newer = await start(next);
      await balancer.round();
      await stop(older);
      await balancer.round();
      // The one that knows less starts on the newer schema, because that says it may.
      const again = await start();
      expect(again.output()).toContain('the database is of a newer release');
      await balancer.round();
      await stop(newer);
      await balancer.round();
      await sending;
      const totals = await untilTotals(
        again.url,
        ({ pending, received }) => received === interactions && pending === 0,
        240_000,
      );
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
        expect(strayOrder(records, traffic.expected, new Set())).toEqual([]);
      }
      await stop(again);
      await noLeaseIsLeft(env['DATABASE_URL'] as string);
    } finally {
      balancer.end();
      await Promise.all(started.map((worker) => worker.stop()));
      await crms.close();
    }
  }

  describeWith('redis-server', 'with Redis', () => {
    let redis: RedisServer;
    beforeAll(async () => {
      redis = await startRedis();
    }, 60_000);
    afterAll(() => redis.close());

    test(`loses and doubles none of ${interactions} interactions, and keeps their order, on PostgreSQL and Redis`, async () => {
      await roll('redis', { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url });
    }, 600_000);
  });

  describeLong('postgres', 'without Redis', () => {
    test(`loses and doubles none of ${interactions} interactions, and keeps their order, on PostgreSQL alone`, async () => {
      await roll('postgres', { DATABASE_URL: await postgres.createDatabase() });
    }, 600_000);
  });

  test('an older program does not start on a schema that does not say it may, and says why', async () => {
    const DATABASE_URL = await postgres.createDatabase();
    crms = await startCrms(1);
    const settings = settingsFor(crms);
    const newer = await startWorker({
      folder: `${folder.path}/b`,
      settings,
      env: { DATABASE_URL },
      program: breaking,
    });
    expect(await newer.stop()).toBe(0);
    const env = {
      SETTINGS: `${folder.path}/b/settings.yaml`,
      DATA_DIR: folder.path,
      PORT: '0',
      DATABASE_URL,
    };
    const older = startProgram(['dist/workers/start.js'], env);
    expect(await older.ended).toBe(2);
    expect(older.output()).toContain('was migrated by a newer release');
    await crms.close();
  }, 240_000);
});

async function noLeaseIsLeft(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query(`
      select state from wcs.activities where state in ('sending', 'unknown')
      union all select 'media' from wcs.media where lease_until > clock_timestamp()
      union all select 'lock' from pg_locks where locktype = 'advisory'`);
    expect(rows).toEqual([]);
  } finally {
    await client.end();
  }
}
