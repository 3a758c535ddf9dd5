import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { KnownFields } from '../../src/directory/known-fields.ts';
import { openLedger, type OpenLedger } from '../../src/ledger/open.ts';
import { readMapping } from '../../src/mapping/mapping.ts';
import { Brake } from '../../src/pipeline/brake.ts';
import { deliver, type DeliverDeps } from '../../src/pipeline/deliver.ts';
import { startSalesforce, type SalesforceSandbox } from '../../src/sandbox/salesforce/index.ts';
import { eventOf, foldAll } from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';

const folder = makeTempFolder('digest-move');
const keyField = 'WhatsApp_Key__c';
const [anaPhone, benPhone] = ['+14155550100', '+14155550101'];
let store: OpenLedger;
let sandbox: SalesforceSandbox;
let deps: DeliverDeps;
const contacts = new Map<string, string>();

beforeAll(async () => {
  store = await openLedger({ dataDir: folder.path });
  sandbox = await startSalesforce({ keyField });
  contacts.set(anaPhone, sandbox.addContact({ LastName: 'Ana' }));
  contacts.set(benPhone, sandbox.addContact({ LastName: 'Ben' }));
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
    apiVersion: '67.0',
    keyField,
  });
  const known = new KnownFields(destination);
  deps = {
    destination,
    ledger: store.ledger,
    currentMapping: async () => readMapping('config/mappings/salesforce.yaml'),
    knownFields: (kind) => known.get(kind),
    onFieldRefused: () => undefined,
    owners: { holderOn: () => undefined, activeUser: async () => undefined },
    related: { find: async (subjects) => subjects.map(() => []) },
    timeZone: 'UTC',
    rules: { changes: () => 'update', granularity: () => ({ by: 'day' }), isDryRun: () => false },
    owner: 'one',
    windowMs: 0,
    leaseMs: 60_000,
    brake: new Brake(async () => undefined),
    metrics: { delivered: () => undefined, lag: () => undefined },
    log: { info: () => undefined, warn: () => undefined },
  };
}, 60_000);

afterAll(async () => {
  await deps.destination.close();
  await sandbox.close();
  await store.ledger.close();
  folder.remove();
});

/** Appends, folds, matches by the number, and delivers until nothing is left. */
async function say(name: string, phone: string, step = 'message'): Promise<void> {
  const { ledger } = store;
  await ledger.append([eventOf(name, { phone, step, text: `${step}: words of ${name}` })], []);
  await foldAll(ledger);
  for (const { key, interaction } of await ledger.matchSubjects(100)) {
    const id = contacts.get(interaction.person.phone ?? '') ?? '';
    const contact = { type: 'Contact', id };
    await ledger.settleMatches([{ destination: 'sales', key, to: 'ready', contact, reason: 'test' }]);
  }
  await deliver(deps, new AbortController().signal);
}

const record = (phone: string) =>
  String(sandbox.rows('Task').find((row) => row.WhoId === contacts.get(phone))?.['Description'] ?? '');

test('what turns out to be another person leaves the record of the first one, which says so when it is empty', async () => {
  await say('m1', anaPhone);
  await say('m2', anaPhone);
  expect(record(anaPhone)).toMatch(/words of m1[^]*words of m2/);
  await say('m1', benPhone, 'another person');
  expect(record(anaPhone)).toContain('words of m2');
  expect(record(anaPhone)).not.toContain('m1');
  expect(record(benPhone)).toContain('words of m1');
  await say('m2', benPhone, 'another person');
  expect(record(anaPhone)).toBe('What this record showed belongs to another contact; it stands there now.');
  expect(record(benPhone)).toMatch(/words of m1[^]*words of m2/);
  expect(sandbox.rows('Task')).toHaveLength(2);
  expect((await store.ledger.report({})).map(({ logged }) => logged)).toEqual([2]);
}, 60_000);
