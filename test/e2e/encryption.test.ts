import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { demoMedia, startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, envelope, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

const person = personNumber(0);
const { photo } = demoMedia;
const written = ['Zugspitze at noon', 'Watzmann at dusk', 'wamid.text', 'wamid.photo', 'summit.png'];

/** How many files below a folder hold these bytes. */
function filesWith(folder: string, bytes: Buffer | string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(bytes),
  ).length;
}

/** Nothing that people wrote or sent is anywhere on the disk; what is needed to find it by is. */
function expectSealed(...folders: string[]): void {
  for (const folder of folders) {
    for (const one of [...written, photo.data]) expect(filesWith(folder, one)).toBe(0);
  }
  expect(folders.some((folder) => filesWith(folder, person) > 0)).toBe(true);
}

function encryption(...keys: (readonly [id: string, key: string])[]): string {
  return `encryption:\n  masterKeys:\n${keys.map(([id, key]) => `    - { id: ${id}, secretKey: ${key} }\n`).join('')}`;
}

const key = () => randomBytes(32).toString('base64');

let crms: Crms;
let whatsapp: WhatsAppSandbox;
beforeAll(async () => {
  crms = await startCrms(1);
  whatsapp = await startWhatsApp({ accessToken: 'access-token', media: [photo] });
}, 60_000);
afterAll(() => Promise.all([crms.close(), whatsapp.close()]));

const settings = () =>
  settingsFor(crms).replace(
    'verifyToken: verify',
    `verifyToken: verify\n    accessToken: access-token\n    apiUrl: ${whatsapp.url}`,
  );

async function sendAll(worker: WorkerProcess): Promise<void> {
  const at = Math.floor(Date.now() / 1_000);
  const image = {
    id: photo.id,
    mime_type: photo.mimeType,
    caption: 'Watzmann at dusk',
    filename: 'summit.png',
  };
  const message = { from: person.slice(1), id: 'wamid.photo', timestamp: String(at), type: 'image', image };
  const contacts = [{ profile: { name: 'Ana' }, wa_id: person.slice(1) }];
  for (const body of [
    textWebhook('wamid.text', person, 'Zugspitze at noon', at),
    envelope('messages', { contacts, messages: [message] }),
  ]) {
    expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
  }
  await untilTotals(worker.url, ({ logged, pending }) => logged === 2 && pending === 0);
  await untilFile(worker, sha256OfPhoto);
}

const sha256OfPhoto = /"state":"stored","sha256":"([0-9a-f]{64})"/;

/** @returns address of the stored picture */
async function untilFile(worker: WorkerProcess, shape: RegExp): Promise<string> {
  for (;;) {
    const { items } = (await (await fetch(`${worker.url}/api/interactions`)).json()) as {
      items: { interaction: { key: string } }[];
    };
    for (const { interaction } of items) {
      const sha256 = shape.exec(JSON.stringify(interaction))?.[1];
      if (sha256 !== undefined) return `${worker.url}/api/interactions/${interaction.key}/files/${sha256}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('encryption at rest, with the real worker', () => {
  const folder = makeTempFolder('encryption');
  const data = join(folder.path, 'data');
  const [old, fresh] = [key(), key()];
  let worker: WorkerProcess;
  afterAll(async () => {
    await worker.stop();
    folder.remove();
  }, 60_000);

  const wcs = async (...args: string[]) => {
    const env = { PATH: process.env.PATH, SETTINGS: join(folder.path, 'settings.yaml'), DATA_DIR: data };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['dist/src/cli/wcs.js', ...args, '--json'],
      { env },
    );
    return JSON.parse(stdout) as unknown;
  };

  test('keeps nothing readable on the disk, logs all of it, and shows it to who may read', async () => {
    worker = await startWorker({ folder: folder.path, settings: settings() + encryption(['old', old]) });
    await sendAll(worker);
    expectSealed(data);
    const shown = await (await fetch(`${worker.url}/api/interactions`)).text();
    expect(shown).toContain('Zugspitze at noon');
    expect(JSON.stringify(crms.salesforce.rows('Task'))).toContain('Watzmann at dusk');
    const file = await fetch(await untilFile(worker, sha256OfPhoto));
    expect(Buffer.from(await file.arrayBuffer()).equals(photo.data)).toBe(true);
    expect((await fetch(`${worker.url}/api/interactions?text=noon`)).status).toBe(422);
    expect(worker.output()).not.toMatch(/Zugspitze|Watzmann/);
  }, 120_000);

  test('gets a new master key while it runs, and then does without the old one', async () => {
    await worker.stop();
    expectSealed(data);
    const both = encryption(['new', fresh], ['old', old]);
    worker = await startWorker({ folder: folder.path, settings: settings() + both });
    expect(await wcs('keys', 'rotate', '--by', 'ana')).toEqual({ changed: 2 });
    expect(await wcs('keys', 'list')).toMatchObject({
      masterKeys: [
        { id: 'new', contentKeys: 1, fileKeys: 1 },
        { id: 'old', contentKeys: 0, fileKeys: 0 },
      ],
      clear: { events: 0, interactions: 0 },
    });
    await worker.stop();
    worker = await startWorker({ folder: folder.path, settings: settings() + encryption(['new', fresh]) });
    expect(await (await fetch(`${worker.url}/api/interactions`)).text()).toContain('Zugspitze at noon');
    const file = await fetch(await untilFile(worker, sha256OfPhoto));
    expect(Buffer.from(await file.arrayBuffer()).equals(photo.data)).toBe(true);
    expect(await (await fetch(`${worker.url}/api/audit?action=keys.rotate`)).text()).toContain(
      '"actor":"ana"',
    );
  }, 120_000);

  test('does not start without a key that it needs, and says which', async () => {
    await worker.stop();
    await expect(startWorker({ folder: folder.path, settings: settings() })).rejects.toThrow(
      /master key \\?"new\\?", which is not in the settings/,
    );
  }, 60_000);
});

describeWith('postgres', 'encryption at rest on a PostgreSQL server', () => {
  const folder = makeTempFolder('encryption-postgres');
  let server: PostgresServer;
  let worker: WorkerProcess;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(async () => {
    await worker.stop();
    await server.stop();
    folder.remove();
  }, 60_000);

  test('keeps nothing readable in the tables, the write-ahead log, or the folder', async () => {
    const env = { DATABASE_URL: await server.createDatabase() };
    worker = await startWorker({
      folder: folder.path,
      settings: settings() + encryption(['one', key()]),
      env,
    });
    await sendAll(worker);
    await server.checkpoint();
    expectSealed(server.folder, join(folder.path, 'data'));
  }, 120_000);
});
