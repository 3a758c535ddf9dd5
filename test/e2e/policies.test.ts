import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, personNumber, textWebhook } from '../support/traffic.ts';
import {
  postWebhook,
  startWorker,
  until,
  untilDirectoryPulled,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

const at = Math.floor(Date.parse('2026-09-18T10:00:00Z') / 1_000);
const fields = { salesforce: 'No_WhatsApp__c', hubspot: 'no_whatsapp' } as const;

let folder: TempFolder;
let crms: Crms;
let worker: WorkerProcess;

beforeEach(async () => {
  folder = makeTempFolder('policies');
  crms = await startCrms(2);
  crms.salesforce.addField('Contact', fields.salesforce, 'boolean');
  crms.hubspot.addProperty('contacts', fields.hubspot, 'bool');
});

afterEach(async () => {
  await worker.stop();
  await crms.close();
  folder.remove();
}, 60_000);

const start = async (policies: string, change: (settings: string) => string = (text) => text) => {
  const settings = settingsFor(crms, 'directoryEvery: 1s\n    directoryEveryWhileParked: 1s').replace(
    'policies:\n',
    `policies:\n  ${policies}\n`,
  );
  worker = await startWorker({ folder: folder.path, settings: change(settings) });
};
const send = async (id: string, person: number, text: string) =>
  expect(
    await postWebhook(worker.url, 'support', textWebhook(id, personNumber(person), text, at), appSecret),
  ).toBe(200);
const said = () => [
  ...crms.salesforce.rows('Task').map((row) => String(row['Description'])),
  ...crms.hubspot.records('communications').map(({ values }) => values['hs_communication_body'] ?? ''),
];
const contactOf = (person: number) => ({
  salesforce: String(crms.salesforce.rows('Contact').find((row) => row.Phone === personNumber(person))?.Id),
  hubspot: String(
    crms.hubspot.records('contacts').find(({ values }) => values['phone'] === personNumber(person))?.id,
  ),
});

/** Is this text anywhere in the files of a folder? */
function isOnDisk(path: string, text: string): boolean {
  if (!existsSync(path)) return false;
  if (!statSync(path).isDirectory()) return readFileSync(path).includes(text);
  return readdirSync(path).some((name) => isOnDisk(join(path, name), text));
}

interface Parked {
  readonly items: readonly {
    readonly key: string;
    readonly code?: string;
    readonly reason: string;
    readonly proposals?: readonly { name: string }[];
  }[];
}
const parked = async (destination: string): Promise<Parked['items']> => {
  const answer = await fetch(`${worker.url}/api/parked?destination=${destination}`);
  return ((await answer.json()) as Parked).items;
};

const consentIn = (name: string) =>
  `${name}: [{ field: ${fields.salesforce}, destination: sales }, { field: ${fields.hubspot}, destination: marketing }]`;

describe('who opted out in the CRM', () => {
  test('is not recorded from then on: nothing of it is on disk or in a CRM, and it is counted', async () => {
    await start(consentIn('excludeWhen'));
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
    await send('wamid.1', 0, 'before the opt-out');
    await send('wamid.2', 1, 'somebody else');
    await untilTotals(worker.url, ({ logged }) => logged === 2);
    // In one CRM is enough: what is recorded is recorded for both.
    crms.hubspot.change('contacts', contactOf(0).hubspot, { [fields.hubspot]: 'true' });
    const secret = 'private-words-that-nobody-may-keep';
    let tries = 0;
    await until(async () => {
      tries += 1;
      await send(`wamid.probe${tries}`, 0, `probe ${tries}`);
      const totals = await untilTotals(worker.url, ({ pending }) => pending === 0);
      return totals.excluded > 0 && !isOnDisk(join(folder.path, 'data'), `probe ${tries}`);
    });
    const before = await untilTotals(worker.url, ({ pending }) => pending === 0);
    await send('wamid.3', 0, secret);
    const totals = await untilTotals(worker.url, ({ received }) => received === before.received + 1);
    expect(totals.excluded).toBe(before.excluded + 1);
    expect(said().some((text) => text.includes('before the opt-out'))).toBe(true);
    expect(said().some((text) => text.includes(secret))).toBe(false);
    await worker.stop();
    expect(isOnDisk(folder.path, secret)).toBe(false);
    expect(worker.output()).not.toContain(secret);
  }, 90_000);
});

describe('with an opt-in field', () => {
  test('only who opted in is logged', async () => {
    const { salesforce, hubspot } = contactOf(0);
    crms.salesforce.change(salesforce, { [fields.salesforce]: true });
    crms.hubspot.change('contacts', hubspot, { [fields.hubspot]: 'true' });
    await start(consentIn('onlyWhen'));
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
    await send('wamid.1', 0, 'opted in');
    await send('wamid.2', 1, 'did not opt in');
    const totals = await untilTotals(worker.url, ({ logged, excluded }) => logged === 1 && excluded === 1);
    expect(totals).toMatchObject({ received: 2, pending: 0 });
    expect(said()).toHaveLength(2);
    expect(said().every((text) => text.includes('opted in'))).toBe(true);
    expect(said().some((text) => text.includes('did not'))).toBe(false);
  }, 60_000);

  test('that the CRM does not show, everybody is parked and told why; it goes on when the field is there', async () => {
    crms.salesforce.hideField('Contact', fields.salesforce);
    const { hubspot } = contactOf(0);
    crms.hubspot.change('contacts', hubspot, { [fields.hubspot]: 'true' });
    await start(consentIn('onlyWhen'));
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
    await send('wamid.1', 0, 'who knows');
    await untilTotals(worker.url, ({ parked: count }) => count === 1);
    expect(await parked('sales')).toMatchObject([{ reason: 'consent-unknown' }]);
    const check = (await (await fetch(`${worker.url}/api/check?destination=sales`)).json()) as {
      findings: { subject: string; level: string }[];
    }[];
    expect(check[0]?.findings).toContainEqual(
      expect.objectContaining({ subject: `Contact.${fields.salesforce}`, level: 'error' }),
    );
  }, 60_000);
});

describe('a dry run', () => {
  const dry = (settings: string) =>
    settings.replace(
      'destinations: [sales, marketing] }',
      'destinations: [sales, marketing], dryRun: true }',
    );

  test('does everything but the write, shows what would be logged, and is logged when it is over', async () => {
    await start('granularity: message', dry);
    await send('wamid.1', 0, 'a try');
    await untilTotals(worker.url, ({ parked: count }) => count === 1);
    await until(async () => (await parked('sales')).length + (await parked('marketing')).length === 2);
    expect(said()).toEqual([]);
    expect(await parked('sales')).toMatchObject([
      { code: 'dry-run', reason: expect.stringMatching(/^would be logged on the contact Person 1000 \(003/) },
    ]);
    const answer = await fetch(`${worker.url}/api/mappings/sales/preview`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dryRun: true }),
    });
    expect(await answer.json()).toMatchObject([
      { object: 'Task', title: 'WhatsApp message from Person 1000', contact: { name: 'Person 1000' } },
    ]);
    await worker.stop();
    await start('granularity: message');
    await untilTotals(worker.url, ({ logged }) => logged === 1);
    expect(said()).toHaveLength(2);
  }, 60_000);
});

describe('a stranger whose number ends like that of somebody known', () => {
  test('is proposed and never logged on the other', async () => {
    await start('propose: last-seven-digits');
    await untilDirectoryPulled(worker.url, ['sales', 'marketing']);
    const alike = `+4420755${personNumber(0).slice(-5)}`;
    expect(
      await postWebhook(worker.url, 'support', textWebhook('wamid.1', alike, 'hello', at), appSecret),
    ).toBe(200);
    await untilTotals(worker.url, ({ parked: count }) => count === 1);
    expect(await parked('sales')).toMatchObject([
      { reason: 'no-contact', proposals: [{ type: 'Contact', name: 'Person 1000' }] },
    ]);
    expect(await parked('marketing')).toMatchObject([{ proposals: [{ type: 'contact' }] }]);
    expect(said()).toEqual([]);
  }, 60_000);
});
