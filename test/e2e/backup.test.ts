import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startProgram } from '../support/program.ts';
import { describeLong } from '../support/require.ts';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, inParallel, mixedWebhooks } from '../support/traffic.ts';
import { postWebhook, startWorker, until, untilTotals, type WorkerProcess } from '../support/worker.ts';

const messages = process.env['WCS_LONG'] === '1' ? 3_000 : 150;
const people = 20;
const hangMs = 400_000;

/** Sent before, while the backup is made, and after it. */
const parts = ['before', 'while', 'after'].map((name) => mixedWebhooks(messages, people, name));

const send = (worker: WorkerProcess, bodies: readonly object[]) =>
  inParallel(bodies, 8, async (body) => {
    // As a provider does: what is not answered 200 is sent again.
    while ((await postWebhook(worker.url, 'support', body, appSecret)) !== 200);
  });

const settled = (worker: WorkerProcess) => untilTotals(worker.url, ({ pending }) => pending === 0, 240_000);

/** The command line, as an operator runs it beside the worker in this folder. @returns `<exit code>` and what it wrote */
async function wcs(folder: string, env: Record<string, string>, ...args: string[]) {
  const program = startProgram(['dist/src/cli/wcs.js', ...args], {
    SETTINGS: join(folder, 'settings.yaml'),
    DATA_DIR: join(folder, 'data'),
    ...env,
  });
  return { code: await program.ended, output: program.output() };
}

/** A tool of PostgreSQL's, beside which this process goes on. */
const tool = (name: string, ...args: string[]) =>
  startProgram(
    [
      '-e',
      `const { spawnSync } = require('node:child_process');
       process.exit(spawnSync(process.argv[1], process.argv.slice(2), { stdio: 'inherit' }).status ?? 1);`,
      '--',
      name,
      ...args,
    ],
    {},
  );

async function auditOf(
  worker: WorkerProcess,
  action: string,
): Promise<{ detail: Record<string, unknown> }[]> {
  const answer = await fetch(`${worker.url}/api/audit?action=${action}`);
  return ((await answer.json()) as { items: { detail: Record<string, unknown> }[] }).items;
}

/**
 * What was restored settles without anything being there twice; what is missing comes again, and is logged once.
 *
 * @param furtherRecords so many may be new then: a day's record that had got more than the backup knew stays as it is, and
 * what comes for that person goes into a further one
 */
async function goesOn(
  worker: WorkerProcess,
  run: (...args: string[]) => Promise<{ code: unknown; output: string }>,
  perRecord: Crms,
  furtherRecords = 0,
) {
  const restored = await settled(worker);
  expect(restored.received).toBeGreaterThanOrEqual(messages);
  expect(restored.received).toBeLessThan(3 * messages);
  expect(restored).toMatchObject({ logged: restored.received, failed: 0, parked: 0 });
  expect(doubles(perRecord)).toEqual([]);
  const verified = await run('verify');
  expect([verified.code, verified.output]).toEqual([
    0,
    expect.stringContaining('Everything is as it was sealed'),
  ]);
  const before = recordsPerKey(perRecord);
  // The provider, or an operator with the source's list, gives again what nobody has any more.
  for (const part of parts) await send(worker, part);
  await untilTotals(
    worker.url,
    ({ received, pending }) => received === 3 * messages && pending === 0,
    240_000,
  );
  const after = recordsPerKey(perRecord);
  expect(doubles(perRecord)).toEqual([]);
  for (const crm of ['salesforce', 'hubspot'] as const) {
    expect(after[crm].size).toBeGreaterThanOrEqual(before[crm].size);
    expect(after[crm].size).toBeLessThanOrEqual(before[crm].size + furtherRecords);
  }
  return run('reconcile', '--all', '--json');
}

/** How many lines of texts all records of Salesforce show together. */
const textsShown = ({ salesforce }: Crms) =>
  salesforce.rows('Task').flatMap(({ Description }) => String(Description).match(/: message \d+$/gm) ?? [])
    .length;

describe('a backup of the embedded ledger', () => {
  const folder = makeTempFolder('backup');
  const [first, second, out] = ['first', 'second', 'out'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  const file = Buffer.from('what somebody sent');
  const hash = createHash('sha256').update(file).digest('hex');
  const place = join('media', hash.slice(0, 2), hash.slice(2, 4), hash);
  let crms: Crms;
  let worker: WorkerProcess | undefined;

  beforeAll(async () => {
    crms = await startCrms(people);
  });

  afterAll(async () => {
    await worker?.stop();
    await crms.close();
    folder.remove();
  }, hangMs);

  test(
    'that was made under traffic is restored elsewhere, goes on and doubles nothing',
    async () => {
      worker = await startWorker({ folder: first, settings: settingsFor(crms) });
      mkdirSync(join(first, 'data', place, '..'), { recursive: true });
      writeFileSync(join(first, 'data', place), file);
      await send(worker, parts[0]!);
      const [made] = await Promise.all([wcs(first, {}, 'backup', out), send(worker, parts[1]!)]);
      expect([made.code, made.output]).toEqual([0, expect.stringContaining('has the ledger as it was at')]);
      await send(worker, parts[2]!);
      expect(await settled(worker)).toMatchObject({ received: 3 * messages, logged: 3 * messages });
      expect((await auditOf(worker, 'backup.take')).map(({ detail }) => detail['state'])).toEqual([
        'finished',
        'begun',
      ]);
      expect(await worker.stop()).toBe(0);
      mkdirSync(second);
      writeFileSync(join(second, 'settings.yaml'), settingsFor(crms));
      const restored = await wcs(second, {}, 'restore', out);
      expect([restored.code, restored.output]).toEqual([
        0,
        expect.stringContaining('each as it was written'),
      ]);
      expect(readFileSync(join(second, 'data', place))).toEqual(file);
      worker = await startWorker({ folder: second, settings: settingsFor(crms) });
      expect(await auditOf(worker, 'backup.restore')).toHaveLength(1);
      const compared = await goesOn(worker, (...args) => wcs(second, {}, ...args), crms);
      expect([compared.code, compared.output]).toEqual([0, expect.stringContaining('"double": 0')]);
      expect(await worker.stop()).toBe(0);
      worker = undefined;
    },
    hangMs,
  );

  test(
    'is made of a stopped worker too, never over anything, and restored only whole and where nothing is',
    async () => {
      const stopped = await wcs(second, {}, 'backup', `${out}-2`, '--json');
      expect([
        stopped.code,
        JSON.parse(stopped.output.slice(0, stopped.output.lastIndexOf('}') + 1)),
      ]).toMatchObject([0, { counts: { media: 1 } }]);
      const over = await wcs(second, {}, 'backup', out);
      expect([over.code, over.output]).toEqual([2, expect.stringContaining('nothing is written over')]);
      const occupied = await wcs(second, {}, 'restore', out);
      expect([occupied.code, occupied.output]).toEqual([
        1,
        expect.stringContaining('nothing is written over'),
      ]);
      appendFileSync(join(out, place), '!');
      const third = { DATA_DIR: join(folder.path, 'third') };
      const damaged = await wcs(second, third, 'restore', out);
      expect([damaged.code, damaged.output]).toEqual([1, expect.stringContaining('is damaged')]);
      expect(
        ['database', 'media', 'restore.part'].filter((name) => existsSync(join(third.DATA_DIR, name))),
      ).toEqual([]);
      const none = await wcs(second, third, 'restore', first);
      expect([none.code, none.output]).toEqual([1, expect.stringContaining('has no manifest.json')]);
      // Nothing of a copy is left in the folder that is copied.
      expect(existsSync(join(second, 'data', 'backups'))).toBe(false);
    },
    hangMs,
  );
});

describeLong('postgres', 'a dump of PostgreSQL', () => {
  const folder = makeTempFolder('dump');
  let crms: Crms;
  let postgres: PostgresServer;
  let worker: WorkerProcess | undefined;

  beforeAll(async () => {
    [crms, postgres] = await Promise.all([startCrms(people, { plainKeys: true }), startPostgres()]);
  }, 120_000);

  afterAll(async () => {
    await worker?.stop();
    await Promise.all([crms.close(), postgres.stop()]);
    folder.remove();
  }, hangMs);

  test(
    'that was made under traffic is restored and goes on; a day that had got more meanwhile is told, and put right by one command',
    async () => {
      const settings = settingsFor(crms).replace('policies:\n', 'policies:\n  granularity: day\n');
      // Another folder: copies of seals that the old one made say rightly that there was more.
      const start = (DATABASE_URL: string, name: string) =>
        startWorker({ folder: join(folder.path, name), settings, env: { DATABASE_URL } });
      worker = await start(postgres.url, 'old');
      await send(worker, parts[0]!);
      await settled(worker);
      const dump = join(folder.path, 'wcs.dump');
      const dumping = tool('pg_dump', '--format=custom', `--file=${dump}`, postgres.url);
      await Promise.all([dumping.ended, send(worker, parts[1]!)]);
      expect([await dumping.ended, dumping.output()]).toEqual([0, '']);
      const refused = await wcs(
        join(folder.path, 'old'),
        { DATABASE_URL: postgres.url },
        'backup',
        join(folder.path, 'out'),
      );
      expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('pg_dump --format=custom')]);
      await send(worker, parts[2]!);
      await untilTotals(
        worker.url,
        ({ received, pending }) => received === 3 * messages && pending === 0,
        240_000,
      );
      expect(await worker.stop()).toBe(0);
      const url = await postgres.createDatabase();
      const restoring = tool('pg_restore', '--exit-on-error', `--dbname=${url}`, dump);
      expect([await restoring.ended, restoring.output()]).toEqual([0, '']);
      worker = await start(url, 'new');
      const run = (...args: string[]) => wcs(join(folder.path, 'new'), { DATABASE_URL: url }, ...args);
      const compared = await goesOn(worker, run, crms, people);
      // A day's record that had got more than the ledger knows looks as if a person had changed it: it stays, what is new
      // went into a further record, and it is told.
      expect([compared.code, compared.output]).toEqual([1, expect.stringContaining(`"changed": ${people}`)]);
      expect(textsShown(crms)).toBeGreaterThan(3 * messages * 0.9);
      const restored = await run('drift', 'restore', '--all', '--kind', 'changed');
      expect([restored.code, restored.output]).toEqual([0, expect.stringContaining('are written again')]);
      await until(async () => (await run('reconcile', '--all')).code === 0, 120_000);
      expect(textsShown(crms)).toBe(3 * messages * 0.9);
      expect(await worker.stop()).toBe(0);
      worker = undefined;
    },
    hangMs,
  );
});
