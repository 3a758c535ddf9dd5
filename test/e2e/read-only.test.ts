import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, mixedWebhooks } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

/** Another user, where the tests may become one and he can read the program. */
function otherUser(): number | undefined {
  const readable = (path: string): boolean =>
    (statSync(path).mode & 0o005) === 0o005 && (dirname(path) === path || readable(dirname(path)));
  return process.getuid?.() === 0 && readable(process.cwd()) ? 65_532 : undefined;
}

test('what stands for a read-only root lets nothing through', () => {
  const folder = makeTempFolder('read-only-root');
  const script = `
    import { mkdirSync, openSync, writeFileSync, createWriteStream } from 'node:fs';
    import { open, rename, writeFile } from 'node:fs/promises';
    const [own, other] = process.argv.slice(1);
    writeFileSync(own + '/a', 'x');
    await writeFile(own + '/b', 'x');
    const tries = [
      () => mkdirSync(other + '/c'),
      () => writeFileSync(other + '/d', 'x'),
      () => openSync(other + '/e', 'a'),
      () => createWriteStream(other + '/f'),
      () => writeFile(other + '/g', 'x'),
      () => open(other + '/h', 'w'),
      () => rename(own + '/a', other + '/i'),
    ];
    for (const one of tries) console.log(await (async () => one())().then(() => 'written', ({ code }) => code));`;
  mkdirSync(join(folder.path, 'own'));
  const hook = join(process.cwd(), 'test/support/read-only-root.mjs');
  const paths = [join(folder.path, 'own'), folder.path];
  const told = execFileSync(
    process.execPath,
    ['--import', hook, '--input-type=module', '-e', script, '--', ...paths],
    {
      env: { WCS_WRITABLE: join(folder.path, 'own') },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  expect(told.trim().split('\n')).toEqual(Array(7).fill('EROFS'));
  expect(readdirSync(folder.path)).toEqual(['own']);
  folder.remove();
});

describe('a worker that can write nowhere but to its data', () => {
  const folder = makeTempFolder('read-only');
  let crms: Crms;
  let worker: WorkerProcess | undefined;

  beforeAll(async () => {
    crms = await startCrms(10);
    const user = otherUser();
    worker = await startWorker({
      folder: folder.path,
      settings: settingsFor(crms),
      env: { WCS_WRITABLE: join(folder.path, 'data') },
      nodeArgs: ['--import', join(process.cwd(), 'test/support/read-only-root.mjs')],
      ...(user !== undefined && { user }),
    });
  }, 240_000);

  afterAll(async () => {
    await worker?.kill();
    await crms.close();
    folder.remove();
  });

  test('records, delivers, seals, exports and stops as any other, as another user and without a home', async () => {
    const { url, stop, output } = worker as WorkerProcess;
    for (const body of mixedWebhooks(20, 10))
      expect(await postWebhook(url, 'support', body, appSecret)).toBe(200);
    await untilTotals(url, ({ logged }) => logged === 20);
    const file = await fetch(`${url}/api/files`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: 'a file of a chat export',
    });
    expect(file.status).toBe(200);
    const zip = await fetch(`${url}/api/export/records.zip?all=true`);
    expect([zip.status, (await zip.arrayBuffer()).byteLength > 1_000]).toEqual([200, true]);
    for (const path of ['/', '/metrics', '/health/ready', '/api/seals', '/api/check'])
      expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
    expect(await stop()).toBe(0);
    expect(output()).not.toMatch(/EACCES|EPERM|EROFS/);
  }, 240_000);
});
