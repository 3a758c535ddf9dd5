import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assertIdentity,
  assertNothingIsHeld,
  assertRecords,
  untilDrained,
  untilQueueIsFree,
} from './checks.ts';
import type { Scenario } from './scenario.ts';
import { healthOf, memoryOf, World, type Servers } from './world.ts';

/** What came out of one scenario. */
export interface Result {
  readonly name: string;
  readonly seed: number;
  /** absent: everything holds */
  readonly error?: string;
  readonly interactions: number;
  readonly webhooks: number;
  /** webhooks that were not taken at first */
  readonly refused: number;
  /** what health said while it lasted */
  readonly told: readonly string[];
  readonly seconds: number;
  /** MB more in the process that grew most, from before the harm until everything was logged; of processes that lived on */
  readonly grownMb: number;
}

/** A worker may keep what its caches and buffers took; what a harm piles up must go. */
const mostGrownMb = 150;

/** The longest takes two minutes on two busy cores. What takes longer hangs, and the rest should still be run. */
export const longestMs = 300_000;

/** Runs a scenario and checks all that holds after each. Never throws: what went wrong is in the result. */
export async function runScenario(
  scenario: Scenario,
  seed: number,
  servers: Servers | undefined,
): Promise<Result> {
  const began = Date.now();
  let world: World | undefined;
  let error: string | undefined;
  let grownMb = 0;
  try {
    world = await World.open(scenario, seed, servers);
    grownMb = await within(longestMs, play(scenario, world));
  } catch (thrown) {
    error = describe(thrown);
  }
  const result: Result = {
    name: scenario.name,
    seed,
    ...(error !== undefined && { error: `${error}${await lastWordsOf(world)}` }),
    interactions: world?.interactions ?? 0,
    webhooks: world?.traffic.acknowledged ?? 0,
    refused: Object.values(world?.traffic.refused ?? {}).reduce((sum, count) => sum + count, 0),
    told: world?.told ?? [],
    seconds: (Date.now() - began) / 1_000,
    grownMb,
  };
  await world?.close();
  return result;
}

async function play(scenario: Scenario, world: World): Promise<number> {
  const sending = world.traffic.run();
  sending.catch(() => undefined);
  if (world.members.length > 0) await Promise.race([world.traffic.until(0.15), sending]);
  const before = new Map(world.members.map(({ worker }) => [worker.pid, memoryOf(worker.pid)]));
  await Promise.race([scenario.harm(world), failing(sending)]);
  world.heal();
  world.traffic.hurry();
  await sending;
  const totals = await untilDrained(world);
  await assertAllReady(world);
  await untilQueueIsFree(world);
  assertIdentity(world, totals);
  assertRecords(world);
  const grown = world.members.map(({ worker: { pid } }) => memoryOf(pid) - (before.get(pid) ?? Infinity));
  const grownMb = Math.max(0, ...grown);
  assert.ok(grownMb < mostGrownMb, `memory grew by ${grownMb.toFixed(0)} MB and did not come back`);
  const places = world.members.map(({ place }) => place);
  const codes = await Promise.all(places.map((place) => world.stop(place)));
  assert.deepEqual(
    codes,
    places.map(() => 0),
    'exit codes of a stop',
  );
  await assertNothingIsHeld(world);
  return grownMb;
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const late = sleep(limitMs, undefined, { signal: end.signal }).then(() =>
    assert.fail(`not done after ${limitMs / 1_000} s`),
  );
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    end.abort();
  }
}

/** Only its failure counts. */
async function failing(sending: Promise<void>): Promise<never> {
  await sending;
  return new Promise<never>(() => undefined);
}

async function assertAllReady(world: World): Promise<void> {
  for (const { worker } of world.members) {
    let last = '';
    await world
      .until(async () => {
        last = await healthOf(worker.url);
        return last.includes('"ok":true');
      }, 'health is well again')
      .catch((error: Error) => assert.fail(`${error.message}; it says ${last.slice(0, 400)}`));
  }
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.stack?.split('\n').slice(0, 40).join('\n') ?? thrown.message;
}

/** The last lines that the processes wrote, for whoever looks for the cause. */
async function lastWordsOf(world: World | undefined): Promise<string> {
  const words = (world?.members ?? []).map(
    ({ place, worker }) => `\n  process ${place}:\n${worker.output().split('\n').slice(-12).join('\n')}`,
  );
  return words.join('') + (await queueOf(world));
}

/** What the queue on PostgreSQL holds: a job that is not there any more and still bars its like is seen in this alone. */
async function queueOf(world: World | undefined): Promise<string> {
  if (world?.databaseUrl === undefined) return '';
  const asked = ['dedup', 'job'].map(async (table) =>
    JSON.stringify(await world.ask(`select * from wcs_queue.${table}`).catch(String)),
  );
  return `\n  the queue:\n${(await Promise.all(asked)).join('\n')}\n`;
}
