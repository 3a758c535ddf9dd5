import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** Clocks of processes that differ from the database's and from each other, or jump. */

const minute = 60_000;
/** of a destination that does not answer: it grows while that lasts */
const longestPauseMs = minute;

/** @param offMs by place: how far each process is ahead at first */
function skewed(
  name: string,
  title: string,
  offMs: readonly number[],
  harm: (world: World, set: (place: number, ms: number) => void) => Promise<void>,
): Scenario {
  let folder = '';
  const pathOf = (place: number): string => join(folder, `clock-${place}`);
  const set = (place: number, ms: number): void => writeFileSync(pathOf(place), String(ms));
  return {
    name,
    title,
    stores: 'postgres',
    processes: offMs.map(() => ''),
    async open(parts) {
      folder = parts.folder;
      offMs.forEach((ms, place) => set(place, ms));
      return { close: async () => undefined };
    },
    start: (place) => ({
      env: { CHAOS_CLOCK: pathOf(place) },
      nodeArgs: ['--import', './test/chaos/preload/clock.mjs'],
    }),
    harm: (world) => harm(world, set),
  };
}

/** The CRMs are away for a moment and back: with both clocks the pause is told and ends. */
async function shortOutage(world: World): Promise<void> {
  const { salesforce, hubspot } = world.network;
  for (const proxy of [salesforce, hubspot]) proxy.refuse(true);
  await world.untilBothSay('waiting', /unavailable/);
  for (const proxy of [salesforce, hubspot]) proxy.heal();
}

async function sealsIn(world: World): Promise<number> {
  const answer = await fetch(`${world.worker().url}/api/seals`);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return Math.max(0, ...[...text.matchAll(/"number":(\d+)/g)].map(([, number]) => Number(number)));
}

export const clockScenarios: readonly Scenario[] = [
  skewed(
    'clocks-apart',
    'of two processes one is five minutes ahead and the other five minutes behind; the CRMs are away for a moment',
    [5 * minute, -5 * minute],
    shortOutage,
  ),
  skewed(
    'clocks-apart-again',
    'the same the other way round, and the processes end and start in turn',
    [-5 * minute, 5 * minute],
    async (world) => {
      await shortOutage(world);
      for (const place of [0, 1]) {
        await world.stop(place);
        await world.start(place);
      }
    },
  ),
  skewed(
    'clock-jumps',
    'the clock of a process is put back by an hour while the CRMs are away, then forward by a day',
    [0],
    async (world, set) => {
      const { salesforce, hubspot } = world.network;
      for (const proxy of [salesforce, hubspot]) proxy.refuse(true);
      await world.untilBothSay('waiting', /unavailable/);
      const before = world.crms.salesforce.rows('Task').length;
      set(0, -60 * minute);
      await sleep(500);
      for (const proxy of [salesforce, hubspot]) proxy.heal();
      // Nothing waits for an hour: seals are made, and the destinations go on.
      const seals = await sealsIn(world);
      await world.until(async () => (await sealsIn(world)) > seals, 'a seal is made', 20_000);
      await world.until(
        () => world.crms.salesforce.rows('Task').length > before,
        'the CRM gets something',
        longestPauseMs + 20_000,
      );
      set(0, 24 * 60 * minute);
      await sleep(2_000);
    },
  ),
];
