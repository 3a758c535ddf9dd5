import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doubles, settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { appSecret, inParallel, mixedWebhooks } from '../support/traffic.ts';
import {
  postWebhook,
  startWorker,
  untilDirectoryPulled,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

/** `WCS_LONG=1` for more. */
const interactions = process.env['WCS_LONG'] === '1' ? 20_000 : 5_000;
const people = 500;

describe('thousands of interactions over 500 contacts with a warm directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wcs-cost-'));
  let crms: Crms;
  let worker: WorkerProcess;

  beforeAll(async () => {
    crms = await startCrms(people);
    // Pulls of the directory are by the clock and no cost of an interaction: how long this takes must not matter.
    worker = await startWorker({
      nodeArgs: [],
      folder,
      settings: settingsFor(crms, 'directoryEvery: 10m\n    window: 10s'),
    });
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
  }, 60_000);

  afterAll(async () => {
    await worker.stop();
    await crms.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('cost at most 0.012 HubSpot and 0.007 Salesforce calls each', async () => {
    const before = { hubspot: crms.hubspot.calls.total, salesforce: crms.salesforce.calls.total };
    await inParallel(mixedWebhooks(interactions, people), 40, async (body) => {
      expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
    });
    const totals = await untilTotals(
      worker.url,
      ({ pending, received }) => received === interactions && pending === 0,
      120_000,
    );
    expect([totals.logged, doubles(crms)]).toEqual([interactions, []]);
    expect((crms.hubspot.calls.total - before.hubspot) / interactions).toBeLessThanOrEqual(0.012);
    expect((crms.salesforce.calls.total - before.salesforce) / interactions).toBeLessThanOrEqual(0.007);
  }, 240_000);
});
