import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, envelope, personNumber, textWebhook } from '../support/traffic.ts';
import {
  destinationStates,
  postWebhook,
  startWorker,
  until,
  untilTotals,
  type WorkerProcess,
} from '../support/worker.ts';

const at = Math.floor(Date.parse('2026-09-18T10:00:00Z') / 1_000);

let folder: TempFolder;
let crms: Crms;
let worker: WorkerProcess;

beforeEach(async () => {
  folder = makeTempFolder('route-policies');
  crms = await startCrms(1);
});

afterEach(async () => {
  await worker.stop();
  await crms.close();
  folder.remove();
}, 60_000);

const start = async (policies: string, env: Record<string, string> = {}, more = '') => {
  const settings = settingsFor(crms, more).replace('policies:\n', `policies:\n  ${policies}\n`);
  worker = await startWorker({ folder: folder.path, settings, env });
};
const send = async (body: object) =>
  expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);

/** The report tells the worse of the two destinations: it does not say whether both are that far. */
async function untilBothParked(): Promise<{ destination: string; reason: string }[]> {
  for (;;) {
    const answer = await fetch(`${worker.url}/api/parked`);
    const { items } = (await answer.json()) as { items: { destination: string; reason: string }[] };
    if (items.length === 2) return items;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('somebody whom nobody knows', () => {
  test('is left out of both CRMs where the policy says ignore, and counted', async () => {
    await start('unmatched: ignore');
    await send(textWebhook('wamid.1', '+14155559999', 'hello', at));
    const totals = await untilTotals(worker.url, ({ ignored }) => ignored === 1);
    expect(totals).toMatchObject({ received: 1, parked: 0, logged: 0 });
    expect(crms.salesforce.rows('Task')).toEqual([]);
    expect(crms.hubspot.records('communications')).toEqual([]);
  }, 60_000);
});

describe('of several people with one number', () => {
  const phone = '+14155550177';

  for (const policy of ['newest', 'oldest'] as const) {
    test(`the ${policy} is taken, in both CRMs`, async () => {
      const first = {
        salesforce: crms.salesforce.addContact({ LastName: 'First', Phone: phone }),
        hubspot: crms.hubspot.addContact({ lastname: 'First', phone }),
      };
      // What counts is the last change, and the clocks of the CRMs tell milliseconds.
      await new Promise((resolve) => setTimeout(resolve, 5));
      const second = {
        salesforce: crms.salesforce.addContact({ LastName: 'Second', Phone: phone }),
        hubspot: crms.hubspot.addContact({ lastname: 'Second', phone }),
      };
      await start(`multiple: ${policy}`);
      await send(textWebhook('wamid.1', phone, 'for whom', at));
      await untilTotals(worker.url, ({ logged }) => logged === 1);
      const expected = policy === 'newest' ? second : first;
      expect(crms.salesforce.rows('Task').map((row) => row.WhoId)).toEqual([expected.salesforce]);
      const [communication] = crms.hubspot.records('communications');
      expect(crms.hubspot.contactsOf('communications', communication?.id ?? '')).toEqual([expected.hubspot]);
    }, 60_000);
  }

  test('nobody is taken where the policy says park, and the reason is told', async () => {
    for (const name of ['First', 'Second']) {
      crms.salesforce.addContact({ LastName: name, Phone: phone });
      crms.hubspot.addContact({ lastname: name, phone });
    }
    await start('multiple: park');
    await send(textWebhook('wamid.1', phone, 'for whom', at));
    expect(
      (await untilBothParked()).map(({ destination, reason }) => `${destination} ${reason}`).toSorted(),
    ).toEqual(['marketing many-contacts', 'sales many-contacts']);
  }, 60_000);
});

describe('delivery states of what the firm wrote', () => {
  const person = personNumber(0).slice(1);
  const echo = envelope('smb_message_echoes', {
    contacts: [{ profile: { name: 'Person 1000' }, wa_id: person }],
    message_echoes: [
      {
        from: businessNumber.slice(1),
        to: person,
        id: 'wamid.out',
        timestamp: String(at),
        type: 'text',
        text: { body: 'our offer' },
      },
    ],
  });
  const status = (state: string, seconds: number, more: object = {}) =>
    envelope('messages', {
      statuses: [
        { id: 'wamid.out', status: state, timestamp: String(at + seconds), recipient_id: person, ...more },
      ],
    });
  const failure = {
    errors: [{ code: 131026, title: 'Message undeliverable', message: 'Message undeliverable' }],
  };
  const records = () => ({
    salesforce: crms.salesforce.rows('Task').map((row) => String(row['Description'])),
    hubspot: crms.hubspot
      .records('communications')
      .map(({ values }) => values['hs_communication_body'] ?? ''),
  });
  const settled = () => untilTotals(worker.url, ({ logged, pending }) => logged === 1 && pending === 0);
  const updates = () => ({
    salesforce: crms.salesforce.calls.byOperation,
    hubspot: crms.hubspot.calls.byOperation['communications.batch.update'] ?? 0,
  });

  test('none: change nothing, not even a failure', async () => {
    await start('statuses: none');
    await send(echo);
    await settled();
    await send(status('delivered', 1));
    await send(status('failed', 2, failure));
    await settled();
    // Nothing was even made ready: the change is no change of what people see.
    expect(updates().hubspot).toBe(0);
    for (const list of Object.values(records())) {
      expect(list).toHaveLength(1);
      expect(list[0]).not.toContain('Not delivered');
    }
  }, 60_000);

  test('failed: a failure is told in the record, everything else changes nothing', async () => {
    await start('statuses: failed');
    await send(echo);
    await settled();
    await send(status('delivered', 1));
    await settled();
    expect(updates().hubspot).toBe(0);
    await send(status('failed', 2, failure));
    await untilTotals(
      worker.url,
      ({ pending }) =>
        pending === 0 &&
        [...records().salesforce, ...records().hubspot].every((text) => text.includes('Not delivered')),
    );
    expect(records().salesforce).toHaveLength(1);
  }, 60_000);

  test('final: each state counts, and a mapping can show it', async () => {
    const path = join(folder.path, 'sales.yaml');
    const shipped = readFileSync('config/mappings/salesforce.yaml', 'utf8');
    writeFileSync(path, shipped.replaceAll("'{{ title }}'", "'{{ title }} {{ status }}'"));
    const settings = `${settingsFor(crms)}  statuses: final\nmappings: { sales: ${path} }\n`;
    worker = await startWorker({ folder: folder.path, settings });
    await send(echo);
    await settled();
    await send(status('delivered', 1));
    await send(status('read', 2));
    await until(async () => String(crms.salesforce.rows('Task')[0]?.['Subject']).endsWith(' read'));
    await settled();
    expect([records().salesforce.length, records().hubspot.length]).toEqual([1, 1]);
  }, 60_000);
});

describeWith('postgres', 'what is parked for longer than the policy allows', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = await startPostgres();
  }, 60_000);
  afterAll(() => postgres.stop());

  test.each([
    ['ignore', 'ignored'],
    ['fail', 'failed'],
  ] as const)(
    'is given up in both CRMs: %s',
    async (end, column) => {
      const database = await postgres.createDatabase();
      await start(
        `parkedDays: 7\n  parkedEnd: ${end}`,
        { DATABASE_URL: database },
        'directoryEveryWhileParked: 1s',
      );
      await send(textWebhook('wamid.1', '+14155559999', 'hello', at));
      await untilBothParked();
      const client = new pg.Client({ connectionString: database });
      await client.connect();
      try {
        await client.query(`update wcs.activities set parked_since = parked_since - interval '8 days'`);
      } finally {
        await client.end();
      }
      const totals = await untilTotals(worker.url, (all) => all[column] === 1);
      expect(totals).toMatchObject({ received: 1, parked: 0, logged: 0 });
    },
    60_000,
  );
});

describe('a route that asks for days', () => {
  test('stops the destination and loses nothing while the mapping in use has no part for them', async () => {
    await start('multiple: park');
    const url = `${worker.url}/api/mappings/sales`;
    const { mapping } = (await (await fetch(url)).json()) as { mapping: Record<string, unknown> };
    const { conversation: _conversation, ...without } = mapping;
    const put = (body: object) =>
      fetch(`${worker.url}/api/mappings/sales`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mapping: body, why: 'a try' }),
      });
    expect((await put(without)).status).toBe(200);
    await worker.stop();
    await start('granularity: day');
    await send(textWebhook('wamid.1', personNumber(0), 'hello', at));
    await until(async () => (await destinationStates(worker.url))['sales'] === 'stopped mapping-incomplete');
    expect(crms.salesforce.rows('Task')).toEqual([]);
    expect((await put(without)).status).toBe(422);
    expect((await put(mapping)).status).toBe(200);
    // A start is a new try.
    await worker.stop();
    await start('granularity: day');
    await untilTotals(worker.url, ({ logged }) => logged === 1);
    expect(crms.salesforce.rows('Task')).toHaveLength(1);
  }, 90_000);
});
