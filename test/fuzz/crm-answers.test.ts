import { afterAll, beforeAll, test } from '@jest/globals';
import fc from 'fast-check';
import type { ContactRef, Fields } from '../../src/core/activity.ts';
import { unlimited } from '../../src/core/budget.ts';
import { CrmError } from '../../src/core/errors.ts';
import { hashKey } from '../../src/core/key.ts';
import type { DeliveryItem, Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { startHubSpot } from '../../src/sandbox/hubspot/index.ts';
import { startSalesforce } from '../../src/sandbox/salesforce/index.ts';
import { startChangingProxy, type ChangingProxy, type Harm } from './changing-proxy.ts';
import { mutations, tell } from './mutate.ts';
import { fuzz, timeFor } from './run.ts';
import { stopWatching } from './watchdog.ts';

/** An adapter over its real SDK, the look-alike behind it, and the proxy between. */
interface Stage {
  readonly destination: Destination;
  readonly proxy: ChangingProxy;
  readonly contact: ContactRef;
  fields(text: string): Fields;
  close(): Promise<void>;
}

const phone = '+14155550100';

async function hubspotStage(): Promise<Stage> {
  const sandbox = await startHubSpot({
    keyField: 'whatsapp_key',
    limits: { daily: 1e9, burst: 1e9, searchPerSecond: 1e9, associations: 1e9 },
  });
  const proxy = await startChangingProxy(sandbox.url);
  const id = sandbox.addContact({ firstname: 'Ana', lastname: 'Silva', phone });
  const destination = createHubSpot({
    id: 'marketing',
    apiUrl: proxy.url,
    accessToken: sandbox.accessToken,
    apiVersion: '2026-09',
    keyField: 'whatsapp_key',
    timeoutMs: 3_000,
    creates: ['contact'],
    budget: unlimited,
  });
  const fields = (text: string) => ({
    hs_timestamp: '2026-11-20T10:00:00.000Z',
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    hs_communication_body: text,
  });
  const close = async () => {
    await destination.close();
    await proxy.close();
    await sandbox.close();
  };
  return { destination, proxy, contact: { type: 'contact', id }, fields, close };
}

async function salesforceStage(): Promise<Stage> {
  const app = { clientId: 'client', clientSecret: 'secret', username: 'integration@example.com' };
  const sandbox = await startSalesforce({ keyField: 'WhatsApp_Key__c', app, dailyLimit: 1e9 });
  const proxy = await startChangingProxy(sandbox.url);
  const id = sandbox.addContact({ FirstName: 'Ana', LastName: 'Silva', Phone: phone });
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: proxy.url,
    auth: { flow: 'client-credentials', clientId: app.clientId, clientSecret: app.clientSecret },
    apiVersion: '67.0',
    keyField: 'WhatsApp_Key__c',
    timeoutMs: 3_000,
    creates: ['contact'],
    budget: unlimited,
  });
  const fields = (text: string) => ({
    Subject: 'WhatsApp message',
    Description: text,
    Status: 'Completed',
    ActivityDate: '2026-11-20',
  });
  const close = async () => {
    await destination.close();
    await proxy.close();
    await sandbox.close();
  };
  return { destination, proxy, contact: { type: 'Contact', id }, fields, close };
}

const stages = new Map<string, Stage>();
beforeAll(async () => {
  stages.set('hubspot', await hubspotStage());
  stages.set('salesforce', await salesforceStage());
  for (const { destination } of stages.values()) await destination.describe('message');
}, 120_000);
afterAll(async () => {
  for (const stage of stages.values()) await stage.close();
  await stopWatching();
});

const acts = [
  'deliver',
  'deliver',
  'deliver',
  'read back',
  'look up',
  'pull',
  'describe',
  'check',
  'inspect',
  'people',
  'rest',
] as const;

interface Case {
  readonly act: (typeof acts)[number];
  readonly harm: ReturnType<typeof harmOf>;
}

const harmOf = (given: {
  edits: Harm['edits'];
  nth: number;
  status: number | undefined;
  header: Harm['header'];
  cut: number | undefined;
}) => given satisfies Harm;
const statuses = [200, 201, 204, 207, 301, 400, 401, 403, 404, 409, 429, 500, 503, 599];
const headers = [
  'retry-after',
  'content-type',
  'sforce-limit-info',
  'x-hubspot-ratelimit-daily',
  'location',
  'content-encoding',
];
const values = [
  '-1',
  '1e999',
  'NaN',
  'api-usage=1/0',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'text/html',
  '\u00ff',
  'http://127.0.0.1:9/x',
];
const rare = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const cases: fc.Arbitrary<Case> = fc.record({
  act: fc.constantFrom(...acts),
  harm: fc.record({
    edits: mutations(1, 3).map(({ edits }) => edits),
    nth: fc.nat(2),
    status: rare(fc.constantFrom(...statuses)),
    header: rare(fc.record({ name: fc.constantFrom(...headers), value: fc.constantFrom(...values) })),
    cut: rare(fc.nat(50)),
  }),
});

let nth = 0;

async function run(stage: Stage, { act, harm }: Case): Promise<void> {
  const { destination, proxy } = stage;
  proxy.harm(harm);
  try {
    if (act === 'deliver') await deliver(stage);
    else await read(stage, act);
  } catch (error) {
    // What the port says it throws: the call as a whole did not work.
    if (!(error instanceof CrmError)) throw error;
  } finally {
    proxy.harm(undefined);
  }
  // Whatever it was, the next call works.
  const fields = await destination.describe('message').catch((error: unknown) => {
    if (error instanceof CrmError) return [];
    throw error;
  });
  if (!Array.isArray(fields)) throw new Error('fields are no list');
}

async function deliver(stage: Stage): Promise<void> {
  const { destination, proxy, contact, fields } = stage;
  const items = Array.from({ length: 3 }, (): DeliveryItem => {
    const text = `message ${(nth += 1)}`;
    const key = hashKey(text);
    return {
      key,
      kind: 'message',
      occurredAt: '2026-11-20T10:00:00.000Z',
      contact,
      fields: fields(text),
      createOnly: {},
    };
  });
  const outcomes = await destination.deliver(items);
  const keys = outcomes.map(({ key }) => key).toSorted();
  if (
    keys.join() !==
    items
      .map(({ key }) => key)
      .toSorted()
      .join()
  )
    throw new Error('not one outcome per item');
  for (const outcome of outcomes) {
    if (outcome.kind === 'delivered' && !isNamed(outcome.key, outcome.recordId, items, proxy.answers)) {
      throw new Error(`${outcome.recordId} counts as delivered, and no answer names it`);
    }
  }
}

/** An answer has the record's id beside the key, or in the place of this item among exactly as many answers. */
function isNamed(
  key: string,
  id: string,
  items: readonly DeliveryItem[],
  answers: readonly Buffer[],
): boolean {
  const place = items.findIndex((item) => item.key === key);
  return answers.some((answer) => {
    let json: unknown;
    try {
      json = JSON.parse(answer.toString('utf8'));
    } catch {
      return false;
    }
    return objectsIn(json).some(({ object, at, of }) => {
      const own = object['id'] ?? object['Id'];
      if (typeof own !== 'string' && typeof own !== 'number') return false;
      if (String(own) !== id) return false;
      const hasKey = written(object).includes(key);
      // Of a batch that was parted there are fewer answers than items.
      return hasKey || (object['success'] === true && (of < items.length || at === place));
    });
  });
}

interface Found {
  readonly object: Record<string, unknown>;
  readonly at: number;
  readonly of: number;
}

/** Nothing for what is nested so deeply that no JSON writer takes it: nobody reads a name out of that. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

function objectsIn(json: unknown): Found[] {
  const found: Found[] = [];
  const queue: { value: unknown; at: number; of: number; depth: number }[] = [
    { value: json, at: 0, of: 1, depth: 0 },
  ];
  for (const { value, at, of, depth } of queue) {
    if (typeof value !== 'object' || value === null || depth > 8) continue;
    if (!Array.isArray(value)) found.push({ object: value as Found['object'], at, of });
    const inner: unknown[] = Object.values(value).slice(0, 1_000);
    inner.forEach((each, index) =>
      queue.push({ value: each, at: index, of: inner.length, depth: depth + 1 }),
    );
  }
  return found;
}

async function read({ destination, contact }: Stage, act: Case['act']): Promise<void> {
  const key = hashKey('message 1');
  const record = { key, kind: 'message' as const, recordId: '1', contact, fields: [] };
  if (act === 'read back') await destination.readBack([{ key, kind: 'message', contact }]);
  else if (act === 'look up') await lookUp(destination);
  else if (act === 'pull') await pull(destination);
  else if (act === 'describe')
    for (const kind of ['message', 'call', 'contact', 'lead'] as const) await destination.describe(kind);
  else if (act === 'check') await destination.check();
  else if (act === 'inspect') await inspect(destination, record);
  else if (act === 'people')
    await destination.createPeople(
      [{ key, name: 'Ana', phone: `+1415555${1_000 + (nth % 9_000)}` }],
      'contact',
    );
  else await rest(destination, contact);
}

async function lookUp(destination: Destination): Promise<void> {
  const contacts = await destination.lookup([{ address: phone, national: '4155550100' }]);
  for (const { id, type, phones } of contacts) {
    if (typeof id !== 'string' || id === '' || typeof type !== 'string' || !Array.isArray(phones))
      throw new Error('a contact is none');
  }
  await destination.searchPeople('Ana');
}

/** Pages that go round in a circle end for the reader: that the adapter does not see it is its own trouble. */
async function pull(destination: Destination): Promise<void> {
  let pages = 0;
  for await (const { contacts, cursor } of destination.pullContacts(undefined)) {
    if (typeof cursor !== 'string') throw new Error('the cursor is no text');
    for (const { id } of contacts) if (typeof id !== 'string') throw new Error('an id is no text');
    if ((pages += 1) > 200) throw new Error('it goes round in a circle');
  }
}

async function inspect(
  destination: Destination,
  record: Parameters<Destination['inspect']>[0][number],
): Promise<void> {
  const found = await destination.inspect([record]);
  if (found.length !== 1 || found[0]?.key !== record.key) throw new Error('not one answer for each');
  await destination.readRecords('message', ['1'], []);
}

async function rest(destination: Destination, contact: ContactRef): Promise<void> {
  await destination.users();
  await destination.relate([contact], { company: 'primary', deal: 'newest' });
  await destination.updateContacts([{ contact, fields: {} }]);
  const file = {
    name: 'a.txt',
    mimeType: 'text/plain',
    size: 1,
    sha256: 'a'.repeat(64),
    read: async () => Buffer.from('x'),
  };
  const outcomes = await destination.attach([
    { key: 'f'.repeat(64), kind: 'message', recordId: '1', contact, files: [file], attached: {} },
  ]);
  if (outcomes.length !== 1) throw new Error('not one outcome for each');
  await destination.setup();
}

for (const name of ['hubspot', 'salesforce'] as const) {
  test(
    `answers of ${name}: never a crash, and never delivered what no answer names`,
    () =>
      fuzz<Case>({
        name: `${name} answers`,
        cases,
        check: ([one]) => run(stages.get(name) as Stage, one as Case),
        tell: ({ act, harm: { edits, ...more } }) =>
          `${act}: ${tell({ base: 0, edits })} ${JSON.stringify(more)}`,
      }),
    timeFor(`${name} answers`),
  );
}
