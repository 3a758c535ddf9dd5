import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Side } from '../tcp-proxy.ts';
import type { Network, World } from '../world.ts';

/** kill -9, of any role at any instant. */

const roles = ['receive,console', 'process,poll', 'deliver', 'media,reconcile'] as const;

async function killAgainAndAgain(
  world: World,
  kills: number,
  places: readonly [number, ...number[]],
): Promise<void> {
  for (let killed = 0; killed < kills; killed += 1) {
    await sleep(world.random.between(0, 400));
    const place = world.random.pick(places);
    await world.kill(place);
    await world.start(place);
  }
}

/** An instant between two durable steps, known by the words that go over the wire. */
interface Moment {
  readonly what: string;
  readonly on: keyof Network;
  readonly words: readonly string[];
  readonly side: Side;
}

const insertEvents = 'insert into wcs.events';
const insertActivities = 'insert into wcs.activities';
const insertReceipts = 'insert into wcs.receipts';

const onTheWayIn: readonly Moment[] = [
  { what: 'events are about to be added', on: 'postgres', words: [insertEvents], side: 'before' },
  {
    what: 'events are added, not committed',
    on: 'postgres',
    words: [insertEvents, 'commit'],
    side: 'before',
  },
  {
    what: 'events are committed, not acknowledged',
    on: 'postgres',
    words: [insertEvents, 'commit'],
    side: 'after',
  },
  { what: 'events are acknowledged, not enqueued', on: 'redis', words: ['process of all'], side: 'before' },
  { what: 'activities are added, not committed', on: 'postgres', words: [insertActivities], side: 'after' },
  { what: 'activities are committed', on: 'postgres', words: [insertActivities, 'commit'], side: 'after' },
];

const onTheWayOut: readonly Moment[] = [
  {
    what: 'activities are leased, not sent',
    on: 'postgres',
    words: [`set state = 'sending'`, 'commit'],
    side: 'after',
  },
  {
    what: 'Salesforce is about to get them',
    on: 'salesforce',
    words: ['/composite/sobjects'],
    side: 'before',
  },
  {
    what: 'Salesforce has them, and answers',
    on: 'salesforce',
    words: ['/composite/sobjects'],
    side: 'after',
  },
  { what: 'HubSpot has them, and answers', on: 'hubspot', words: ['/batch/create'], side: 'after' },
  {
    what: 'a CRM has answered, no receipt is written',
    on: 'postgres',
    words: [insertReceipts],
    side: 'before',
  },
  {
    what: 'receipts are written, not committed',
    on: 'postgres',
    words: [insertReceipts, 'commit'],
    side: 'before',
  },
  { what: 'receipts are committed', on: 'postgres', words: [insertReceipts, 'commit'], side: 'after' },
];

const inASeal: readonly Moment[] = [
  { what: 'a seal is about to be written', on: 'postgres', words: ['insert into wcs.seals'], side: 'before' },
  { what: 'a seal is written, not copied', on: 'postgres', words: ['insert into wcs.seals'], side: 'after' },
];

/** A contact's next message waits for the lease of a process that was killed: the call's limit and 15 s, here 18 s. */
const longestWaitMs = 45_000;

/** Traffic for moments that have to come again after each kill. */
const steadily = { interactions: 120, perSecond: 20, lasts: true } as const;

/** Kills the one process at each of these moments, in an order by the die. */
async function killAtMoments(world: World, moments: readonly Moment[]): Promise<void> {
  const left = [...moments];
  const missed: string[] = [];
  while (left.length > 0) {
    const [moment] = left.splice(world.random.between(0, left.length - 1), 1) as [Moment];
    const nth = world.random.between(1, 2);
    const proxy = world.network[moment.on];
    const caught = proxy?.trap(moment.words, moment.side, () => world.kill(), nth).then(() => true);
    if (!(await Promise.race([caught, sleep(longestWaitMs, false, { ref: false })])))
      missed.push(moment.what);
    proxy?.heal();
    if (world.members.length === 0) await world.start();
  }
  assert.deepEqual(missed, [], 'moments that never came');
}

/** Kills a process in the middle of its start, then starts it for good. */
async function killInMigrations(world: World, kills: number): Promise<void> {
  for (let killed = 0; killed < kills; killed += 1) {
    const words = world.random.pick(['create table wcs.', 'insert into wcs.migrations', 'create index']);
    const side = world.random.pick<Side>(['before', 'after']);
    await world.killWhileStarting({ words, side, nth: world.random.between(1, 12) });
  }
  await world.start();
}

export const killScenarios: readonly Scenario[] = [
  {
    name: 'kill-embedded',
    title: 'kill -9 of the one process on the embedded stores, at random moments',
    stores: 'embedded',
    isShort: true,
    interactions: 150,
    harm: (world) => killAgainAndAgain(world, 5, [0]),
  },
  {
    name: 'kill-roles',
    title: 'kill -9 of processes of all roles, at random moments',
    stores: 'servers',
    processes: roles,
    harm: (world) => killAgainAndAgain(world, 8, [0, 1, 2, 3]),
  },
  {
    name: 'kill-way-in',
    title: 'kill -9 between each two steps from the webhook to the activity',
    stores: 'servers',
    ...steadily,
    harm: (world) => killAtMoments(world, onTheWayIn),
  },
  {
    name: 'kill-way-out',
    title: 'kill -9 between each two steps from the lease to the receipt',
    stores: 'servers',
    isShort: true,
    ...steadily,
    harm: (world) => killAtMoments(world, onTheWayOut),
  },
  {
    name: 'kill-seal',
    title: 'kill -9 before and after a seal is written',
    stores: 'servers',
    ...steadily,
    harm: (world) => killAtMoments(world, inASeal),
  },
  {
    name: 'kill-migration',
    title: 'kill -9 in the middle of the migrations of an empty database, again and again',
    stores: 'postgres',
    reserve: 1,
    interactions: 60,
    harm: (world) => killInMigrations(world, 4),
  },
];
