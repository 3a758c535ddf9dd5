import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres, type PostgresServer } from '../../test/support/postgres.ts';
import { startRedis, type RedisServer } from '../../test/support/redis.ts';
import { makeTempFolder } from '../../test/support/temp.ts';
import { appSecret, businessNumber } from '../../test/support/traffic.ts';
import { startWorker, untilDirectoryPulled, type WorkerProcess } from '../../test/support/worker.ts';
import { startCrmsProcess, type CrmsProcess, type CrmsProcessOptions } from './crms.ts';
import { spreadOf, type Answers, type Spread } from './figures.ts';
import { cpuMsOfChildren, residentMiB } from './process.ts';

export type Stores = 'embedded' | 'servers';

export interface StageOptions extends CrmsProcessOptions {
  readonly stores: Stores;
  /** where the worker's CPU profile goes */
  readonly profile?: string;
  /** default: one source into both CRMs */
  readonly routes?: string;
  /** settings of both destinations */
  readonly destination?: Readonly<Record<string, unknown>>;
  /** arguments of each worker's process; default: one with all roles */
  readonly processes?: readonly (readonly string[])[];
  /** false: no process pulls the directories, so that nobody waits for it */
  readonly pulls?: boolean;
  /** of Node itself, in each worker */
  readonly nodeArgs?: readonly string[];
  /** runs before the worker starts */
  readonly fill?: (stores: { dataDir: string; databaseUrl?: string }, crms: CrmsProcess) => Promise<void>;
}

/** A worker, or several, on its stores, and both CRMs beside it. */
export interface Stage {
  /** the first one */
  readonly worker: WorkerProcess;
  readonly workers: readonly WorkerProcess[];
  readonly crms: CrmsProcess;
  readonly postgres: PostgresServer | undefined;
  stop(): Promise<void>;
}

const begun = performance.now();

/** What is being done, on stderr: stdout has the figures. */
export function say(what: string): void {
  process.stderr.write(`${((performance.now() - begun) / 1_000).toFixed(1).padStart(7)} s  ${what}\n`);
}

export async function setStage(options: StageOptions): Promise<Stage> {
  const folder = makeTempFolder('load');
  const opened: (() => Promise<void>)[] = [async () => folder.remove()];
  const stop = async () => {
    for (const close of opened.toReversed()) await close();
  };
  try {
    const crms = await startCrmsProcess(options);
    opened.push(() => crms.stop());
    say('the CRMs are there');
    const servers = options.stores === 'servers' ? await startServers(opened) : undefined;
    const databaseUrl = servers?.postgres.url;
    const dataDir = join(folder.path, '0', 'data');
    say(`the stores are there: ${options.stores}`);
    await options.fill?.({ dataDir, ...(databaseUrl !== undefined && { databaseUrl }) }, crms);
    if (options.fill !== undefined) say('the ledger is filled');
    const workers: WorkerProcess[] = [];
    opened.push(async () => void (await Promise.all(workers.map((one) => one.stop()))));
    for (const [nth, args] of (options.processes ?? [[]]).entries()) {
      workers.push(await startOne(join(folder.path, String(nth)), args, options, crms, servers));
    }
    const [worker] = workers as [WorkerProcess];
    say('the worker is there');
    if (options.fill === undefined && options.pulls !== false) {
      await untilDirectoryPulled(worker.url, ['sales', 'marketing'], 120_000);
      say('it has pulled both directories');
    }
    return { worker, workers, crms, postgres: servers?.postgres, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Servers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
}

function startOne(
  folder: string,
  args: readonly string[],
  { routes, destination, profile, nodeArgs = [] }: StageOptions,
  { addresses }: CrmsProcess,
  servers: Servers | undefined,
): Promise<WorkerProcess> {
  return startWorker({
    folder,
    args,
    settings: settingsOf(addresses, routes, destination),
    env: {
      ...(servers && { DATABASE_URL: servers.postgres.url, REDIS_URL: servers.redis.url }),
      LOG_LEVEL: 'info',
    },
    nodeArgs: [...nodeArgs, ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`])],
  });
}

async function startServers(opened: (() => Promise<void>)[]): Promise<Servers> {
  const postgres = await startPostgres();
  opened.push(() => postgres.stop());
  await countStatements(postgres);
  const redis = await startRedis();
  opened.push(() => redis.close());
  return { postgres, redis };
}

/** PostgreSQL counts from now on what each statement costs. */
async function countStatements(postgres: PostgresServer): Promise<void> {
  const run = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(text);
    await client.end();
  };
  await run(`alter system set shared_preload_libraries = 'pg_stat_statements'`);
  await postgres.restart();
  await run('create extension pg_stat_statements');
}

const bothRoutes = '[{ source: support, destinations: [sales, marketing] }]';

/** Two sources of the same number, and both CRMs. @param more settings of both destinations */
export function settingsOf(
  { salesforce, hubspot, accessToken }: Answers['addresses'],
  routes = bothRoutes,
  more: Readonly<Record<string, unknown>> = {},
): string {
  const source = {
    type: 'whatsapp-cloud',
    appSecret,
    verifyToken: 'verify',
    businessNumbers: [businessNumber],
  };
  const both = { quota: { share: '100%' }, ...more };
  const auth = { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' };
  const destinations = [
    { id: 'sales', type: 'salesforce', loginUrl: salesforce, auth, ...both },
    { id: 'marketing', type: 'hubspot', apiUrl: hubspot, accessToken, ...both },
  ];
  // JSON is YAML.
  return `
sources: ${JSON.stringify(['support', 'emea'].map((id) => ({ id, ...source })))}
destinations: ${JSON.stringify(destinations)}
routes: ${routes}
`;
}

/** Milliseconds of processor time of PostgreSQL's backends. A connection that ends takes its own along: pools keep theirs. */
export function serverCpuMs({ postgres }: Pick<Stage, 'postgres'>): number {
  if (postgres === undefined) return 0;
  return cpuMsOfChildren(
    Number(readFileSync(join(postgres.folder, 'postmaster.pid'), 'utf8').split('\n')[0]),
  );
}

export interface Sample {
  /** seconds since the begin */
  readonly at: number;
  /** MiB of the worker's process */
  readonly rss: number;
  /** milliseconds of `/health/live` */
  readonly live: number;
}

/** Looks at the worker's memory and whether it answers, again and again, until it is stopped. */
export class Watch {
  readonly samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #begun = performance.now();

  constructor({ pid, url }: WorkerProcess, everyMs = 500) {
    this.#timer = setInterval(() => void this.#look(pid, url), everyMs);
  }

  async #look(pid: number, url: string): Promise<void> {
    const begun = performance.now();
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(30_000) }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer();
    const live = answer?.ok === true ? performance.now() - begun : Infinity;
    this.samples.push({ at: (begun - this.#begun) / 1_000, rss: residentMiB(pid), live });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** MiB: at the begin, the most, at the end. */
  memory(): { begin: number; most: number; end: number } {
    const all = this.samples.map(({ rss }) => rss);
    return { begin: all[0] ?? 0, most: Math.max(0, ...all), end: all.at(-1) ?? 0 };
  }

  live(): Spread {
    return spreadOf(this.samples.map(({ live }) => live));
  }
}

export interface Waiting {
  readonly inbox: number;
  readonly pending: number;
}

/** What waits in the ledger, as the worker says. */
export async function waitingNow({ url }: WorkerProcess): Promise<Waiting> {
  const { detail } = (await (await fetch(`${url}/health/ready`)).json()) as {
    detail: {
      backlog?: { inbox: number; destinations: { states: Record<string, number> }[] };
    };
  };
  const states = detail.backlog?.destinations.flatMap(({ states: one }) =>
    ['matching', 'ready', 'sending', 'unknown'].map((state) => one[state] ?? 0),
  );
  return { inbox: detail.backlog?.inbox ?? 0, pending: (states ?? []).reduce((sum, one) => sum + one, 0) };
}

/** Resolves when nothing waits any more, with the seconds that it took. @throws after `withinSeconds` */
export async function untilNothingWaits(worker: WorkerProcess, withinSeconds = 1_800): Promise<number> {
  const begun = performance.now();
  for (;;) {
    const { inbox, pending } = await waitingNow(worker);
    const took = (performance.now() - begun) / 1_000;
    if (inbox + pending === 0) return Math.round(took * 10) / 10;
    if (took > withinSeconds) throw new Error(`${inbox + pending} still wait after ${withinSeconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
