import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Scenario } from '../scenario.ts';
import { healthOf, type World } from '../world.ts';

/** Harm to PostgreSQL: while it lasts webhooks are answered 503, and what was sent comes in afterwards. */

const small = { interactions: 100, perSecond: 30 } as const;
const serverOf = (world: World) => world.servers?.postgres as NonNullable<World['servers']>['postgres'];

/** A connection past the proxy, to the scenario's own database. */
export async function asAdmin<T>(world: World, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: world.databaseUrl, application_name: 'chaos' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Ends all connections of the workers. */
async function terminate(client: pg.Client): Promise<void> {
  await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'chaos'`);
}

async function readOnly(world: World, on: boolean): Promise<void> {
  await asAdmin(world, async (client) => {
    await client.query('set default_transaction_read_only = off');
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    await client.query(`alter database ${rows[0]?.name} set default_transaction_read_only = ${String(on)}`);
    await terminate(client);
  });
}

/** Others take every connection that there is; the workers' own are cut, so that they need new ones. */
async function takeAllConnections(world: World): Promise<void> {
  const taken: pg.Client[] = [];
  const take = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: world.databaseUrl, application_name: 'chaos' });
    client.on('error', () => undefined);
    const isIn = await client.connect().then(
      () => true,
      () => false,
    );
    if (isIn) taken.push(client);
    return isIn;
  };
  try {
    await take();
    await terminate(taken[0] as pg.Client);
    // A worker may be faster than we are with what it has just lost: again, until it is not.
    const isOut = /cannot commit: the database has no connection left/;
    await world.until(async () => {
      await terminate(taken[0] as pg.Client);
      while (await take());
      return isOut.test(await healthOf(world.worker().url));
    }, 'the worker has no connection');
    world.told.push('the database has no connection left');
  } finally {
    await Promise.all(taken.map((client) => client.end()));
  }
}

/** Somebody else's transaction holds these tables for longer than a provider waits. */
async function lockTables(world: World): Promise<void> {
  const before = world.traffic.refused[503] ?? 0;
  await asAdmin(world, async (client) => {
    await client.query('begin');
    await client.query('lock table wcs.events, wcs.activities in access exclusive mode');
    await world.until(() => (world.traffic.refused[503] ?? 0) > before, 'webhooks are answered 503', 20_000);
    await client.query('rollback');
  });
  assert.equal(world.traffic.refused[0] ?? 0, 0, 'a webhook was left without an answer');
}

/** The commit happened, and its answer is lost with the connection. */
async function loseCommits(world: World): Promise<void> {
  const proxy = world.network.postgres;
  assert.ok(proxy);
  const writes = ['insert into wcs.events', 'insert into wcs.receipts', 'insert into wcs.seals'];
  for (const write of writes) await proxy.trap([write, 'commit'], 'after', () => proxy.cut());
}

/** Frozen server processes: their connections are alive, and nothing comes. */
async function freezeBackends(world: World): Promise<void> {
  const pids = await asAdmin(world, async (client) => {
    const { rows } = await client.query<{ pid: number }>(`select pid from pg_stat_activity
      where datname = current_database() and application_name like 'whatsapp-crm-sync%'`);
    return rows.map(({ pid }) => pid);
  });
  assert.ok(pids.length > 0);
  const signal = (name: NodeJS.Signals) => pids.forEach((pid) => process.kill(pid, name));
  signal('SIGSTOP');
  try {
    await sleep(7_000);
  } finally {
    signal('SIGCONT');
  }
}

const kinds: readonly Omit<Scenario, 'stores'>[] = [
  {
    ...small,
    name: 'postgres-restarted',
    title: 'PostgreSQL is restarted, then killed with -9 and started',
    harm: async (world) => {
      await serverOf(world).restart();
      await world.traffic.until(0.4);
      await serverOf(world).kill();
      try {
        await world.untilHealthSays(/the ledger cannot commit: the database cannot be reached/);
      } finally {
        await serverOf(world).restart();
      }
    },
  },
  {
    ...small,
    name: 'postgres-cut',
    title: 'connections are ended by the server and cut by the network, again and again',
    harm: async (world) => {
      for (let nth = 0; nth < 5; nth += 1) {
        await asAdmin(world, terminate);
        await sleep(world.random.between(50, 400));
        world.network.postgres?.cut();
        await sleep(world.random.between(50, 400));
      }
    },
  },
  {
    ...small,
    name: 'postgres-commit-unknown',
    title: 'the answer to a COMMIT is lost: of events, of receipts, of a seal',
    isShort: true,
    lasts: true,
    harm: loseCommits,
  },
  {
    ...small,
    name: 'postgres-read-only',
    title: 'the database takes no writes for a while',
    harm: async (world) => {
      await readOnly(world, true);
      try {
        await world.untilHealthSays(/the ledger cannot commit: the database is read-only/);
      } finally {
        await readOnly(world, false);
      }
    },
  },
  {
    ...small,
    name: 'postgres-no-connections',
    title: 'others take all connections that the server has',
    harm: takeAllConnections,
  },
  {
    ...small,
    name: 'postgres-locked',
    title: 'another session holds the tables for longer than a provider waits',
    harm: lockTables,
  },
  {
    ...small,
    name: 'postgres-frozen',
    title: "all of the workers' server processes freeze for longer than the time-outs, and thaw",
    databaseQuery: 'query_timeout=3000',
    harm: freezeBackends,
  },
  {
    ...small,
    name: 'postgres-silent',
    title: 'packets to PostgreSQL are dropped for a while: connections of before are dead and nobody says so',
    databaseQuery: 'query_timeout=3000',
    harm: async (world) => {
      world.network.postgres?.blackHole(true);
      await world.untilHealthSays(/the ledger cannot commit/);
      world.network.postgres?.blackHole(false);
    },
  },
];

export const postgresScenarios: readonly Scenario[] = kinds.flatMap((kind) => [
  { ...kind, stores: 'postgres' },
  // On every change it is enough to lose them once.
  { ...kind, name: `${kind.name}-with-redis`, stores: 'servers', isShort: false },
]);
