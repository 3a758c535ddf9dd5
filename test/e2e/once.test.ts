import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doubles, recordsPerKey, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { appSecret, inParallel, mixedWebhooks, shuffled } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

describe('the same 1,000 webhooks sent three times, concurrently and shuffled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wcs-once-'));
  let crms: Crms;
  let worker: WorkerProcess;

  beforeAll(async () => {
    crms = await startCrms(50);
    worker = await startWorker({ folder, settings: settingsFor(crms) });
  }, 60_000);

  afterAll(async () => {
    expect(await worker.stop()).toBe(0);
    await crms.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('leave exactly one record per interaction in both CRMs', async () => {
    const webhooks = mixedWebhooks(1_000, 50);
    const thrice = shuffled([...webhooks, ...webhooks, ...webhooks], 42);
    const statuses = new Set<number>();
    await inParallel(
      thrice,
      40,
      async (body) => void statuses.add(await postWebhook(worker.url, 'support', body, appSecret)),
    );
    expect([...statuses]).toEqual([200]);
    const totals = await untilTotals(
      worker.url,
      ({ pending, received }) => received === 1_000 && pending === 0,
    );
    expect(totals).toMatchObject({ received: 1_000, logged: 1_000, failed: 0, parked: 0 });
    const { salesforce, hubspot } = recordsPerKey(crms);
    expect([salesforce.size, hubspot.size, doubles(crms)]).toEqual([1_000, 1_000, []]);
    expect([...hubspot.keys()].sort()).toEqual([...salesforce.keys()].sort());
  }, 120_000);
});
