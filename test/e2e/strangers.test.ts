import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../config/settings.ts';
import { composeDestinations } from '../../src/compose.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, envelope, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

const emil = '+4915112345678';
const at = 1_790_000_000;

describe('somebody whom no CRM knows', () => {
  let folder: TempFolder;
  let crms: Crms;
  let worker: WorkerProcess;

  beforeEach(async () => {
    folder = makeTempFolder('strangers');
    crms = await startCrms(1);
  });
  afterEach(async () => {
    await worker.stop();
    await crms.close();
    folder.remove();
  }, 60_000);

  const start = async (unmatched: string) => {
    const settings = settingsFor(crms).replace('policies:\n', `policies:\n  unmatched: ${unmatched}\n`);
    const { destinations, close } = composeDestinations(parseSettings(settings, {}));
    for (const destination of destinations.values()) await destination.setup();
    await close();
    worker = await startWorker({ folder: folder.path, settings });
  };
  const send = async (...bodies: readonly object[]) => {
    for (const body of bodies) expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
  };
  /** Writes under a user id alone. */
  const nameless = (id: string, text: string) =>
    envelope('messages', {
      contacts: [{ profile: { name: 'Dana Levi' }, user_id: 'US.10000000000000000777' }],
      messages: [
        {
          from_user_id: 'US.10000000000000000777',
          id,
          timestamp: String(at),
          type: 'text',
          text: { body: text },
        },
      ],
    });
  const rows = (object: string) =>
    crms.salesforce
      .rows(object)
      .filter((row) => String(row['MobilePhone'] ?? '') === emil || row.Name === 'Dana Levi');
  const contacts = () =>
    crms.hubspot
      .records('contacts')
      .filter(({ values }) => values['phone'] === emil || values['lastname'] === 'Levi');

  test('becomes one contact in each, with name and number, and everything of the person is logged there', async () => {
    await start('create-contact');
    await send(
      textWebhook('wamid.1', emil, 'first', at),
      textWebhook('wamid.2', emil, 'second', at + 1),
      nameless('wamid.3', 'from an id'),
      nameless('wamid.4', 'again'),
    );
    await untilTotals(worker.url, ({ logged, pending }) => logged === 4 && pending === 0);
    await send(textWebhook('wamid.5', emil, 'third', at + 2));
    await untilTotals(worker.url, ({ logged, pending }) => logged === 5 && pending === 0);
    expect(rows('Contact')).toHaveLength(2);
    expect(contacts()).toHaveLength(2);
    const ids = new Set(crms.salesforce.rows('Task').map((row) => row.WhoId));
    expect(ids).toEqual(new Set(rows('Contact').map((row) => row.Id)));
    expect(rows('Contact').find((row) => row['MobilePhone'] === emil)?.Name).toBe('Person 5678');
    expect(
      contacts()
        .map(({ values }) => values['lastname'])
        .sort(),
    ).toEqual(['5678', 'Levi']);
  }, 60_000);

  test('becomes a lead: an object in Salesforce, a lifecycle stage in HubSpot', async () => {
    await start('create-lead');
    await send(textWebhook('wamid.1', emil, 'first', at));
    await untilTotals(worker.url, ({ logged, pending }) => logged === 1 && pending === 0);
    expect(rows('Lead')).toHaveLength(1);
    expect(crms.salesforce.rows('Task').map((row) => row.WhoId)).toEqual([rows('Lead')[0]?.Id]);
    expect(contacts().map(({ values }) => values['lifecyclestage'])).toEqual(['lead']);
  }, 60_000);

  test('is nobody new while the look-up fails: it waits, and is found when the CRM answers', async () => {
    await start('create-contact');
    const known = crms.salesforce.addContact({ LastName: 'Known', Phone: emil });
    crms.salesforce.faults.add({ kind: 'status', status: 503 }, { operation: 'search', times: 2 });
    await send(textWebhook('wamid.1', emil, 'first', at));
    await untilTotals(worker.url, ({ logged, pending }) => logged === 1 && pending === 0, 90_000);
    expect(crms.salesforce.rows('Contact').filter((row) => row['MobilePhone'] === emil)).toEqual([]);
    expect(crms.salesforce.rows('Task').map((row) => row.WhoId)).toEqual([known]);
  }, 120_000);
});
