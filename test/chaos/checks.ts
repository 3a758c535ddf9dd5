import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openLedger } from '../../src/ledger/open.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import { createFolderPlace } from '../../src/seals/folder-place.ts';
import { recordsOf, strayOrder, wrongRecords } from '../support/records.ts';
import { doubles, recordsPerKey } from '../support/spine.ts';
import { reportTotals, type ReportTotals } from '../support/worker.ts';
import type { World } from './world.ts';

/** What holds after every scenario; each throws an AssertionError that says what does not. */

/** Waits until nothing is pending any more. */
export async function untilDrained(world: World, withinMs = 120_000): Promise<ReportTotals> {
  let totals: ReportTotals | undefined;
  await world
    .until(
      async () => {
        totals = await reportTotals(consoleOf(world)).catch(() => undefined);
        return totals !== undefined && totals.received === world.interactions && totals.pending === 0;
      },
      'everything is logged',
      withinMs,
    )
    .catch((error: Error) => assert.fail(`${error.message}; still ${JSON.stringify(totals)}`));
  return totals as ReportTotals;
}

/** Received is the sum of its parts, and all of it is logged. */
export function assertIdentity(world: World, totals: ReportTotals): void {
  const { received, logged, pending, parked, excluded, ignored, failed } = totals;
  assert.equal(received, logged + pending + parked + excluded + ignored + failed, 'the identity');
  assert.deepEqual(
    { received, logged, parked, excluded, ignored, failed },
    {
      received: world.interactions,
      logged: world.interactions,
      parked: 0,
      excluded: 0,
      ignored: 0,
      failed: 0,
    },
  );
}

/** Every acknowledged event is in each CRM exactly once, says what it should, and came in order per contact. */
export function assertRecords({ crms, traffic }: World): void {
  const { salesforce, hubspot } = recordsPerKey(crms);
  const lost = traffic.expected.filter(({ key }) => !salesforce.has(key) || !hubspot.has(key));
  assert.deepEqual(
    lost.map(({ says }) => says[0]),
    [],
    'lost',
  );
  assert.deepEqual(doubles(crms), [], 'doubled');
  assert.deepEqual(
    [salesforce.size, hubspot.size],
    [traffic.expected.length, traffic.expected.length],
    'records of nobody',
  );
  for (const crm of ['salesforce', 'hubspot'] as const) {
    const records = recordsOf[crm](crms);
    assert.deepEqual(wrongRecords(records, traffic.expected), [], `wrong in ${crm}`);
    assert.deepEqual(strayOrder(records, traffic.expected, new Set()), [], `out of order in ${crm}`);
  }
}

/**
 * Waits until the processes that run have no job under way: one that a store handed out while nobody heard it comes back when
 * its lock has run out, and until then it is held by nobody. @throws AssertionError when one stays
 */
export async function untilQueueIsFree(world: World): Promise<void> {
  if (world.stores === 'embedded') return;
  let held: string[] = [];
  const look = async (): Promise<boolean> => {
    held = world.stores === 'servers' ? await heldInRedis(world) : await jobsIn(world);
    return held.length === 0;
  };
  await world
    .until(look, 'no job is under way', 40_000)
    .catch((error: Error) => assert.fail(`${error.message}; still ${held.join(', ')}`));
}

async function jobsIn(world: World): Promise<string[]> {
  const rows = await world.ask<{ name: string }>(
    'select queue || id as name from wcs_queue.job where lock_token is not null',
  );
  return rows.map(({ name }) => name);
}

/** With all processes stopped: seals verify, and no lease, lock or job is left. */
export async function assertNothingIsHeld(world: World): Promise<void> {
  assert.deepEqual(
    world.members.map(({ place }) => place),
    [],
  );
  const { databaseUrl } = world;
  const { ledger, sql } = await openLedger({
    dataDir: join(world.folder.path, 'data'),
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  try {
    const place = createFolderPlace(
      join(world.folder.path, ...(databaseUrl === undefined ? [] : ['0']), 'data', 'seals'),
    );
    const places = databaseUrl === undefined ? [place] : [];
    await sealAll({ ledger, places, log: { warn: () => undefined } });
    const { ok, findings, unsealed, seals } = await verifySeals({ ledger, places });
    assert.deepEqual({ ok, findings, unsealed }, { ok: true, findings: [], unsealed: 0 }, 'seals');
    assert.ok(seals > 0, 'nothing was sealed');
    assert.deepEqual(await heldIn(sql), [], 'held in the database');
  } finally {
    await ledger.close();
  }
  if (world.stores === 'servers') assert.deepEqual(await heldInRedis(world), [], 'held in Redis');
}

/** Leases that still run, activities that nobody knows the outcome of, advisory locks, jobs that are locked. */
async function heldIn(sql: Sql): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.columns where table_schema = 'wcs' and column_name = 'lease_until'`,
  );
  const held: string[] = [];
  for (const { name } of tables) {
    const rows = await sql.query(`select * from wcs.${name} where lease_until > clock_timestamp()`);
    if (rows.length > 0) held.push(`${rows.length} leases in ${name}`);
  }
  const open = await sql.query(`select from wcs.activities where state in ('sending', 'unknown')`);
  if (open.length > 0) held.push(`${open.length} activities under way`);
  const locks = await sql.query(
    `select from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()
       and database = (select oid from pg_database where datname = current_database())`,
  );
  if (locks.length > 0) held.push(`${locks.length} advisory locks`);
  const [queue] = await sql.query<{ exists: boolean }>(
    `select to_regclass('wcs_queue.job') is not null as exists`,
  );
  if (queue?.exists) {
    const jobs = await sql.query('select from wcs_queue.job where lock_token is not null');
    if (jobs.length > 0) held.push(`${jobs.length} jobs locked`);
  }
  return held;
}

/** Of the server that the workers talk to in the end. */
async function heldInRedis({ network }: World): Promise<string[]> {
  const redis = new Redis(network.redis?.port ?? 0, '127.0.0.1');
  try {
    const names = await redis.keys('wcs:*');
    const held: string[] = names.filter((name) => name.endsWith(':lock'));
    for (const name of names.filter((one) => one.endsWith(':active'))) {
      if ((await redis.llen(name)) > 0) held.push(name);
    }
    return held;
  } finally {
    redis.disconnect();
  }
}

function consoleOf(world: World): string {
  return (
    (world.members.find(({ place }) => world.hasRole(place, 'console')) ?? world.members[0])?.worker.url ?? ''
  );
}
