import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresServer } from '../support/postgres.ts';
import type { RedisServer } from '../support/redis.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { startWorker, type WorkerProcess } from '../support/worker.ts';
import { randomOf, type Random } from './random.ts';
import type { Opened, Scenario, StartOptions } from './scenario.ts';
import { TcpProxy, type Side } from './tcp-proxy.ts';
import { Traffic } from './traffic.ts';

/** Servers that all scenarios of a run share; each has a database of its own in them. */
export interface Servers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
}

/** A worker of a scenario, and how it was started. */
export interface Member {
  /** place in the scenario's `processes` */
  readonly place: number;
  readonly worker: WorkerProcess;
}

export interface Network {
  readonly salesforce: TcpProxy;
  readonly hubspot: TcpProxy;
  readonly postgres?: TcpProxy;
  readonly redis?: TcpProxy;
}

const people = 40;
const portOf = (url: string): number => Number(new URL(url).port);

/** Everything that a scenario can do harm to. */
export class World {
  readonly random: Random;
  readonly crms: Crms;
  /** between the workers and everything they talk to */
  readonly network: Network;
  readonly servers: Servers | undefined;
  /** of this scenario's database, past the proxy; absent on the embedded store */
  readonly databaseUrl: string | undefined;
  readonly folder: TempFolder;
  readonly traffic: Traffic;
  /** processes that run */
  members: Member[] = [];
  /** what health said, as far as a scenario waited for it */
  readonly told: string[] = [];
  readonly #after: (() => void | Promise<void>)[] = [];
  readonly #scenario: Scenario;
  readonly #settings: string;
  readonly #opened: Opened | undefined;

  private constructor(scenario: Scenario, seed: number, parts: Parts) {
    const { crms, network, servers, databaseUrl } = parts;
    this.random = randomOf(seed);
    this.crms = crms;
    this.network = network;
    this.servers = servers;
    this.databaseUrl = databaseUrl;
    this.folder = parts.folder;
    this.#opened = parts.opened;
    this.#scenario = scenario;
    this.#settings = settingsOf(parts, scenario.settings ?? '');
    this.traffic = new Traffic({
      seed,
      interactions: scenario.interactions ?? 200,
      people,
      perSecond: scenario.perSecond ?? 60,
      lasts: scenario.lasts ?? false,
      receivers: () => this.#receivers(),
    });
  }

  /** Sandboxes, proxies, an empty database, and the scenario's processes. */
  static async open(scenario: Scenario, seed: number, servers: Servers | undefined): Promise<World> {
    const crms = await startCrms(people);
    const folder = makeTempFolder('chaos');
    const toCrms = {
      salesforce: await TcpProxy.open(portOf(crms.salesforce.url)),
      hubspot: await TcpProxy.open(portOf(crms.hubspot.url)),
    };
    const opened = await scenario.open?.({ crms, network: toCrms, folder: folder.path });
    const databaseUrl =
      scenario.stores === 'embedded'
        ? undefined
        : (opened?.databaseUrl ?? (await servers?.postgres.createDatabase()));
    if (scenario.stores !== 'embedded' && databaseUrl === undefined) throw new Error('it needs servers');
    const network: Network = {
      ...toCrms,
      ...(databaseUrl !== undefined && { postgres: await TcpProxy.open(portOf(databaseUrl)) }),
      ...(servers !== undefined && { redis: await TcpProxy.open(servers.redis.port) }),
    };
    const world = new World(scenario, seed, { crms, network, servers, databaseUrl, folder, opened });
    const atOnce = (scenario.processes ?? ['']).length - (scenario.reserve ?? 0);
    for (let place = 0; place < atOnce; place += 1) await world.start(place);
    return world;
  }

  get interactions(): number {
    return this.traffic.expected.length;
  }

  /** the one process, or the one at this place. @throws when it does not run */
  worker(place = 0): WorkerProcess {
    const found = this.members.find((one) => one.place === place);
    if (found === undefined) throw new Error(`process ${place} does not run`);
    return found.worker;
  }

  /** Starts the process of this place, as the scenario describes it. @param more on top of that */
  async start(place = 0, more: StartOptions = {}): Promise<WorkerProcess> {
    const own = this.#scenario.start?.(place) ?? {};
    const roles = this.#scenario.processes?.[place] ?? '';
    const worker = await startWorker({
      folder: this.stores === 'embedded' ? this.folder.path : `${this.folder.path}/${place}`,
      settings: this.#settings,
      env: { ...this.#stores(), ...own.env, ...more.env },
      nodeArgs: [...(own.nodeArgs ?? []), ...(more.nodeArgs ?? [])],
      ...(more.onSpawn !== undefined && { onSpawn: more.onSpawn }),
      args: [...(roles === '' ? [] : ['--role', roles]), ...(own.args ?? []), ...(more.args ?? [])],
    });
    this.members = [...this.members.filter((one) => one.place !== place), { place, worker }];
    return worker;
  }

  /** Starts a process and kills it at a moment of its start; one that comes as far as to be ready is killed then. */
  async killWhileStarting({ words, side, nth }: { words: string; side: Side; nth: number }): Promise<void> {
    let pid = 0;
    const { postgres } = this.network;
    void postgres?.trap(words, side, () => void process.kill(pid, 'SIGKILL'), nth);
    try {
      await this.start(0, { onSpawn: (spawned) => (pid = spawned) });
      await this.kill();
    } catch (error) {
      if (!String(error).includes('ended with null')) throw error;
    } finally {
      postgres?.heal();
    }
  }

  /** As a power cut. */
  async kill(place = 0): Promise<void> {
    const worker = this.worker(place);
    this.#forget(worker);
    await worker.kill();
  }

  /** As an operator. @returns the exit code */
  async stop(place = 0): Promise<number | null> {
    const worker = this.worker(place);
    this.#forget(worker);
    return worker.stop();
  }

  /** Waits until `/health/ready` of this process says so in its reasons, its destinations or its alerts. @throws when it never does */
  async untilHealthSays(pattern: RegExp, place = 0, withinMs = 30_000): Promise<void> {
    let last = '';
    await this.until(
      async () => {
        last = await healthOf(this.worker(place).url);
        return pattern.test(last);
      },
      `health says ${String(pattern)}`,
      withinMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; it says ${last.slice(0, 600)}`);
    });
    this.told.push(pattern.exec(last)?.[0] ?? '');
  }

  /**
   * Waits until `/health/ready` says of both destinations that they are in this state, with a code and a reason that match:
   * `code: reason`. @throws when it never does
   */
  async untilBothSay(state: 'waiting' | 'stopped', why: RegExp, withinMs = 40_000): Promise<void> {
    let last = '';
    const isSaid = async (): Promise<boolean> => {
      const said = await saidOfDestinations(this.worker().url);
      last = said.join(' · ');
      return said.length === 2 && said.every((one) => one.startsWith(`${state} `) && why.test(one));
    };
    await this.until(isSaid, `both destinations are ${state} because of ${String(why)}`, withinMs).catch(
      (error: Error) => {
        throw new Error(`${error.message}; it says ${last}`);
      },
    );
    this.told.push(last);
  }

  /** Asks this scenario's database, past the proxy. */
  async ask<T extends object>(sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      return (await client.query<T>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Asks until the answer is yes; for what gives no event. @throws after `withinMs` */
  async until(isDone: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
    const end = Date.now() + withinMs;
    for (;;) {
      const asked = performance.now();
      if (await isDone()) return;
      if (Date.now() > end) throw new Error(`it did not come within ${withinMs} ms: ${what}`);
      // Whoever is asked has other things to do as well.
      await sleep(Math.min(500, Math.max(100, 4 * (performance.now() - asked))));
    }
  }

  /** What is to be undone when everything has ended, the last one first. */
  after(undo: () => void | Promise<void>): void {
    this.#after.unshift(undo);
  }

  /** Ends everything harmful. */
  heal(): void {
    for (const proxy of Object.values(this.network) as TcpProxy[]) proxy.heal();
  }

  /** Ends everything, whatever state it is in. */
  async close(): Promise<void> {
    await Promise.all(this.members.map(({ worker }) => worker.kill()));
    await Promise.all((Object.values(this.network) as TcpProxy[]).map((proxy) => proxy.close()));
    await this.#opened?.close();
    await this.crms.close();
    for (const undo of this.#after) await undo();
    this.folder.remove();
  }

  /** Whether the process of this place has a role; without any named it has all. */
  hasRole(place: number, role: string): boolean {
    const roles = this.#scenario.processes?.[place] ?? '';
    return roles === '' || roles.split(',').includes(role);
  }

  get stores(): Scenario['stores'] {
    return this.#scenario.stores;
  }

  /** Settings as the workers have them. */
  get settings(): string {
    return this.#settings;
  }

  #forget(worker: WorkerProcess): void {
    this.members = this.members.filter((one) => one.worker !== worker);
  }

  #receivers(): string[] {
    const receiving = this.members.filter(({ place }) => this.hasRole(place, 'receive'));
    return receiving.map(({ worker }) => worker.url);
  }

  #stores(): Record<string, string> {
    if (this.databaseUrl === undefined) return {};
    const through = (url: string, proxy: TcpProxy | undefined) => url.replace(/:\d+/, `:${proxy?.port}`);
    return {
      DATABASE_URL: `${through(this.databaseUrl, this.network.postgres)}?${this.#scenario.databaseQuery ?? ''}`,
      ...(this.stores === 'servers' && { REDIS_URL: `redis://127.0.0.1:${this.network.redis?.port}` }),
    };
  }
}

interface Parts {
  readonly folder: TempFolder;
  readonly opened: Opened | undefined;
  readonly crms: Crms;
  readonly network: Network;
  readonly servers: Servers | undefined;
  readonly databaseUrl: string | undefined;
}

/** Both destinations behind their proxies; seals as often as they can be made. */
function settingsOf({ crms, network, opened }: Parts, more: string): string {
  return settingsFor(crms, `timeout: 3s\n    ${more}`)
    .replace(
      crms.salesforce.url,
      opened?.addresses?.salesforce ?? `http://127.0.0.1:${network.salesforce.port}`,
    )
    .replace(crms.hubspot.url, opened?.addresses?.hubspot ?? `http://127.0.0.1:${network.hubspot.port}`)
    .concat('seals: { every: 1s }\n');
}

/** Text of `/health/ready`; empty when nobody answers. */
export async function healthOf(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(15_000) });
    return await answer.text();
  } catch {
    return '';
  }
}

/** What `/health/ready` says of each destination: `state code: reason`. */
async function saidOfDestinations(url: string): Promise<string[]> {
  const text = await healthOf(url);
  const { detail } = JSON.parse(text === '' ? '{}' : text) as { detail?: { destinations?: Said[] } };
  return (detail?.destinations ?? []).map(({ state, code, reason }) => `${state} ${code}: ${reason}`);
}

interface Said {
  readonly state: string;
  readonly code?: string;
  readonly reason?: string;
}

/** Resident memory of a process, MB. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
}
