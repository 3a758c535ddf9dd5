import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';
import type { Side, TcpProxy } from '../tcp-proxy.ts';
import type { World } from '../world.ts';

/** Processes that stand still (SIGSTOP) longer than their leases and locks, and go on as if nothing had been. */

const freeze = (world: World, place: number): void => void process.kill(world.worker(place).pid, 'SIGSTOP');
const thaw = (world: World, place: number): void => void process.kill(world.worker(place).pid, 'SIGCONT');

const catchMs = 30_000;

/** @throws AssertionError when the moment does not come */
function inTime(what: string, caught: Promise<void> | undefined): Promise<void> {
  const late = sleep(catchMs, undefined, { ref: false }).then(() => assert.fail(`it never came: ${what}`));
  return Promise.race([caught ?? Promise.reject(new Error('there is no proxy')), late]);
}

/** Time goes by for whoever holds a lease: the long one of a delivery need not be waited for. */
const endLeasesSql = `update wcs.activities set lease_until = clock_timestamp() where lease_until > clock_timestamp()`;
const leftSql = `select count(*)::int as left from wcs.activities where state in ('ready', 'sending', 'unknown', 'matching')`;

/** What the frozen one holds on to as well is logged by another process in the end. */
async function untilTakenOver(world: World): Promise<void> {
  await world.until(
    async () => {
      await world.ask(endLeasesSql);
      const [row] = await world.ask<{ left: number }>(leftSql);
      return row?.left === 0;
    },
    'another process takes over',
    60_000,
  );
}

/** Holds the bytes of the moment until `release`, with the process of this place frozen. */
function freezeAt(world: World, proxy: TcpProxy, words: string, side: Side, place: number) {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const frozen = new Promise<void>((resolve, reject) => {
    const spring = async (): Promise<void> => {
      freeze(world, place);
      resolve();
      await held;
    };
    proxy.trap(words, side, spring).catch(reject);
  });
  return { frozen, release };
}

const writes = { salesforce: '/composite/sobjects', hubspot: '/communications/batch/create' } as const;

/** @param side before the CRM gets the request, or when it has written and nobody knows */
function frozenDelivery(crm: 'salesforce' | 'hubspot', side: Side): Scenario {
  const when = side === 'before' ? 'on its way to' : 'before it hears the answer of';
  return {
    name: `freeze-${crm}-${side}`,
    title: `a delivery is frozen ${when} ${crm}; another process does its work and newer words, then it goes on`,
    stores: 'servers',
    processes: ['receive,console,process,poll,media,reconcile', 'deliver', 'deliver'],
    reserve: 1,
    interactions: 200,
    async harm(world) {
      const { frozen, release } = freezeAt(world, world.network[crm], writes[crm], side, 1);
      await inTime(`a write to ${crm}`, frozen);
      await world.start(2);
      world.traffic.hurry();
      await world.traffic.until(1);
      await untilTakenOver(world);
      // Only now do its bytes arrive, or the answer.
      release();
      await sleep(500);
      const told = deliveriesOf(world, 1);
      thaw(world, 1);
      // What it has written late it tells, and then the newest words are owed once more.
      await world.until(() => deliveriesOf(world, 1) > told, 'it goes on');
      await sleep(2_000);
    },
  };
}

/** A process with one role, and the words of what it is frozen in. */
interface InTransaction {
  readonly what: string;
  readonly words: string;
  readonly place: number;
}

/** The last on the way first: what comes before it still brings it something. */
const inTransactions: readonly InTransaction[] = [
  { what: 'a seal', words: 'insert into wcs.seals', place: 3 },
  { what: 'a claim of activities', words: `set state = 'sending'`, place: 2 },
  { what: 'a fold', words: 'insert into wcs.activities', place: 1 },
  { what: 'an append', words: 'insert into wcs.events', place: 0 },
];
const oneRoleEach = ['receive', 'process', 'deliver', 'reconcile,media,poll,console'] as const;
/** of the process that does the work of all of them meanwhile */
const allRoles = '';
/** Longer than PostgreSQL lets a transaction stand still (src/ledger/postgres.ts), and what comes after that takes. */
const standStillMs = 24_000;

export const freezeScenarios: readonly Scenario[] = [
  frozenDelivery('salesforce', 'before'),
  frozenDelivery('salesforce', 'after'),
  frozenDelivery('hubspot', 'before'),
  frozenDelivery('hubspot', 'after'),
  {
    name: 'freeze-in-transactions',
    title:
      'processes of all roles are frozen in the middle of a transaction each; another goes on, then they do',
    stores: 'servers',
    processes: [...oneRoleEach, allRoles],
    reserve: 1,
    interactions: 120,
    perSecond: 20,
    lasts: true,
    async harm(world) {
      for (const { what, words, place } of inTransactions) {
        // The bytes of the answer go on: they wait in the frozen process's socket.
        await inTime(
          what,
          world.network.postgres?.trap(words, 'after', () => freeze(world, place)),
        );
      }
      await world.start(oneRoleEach.length);
      const logged = await loggedIn(world);
      await sleep(standStillMs);
      assert.ok((await loggedIn(world)) > logged, 'nothing is logged while others stand still');
      for (const { place } of inTransactions) thaw(world, place);
    },
  },
  {
    name: 'freeze-in-bursts',
    title:
      'a process stands still again and again, as on a machine that has no time for it, once for eleven seconds',
    stores: 'servers',
    async harm(world) {
      for (let burst = 0; burst < 6; burst += 1) {
        freeze(world, 0);
        await sleep(burst === 3 ? 11_000 : world.random.between(100, 600));
        thaw(world, 0);
        await sleep(world.random.between(50, 250));
      }
    },
  },
];

/** How many deliveries this process has told of. */
function deliveriesOf(world: World, place: number): number {
  return world.worker(place).output().split('"msg":"delivery"').length;
}

async function loggedIn(world: World): Promise<number> {
  const [row] = await world.ask<{ count: number }>(
    `select count(*)::int as count from wcs.activities where state = 'delivered'`,
  );
  return row?.count ?? 0;
}
