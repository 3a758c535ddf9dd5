import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { readEnv } from '../../config/env.ts';
import { main } from '../../src/cli/program.ts';
import { services } from '../../src/cli/services.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, reportTotals, startWorker, type WorkerProcess } from '../support/worker.ts';

const folder = makeTempFolder('retention');
let worker: WorkerProcess | undefined;
afterAll(async () => {
  await worker?.kill();
  folder.remove();
});

const emea = '+4930123456';
/** The CRM is away: what is recorded waits, and goes by the rules all the same. */
const settings = `
sources:
  - id: support
    type: whatsapp-cloud
    appSecret: ${appSecret}
    verifyToken: v
    businessNumbers: ['${businessNumber}']
  - { id: emea, type: twilio, accountSid: AC${'0'.repeat(32)}, authToken: t, businessNumbers: ['${emea}'], pollEvery: 1h }
destinations:
  - { id: marketing, type: hubspot, accessToken: t, apiUrl: http://127.0.0.1:9, keyField: whatsapp_key }
routes:
  - { source: support, destinations: [marketing] }
  - { source: emea, destinations: [marketing] }
retention:
  every: 1s
  rules:
    - { id: old-messages, class: messages, source: support, keep: 30d }
    - { id: obliged, source: support, keep: 7y, obligation: true }
`;

/** Runs a command line against the running worker. */
async function wcs(...args: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const terminal = {
    out: (text: string) => void out.push(text),
    note: (text: string) => void out.push(text),
    colors: picocolors.createColors(false),
    width: undefined,
  };
  const env = { SETTINGS: join(folder.path, 'settings.yaml'), DATA_DIR: join(folder.path, 'data') };
  const code = await main(args, terminal, { ...services, readEnv: () => readEnv(env) }, '0.0.0');
  return { code, out: out.join('\n') };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo()); tries += 1) {
    if (tries > 300) throw new Error('it never came to be so');
    await sleep(100);
  }
}

function filesWith(text: string): string[] {
  return readdirSync(join(folder.path, 'data'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

test('a worker destroys by its rules what they are over for, and what somebody asks for, to the last byte', async () => {
  worker = await startWorker({ folder: folder.path, settings });
  const { url } = worker;
  const now = Math.floor(Date.now() / 1_000);
  const send = (id: string, from: string, text: string, at: number) =>
    postWebhook(url, 'support', textWebhook(id, from, text, at), appSecret);
  await send('wamid.old', '+14155550100', 'Zebrafinken', now - 40 * 86_400);
  await send('wamid.new', '+14155550142', 'Kaleidoskop', now);
  await send('wamid.other', '+14155550177', 'Hippogriff', now);
  await until(async () => (await wcs('retention', '--history')).out.includes('old-messages'));
  await until(async () => {
    const answer = await fetch(`${url}/api/interactions`);
    return ((await answer.json()) as { items: unknown[] }).items.length === 3;
  });
  expect(await reportTotals(url)).toMatchObject({ received: 3, pending: 2, ignored: 1 });

  expect(await wcs('erase', '--person', '+14155550142', '--dry-run')).toMatchObject({
    out: expect.stringContaining('1 would be destroyed'),
  });
  const hold = await wcs('hold', 'place', '--person', '+14155550142', '--reason', 'case 7');
  expect(hold).toMatchObject({ code: 0 });
  const refused = await wcs('erase', '--person', '+14155550142');
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('a legal hold is in force') });
  expect(await wcs('hold', 'release', '1', '--reason', 'closed')).toMatchObject({ code: 0 });
  const erased = await wcs('erase', '--person', '+1 415 555 0142');
  expect(erased).toMatchObject({ code: 0, out: expect.stringContaining('1 destroyed') });
  expect(erased.out).toContain('1 requests of the same person before');
  expect(await reportTotals(url)).toMatchObject({ received: 3, pending: 1, ignored: 2 });
  expect((await wcs('verify')).code).toBe(0);
  expect(await worker.stop()).toBe(0);

  for (const text of ['Zebrafinken', 'Kaleidoskop', '14155550100', '14155550142', 'wamid.new']) {
    expect([text, filesWith(text)]).toEqual([text, []]);
    expect(worker.output()).not.toContain(text);
  }
  expect(filesWith('Hippogriff')).not.toEqual([]);
  // Without the worker the command line opens the store itself.
  const stones = await wcs('retention', '--tombstones', '1');
  expect(stones).toMatchObject({ code: 0, out: expect.stringContaining(businessNumber) });
}, 180_000);
