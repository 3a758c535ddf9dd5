import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';
import { asAdmin } from './postgres.ts';

/** Full disks: small file systems in memory, for which a process needs the right to mount. */

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr} (these scenarios need root)`);
}

/** A file system of so many megabytes at this place, until the scenario ends. */
function mount(world: World, path: string, megabytes: number): void {
  mkdirSync(path, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'none', path);
  world.after(() => run('umount', '-l', path));
}

/** Leaves so many megabytes. */
function fill(path: string, leave: number): void {
  const { bavail, bsize } = statfsSync(path);
  const ballast = Buffer.alloc(Math.max(0, bavail * bsize - leave * 1024 * 1024));
  try {
    writeFileSync(join(path, 'ballast'), ballast);
  } catch (error) {
    // The worker wrote meanwhile: it is full.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}

const free = (path: string): void => rmSync(join(path, 'ballast'));

/** The worker goes on with its data folder on a small disk, which somebody else fills. */
async function fillDataFolder(world: World): Promise<void> {
  const data = join(world.folder.path, 'data');
  await world.stop();
  renameSync(data, `${data}.before`);
  mount(world, data, 256);
  cpSync(`${data}.before`, data, { recursive: true });
  await world.start();
  fill(data, 20);
  await world.untilHealthSays(/the ledger cannot commit: the disk is full/);
  const refused = world.traffic.refused[503] ?? 0;
  await world.until(() => (world.traffic.refused[503] ?? 0) > refused, 'webhooks are answered 503');
  free(data);
  await world.traffic.until(0.6);
  fill(data, 1);
  await world.untilHealthSays(/the ledger cannot commit: the disk is full/);
  free(data);
}

/** The table of events gets a disk of its own, which somebody else fills. */
async function fillTablespace(world: World): Promise<void> {
  const path = join(world.folder.path, 'space');
  mount(world, path, 24);
  chmodSync(world.folder.path, 0o755);
  const owner = spawnSync('stat', ['-c', '%u:%g', world.servers?.postgres.folder ?? ''], {
    encoding: 'utf8',
  });
  run('chown', owner.stdout.trim(), path);
  await asAdmin(world, async (client) => {
    await client.query(`create tablespace small location '${path}'`);
    await client.query('alter table wcs.events set tablespace small');
    fill(path, 0);
    const refused = world.traffic.refused[503] ?? 0;
    await world.until(() => (world.traffic.refused[503] ?? 0) > refused, 'webhooks are answered 503');
    free(path);
    await client.query('alter table wcs.events set tablespace pg_default');
    await client.query('drop tablespace small');
  });
}

export const diskScenarios: readonly Scenario[] = [
  {
    name: 'disk-full-embedded',
    title: 'the disk under the embedded database is full, twice',
    stores: 'embedded',
    interactions: 100,
    perSecond: 30,
    harm: fillDataFolder,
  },
  {
    name: 'disk-full-postgres',
    title: 'the disk under the table of events of a PostgreSQL server is full',
    stores: 'postgres',
    interactions: 300,
    perSecond: 30,
    harm: fillTablespace,
  },
];
