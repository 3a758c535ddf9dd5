import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, mixedWebhooks, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals } from '../support/worker.ts';

describe('a worker whose settings point at other hosts', () => {
  const folder = makeTempFolder('hosts');
  let crms: Crms;

  beforeAll(async () => {
    crms = await startCrms(10);
  });

  afterAll(async () => {
    await crms.close();
    folder.remove();
  });

  test('talks to them and to nothing else', async () => {
    const record = join(folder.path, 'connections');
    const recorder = join(process.cwd(), 'test/support/record-connections.mjs');
    const worker = await startWorker({
      folder: folder.path,
      settings: settingsFor(crms),
      env: { NODE_OPTIONS: `--import ${recorder}`, WCS_CONNECTIONS: record },
    });
    // One number that nobody has, so that the live look-ups take part too.
    const stranger = textWebhook('wamid.stranger', personNumber(999), 'hello', 1_790_000_000);
    for (const body of [...mixedWebhooks(20, 10), stranger]) {
      expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
    }
    await untilTotals(worker.url, ({ logged, parked }) => logged === 20 && parked === 1);
    expect(await worker.stop()).toBe(0);

    const connected = new Set(readFileSync(record, 'utf8').trim().split('\n'));
    const configured = [crms.salesforce.url, crms.hubspot.url].map((url) => new URL(url).host);
    expect([...connected].sort()).toEqual(configured.sort());
  }, 60_000);
});
