import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createWhatsAppCloud } from '../../src/sources/whatsapp-cloud/index.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

/** Sample webhooks that others wrote, kept beside the project where it is checked against them. */
const folder = join(process.cwd(), '..', 'shared', 'fixtures');
const bodies = ['meta-2026', 'meta-docs-2025-12', 'meta-openapi', 'pywa', 'kapso-sdk', '360dialog'].flatMap(
  (name) =>
    existsSync(join(folder, name))
      ? readdirSync(join(folder, name))
          .filter((file) => file.endsWith('.json'))
          .map((file) => readFileSync(join(folder, name, file), 'utf8'))
      : [],
);

describe('sample webhooks that others wrote', () => {
  if (bodies.length === 0) {
    test('are not beside the project: nothing to check here', () => expect(bodies).toEqual([]));
    return;
  }
  const temporary = makeTempFolder('fixtures');
  let crms: Crms;
  let worker: WorkerProcess;

  beforeAll(async () => {
    crms = await startCrms(0);
    const settings = settingsFor(crms).replace(/businessNumbers: .*/, 'businessNumbers: all');
    worker = await startWorker({ folder: temporary.path, settings });
  }, 60_000);

  afterAll(async () => {
    await worker.stop();
    await crms.close();
    temporary.remove();
  });

  test('are answered 200 by the real receiver and all accounted for', async () => {
    for (const body of bodies) expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
    const source = createWhatsAppCloud({ id: 'support', appSecret, verifyToken: 'verify' });
    const drafts = bodies.flatMap((body) => source.split(Buffer.from(body), new Date()));
    const interactions = new Set(drafts.flatMap((draft) => draft.interactionKey ?? [])).size;
    const events = new Set(drafts.map((draft) => draft.dedupeKey)).size;

    const totals = await untilTotals(
      worker.url,
      ({ pending, received }) => received === interactions && pending === 0,
    );
    const { logged, pending, parked, excluded, ignored, failed } = totals;
    expect(logged + pending + parked + excluded + ignored + failed).toBe(interactions);
    expect([excluded, ignored, failed]).toEqual([0, 0, 0]);
    expect(interactions).toBeGreaterThan(40);
    expect(await storedEvents(worker.url)).toBe(events);
  }, 90_000);
});

/** Events of all interactions, and those that make none. */
async function storedEvents(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const samples = [...text.matchAll(/^wcs_events_total\{[^}]*\} (\d+)$/gm)];
  return samples.reduce((sum, [, count]) => sum + Number(count), 0);
}
