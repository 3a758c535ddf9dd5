import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../../test/support/postgres.ts';
import { startRedis } from '../../test/support/redis.ts';
import { makeTempFolder } from '../../test/support/temp.ts';
import { startWorker } from '../../test/support/worker.ts';
import { startCrmsProcess } from '../load/crms.ts';
import { cpuMs, residentMiB } from '../load/process.ts';
import { settingsOf } from '../load/stage.ts';
import type { Figures, Measurement, Variant } from '../measurement.ts';

const roles = ['receive', 'process', 'deliver', 'poll', 'media', 'reconcile', 'console'] as const;

/** How long it takes from nothing to ready, and what a process holds then. */
export const start: Measurement = {
  id: 'start',
  title: 'Start',
  about:
    'From the start of the process to "ready". A first start makes the tables (on PostgreSQL) or the whole database (embedded); ' +
    'the demo starts both sandbox CRMs and a worker and ends with the last of its records.',
  columns: {
    seconds: { head: 's', digits: 2 },
    cpu: { head: 'processor, s', digits: 2 },
    rss: { head: 'MiB when ready', digits: 0 },
  },
  drawn: 'seconds',
  async open() {
    const [crms, postgres, redis] = await Promise.all([
      startCrmsProcess({ people: 10 }),
      startPostgres(),
      startRedis(),
    ]);
    const settings = settingsOf(crms.addresses);
    const REDIS_URL = redis.url;
    const again = { DATABASE_URL: await postgres.createDatabase(), REDIS_URL };
    const measure = async (folder: string, env: Record<string, string>, args: string[] = []) => {
      const begun = performance.now();
      const worker = await startWorker({ folder, settings, env, args, nodeArgs: [] });
      const figures = {
        seconds: (performance.now() - begun) / 1_000,
        cpu: cpuMs(worker.pid) / 1_000,
        rss: residentMiB(worker.pid),
      };
      await worker.stop();
      return figures;
    };
    const inFolder = async (run: (folder: string) => Promise<Figures>): Promise<Figures> => {
      const folder = makeTempFolder('start');
      try {
        return await run(folder.path);
      } finally {
        folder.remove();
      }
    };
    const onServers = (name: string, args: string[]): Variant => ({
      name,
      measure: () => inFolder((folder) => measure(folder, again, args)),
    });
    const variants: Variant[] = [
      onServers('all roles, PostgreSQL and Redis', []),
      ...roles.map((role) => onServers(`${role} alone`, ['--role', role])),
      {
        name: 'all roles, PostgreSQL, first start',
        measure: async () => {
          const first = { DATABASE_URL: await postgres.createDatabase(), REDIS_URL };
          return inFolder((folder) => measure(folder, first));
        },
      },
      { name: 'embedded, first start', measure: () => inFolder((folder) => measure(folder, {})) },
      {
        name: 'embedded, again',
        measure: () =>
          inFolder(async (folder) => {
            await measure(folder, {});
            return measure(folder, {});
          }),
      },
      { name: 'the demo, to its last record', measure: () => inFolder(demo) },
    ];
    // The first of all makes the tables.
    await inFolder((folder) => measure(folder, again));
    return {
      variants,
      ratios: (of) => {
        const all = of('all roles, PostgreSQL and Redis');
        const receive = of('receive alone');
        return [
          { what: 'processor: receive alone / all roles', value: (receive.cpu ?? 0) / (all.cpu ?? 1) },
          { what: 'memory: receive alone / all roles', value: (receive.rss ?? 0) / (all.rss ?? 1) },
        ];
      },
      close: async () => void (await Promise.all([crms.stop(), postgres.stop(), redis.close()])),
    };
  },
};

async function demo(folder: string): Promise<Figures> {
  const begun = performance.now();
  await promisify(execFile)(process.execPath, ['dist/src/cli/demo.js', '--once'], {
    env: { PATH: process.env['PATH'], TMPDIR: folder, DATA_DIR: join(folder, 'data') },
  });
  return { seconds: (performance.now() - begun) / 1_000 };
}
