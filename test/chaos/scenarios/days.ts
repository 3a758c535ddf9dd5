import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { interactionKey } from '../../../src/core/key.ts';
import { startPostgres } from '../../support/postgres.ts';
import { recordsPerKey } from '../../support/spine.ts';
import { appSecret, businessNumber, personNumber, textWebhook } from '../../support/traffic.ts';
import { postWebhook, reportTotals } from '../../support/worker.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** Days go by: the clock of the database and of the workers, timers and all, is moved by libfaketime. */

const library = readdirSync('/usr/lib')
  .map((folder) => `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));
const daySeconds = 86_400;
/** half of `dailyLimit` below */
const allowedPerDay = 14;
const known = 40;
const newcomers = 5;

/** A clock that several processes share. */
class Clock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wcs-clock-'));
  #ahead = 0;

  constructor() {
    // The database runs as another user.
    chmodSync(this.#folder, 0o755);
    this.#write();
  }

  get env(): Record<string, string> {
    return {
      LD_PRELOAD: library ?? '',
      FAKETIME_TIMESTAMP_FILE: join(this.#folder, 'ahead'),
      FAKETIME_CACHE_DURATION: '1',
    };
  }

  /** Resolves when all have seen it. */
  async forward(seconds: number): Promise<void> {
    this.#ahead += seconds;
    this.#write();
    await sleep(2_000);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
    removeSharedMemory();
  }

  #write(): void {
    writeFileSync(join(this.#folder, 'ahead'), `+${this.#ahead}\n`);
  }
}

/** libfaketime leaves memory behind of processes that were killed; it is named after them. */
function removeSharedMemory(): void {
  for (const name of readdirSync('/dev/shm')) {
    const [, pid] = /^(?:faketime_shm|sem\.faketime_sem)_(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join('/dev/shm', name), { force: true });
  }
}

/** People who have never written before, and whom the CRMs know. @returns the keys of what they say */
async function newPeopleWrite(world: World): Promise<string[]> {
  const keys: string[] = [];
  for (let index = 0; index < newcomers; index += 1) {
    const [id, says] = [`wamid.new${index}`, `hello from newcomer ${index};`];
    const key = interactionKey('whatsapp-cloud', businessNumber, id);
    const body = textWebhook(id, personNumber(known + index), says, Math.floor(Date.now() / 1_000));
    await world.until(
      async () => (await postWebhook(world.worker().url, 'support', body, appSecret)) === 200,
      'a newcomer is taken',
    );
    world.traffic.expected.push({
      key,
      kind: 'message',
      person: known + index,
      says: [says],
    });
    keys.push(key);
  }
  return keys;
}

function callsOf({ crms: { salesforce, hubspot } }: World): { salesforce: number; hubspot: number } {
  // A login is no API call.
  return {
    salesforce: salesforce.calls.total - (salesforce.calls.byOperation['token'] ?? 0),
    hubspot: hubspot.calls.total,
  };
}

/** Of each destination: all of it is logged, or the share of the day is used up. */
async function isDoneForToday(world: World): Promise<boolean> {
  const rows = await world.ask<{ destination: string }>(
    `select destination from wcs.activities
     where state in ('ready', 'sending', 'unknown', 'matching') and destination not in (
       select destination from wcs.destination_health
       where code = 'share-used-up' and paused_until > clock_timestamp())`,
  );
  return rows.length === 0;
}

async function isAllLogged(world: World): Promise<boolean> {
  const totals = await reportTotals(world.worker().url).catch(() => undefined);
  return totals?.received === world.interactions && totals.pending === 0;
}

/** What was under way when it began may count as one try; an outage costs no other, however long it is. */
async function assertNoAttemptIsUsed(world: World): Promise<void> {
  const used = await world.ask('select key from wcs.activities where attempts > 1');
  assert.equal(used.length, 0, 'activities that have used attempts');
}

async function outage(world: World, clock: Clock): Promise<void> {
  const { salesforce, hubspot } = world.network;
  for (const proxy of [salesforce, hubspot]) proxy.refuse(true);
  // The first of the three: what came before the outage may have used up the share of its day.
  await clock.forward(daySeconds);
  await world.untilBothSay('waiting', /unavailable|answer-lost/);
  for (const share of [0.5, 0.85]) {
    await world.traffic.until(share);
    await clock.forward(daySeconds);
  }
  await world.untilHealthSays(/activities wait for sales since (2[56]\d{4}) s/);
  await assertNoAttemptIsUsed(world);
  world.crms.salesforce.expireTokens();
  const fresh = await newPeopleWrite(world);
  world.traffic.hurry();
  await world.traffic.until(1);
  // What was used up in vain while nobody answered is of the days before.
  await clock.forward(daySeconds);
  let before = callsOf(world);
  for (const proxy of [salesforce, hubspot]) proxy.heal();
  // The pause of an outage is a minute at most.
  await clock.forward(61);
  await world.until(() => {
    const records = recordsPerKey(world.crms);
    return fresh.every((key) => records.salesforce.has(key) && records.hubspot.has(key));
  }, 'what is new reaches both CRMs on the day on which they are back');
  const { logged } = await reportTotals(world.worker().url);
  assert.ok(logged < world.interactions, 'the old ones were all there before: nothing was to be overtaken');
  for (let days = 1; ; days += 1) {
    await world.until(
      () => isDoneForToday(world),
      'all is logged, or the share of the day is used up',
      90_000,
    );
    const after = callsOf(world);
    for (const crm of ['salesforce', 'hubspot'] as const) {
      const made = after[crm] - before[crm];
      assert.ok(made <= allowedPerDay, `${made} calls to ${crm} on day ${days}`);
    }
    if (await isAllLogged(world)) return;
    assert.ok(days < 12, 'the backlog does not drain');
    before = after;
    await clock.forward(daySeconds + 60);
  }
}

function outageOfDays(): Scenario {
  let clock: Clock | undefined;
  return {
    name: 'crm-outage-days',
    title: 'both CRMs are away for three days with messages on each, then they are back with a small quota',
    stores: 'postgres',
    interactions: 1_500,
    perSecond: 150,
    settings: `quota: { dailyLimit: ${allowedPerDay * 2}, share: 50% }\n    directoryEvery: 20d\n    reconcile: false`,
    async open({ crms }) {
      const moved = new Clock();
      clock = moved;
      for (let index = 0; index < newcomers; index += 1) crms.addPerson(known + index);
      const postgres = await startPostgres(moved.env);
      return {
        databaseUrl: await postgres.createDatabase(),
        close: async () => {
          await postgres.stop();
          moved.remove();
        },
      };
    },
    start: () => ({ env: clock?.env ?? {} }),
    harm: (world) => outage(world, clock as Clock),
  };
}

function left(): [] {
  process.stderr.write(
    '\nLEFT OUT: crm-outage-days: faketime is not installed (Debian: apt-get install faketime)\n',
  );
  return [];
}

/** Under CI=true it is never left out: it fails. */
export const dayScenarios: readonly Scenario[] =
  library === undefined && process.env['CI'] !== 'true' ? left() : [outageOfDays()];
