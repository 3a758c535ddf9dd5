import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Connection } from 'jsforce';
import type { Outcome } from '../../src/core/outcome.ts';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { parseMapping } from '../../src/mapping/mapping.ts';
import { deliver, type DeliverDeps } from '../../src/pipeline/deliver.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { claimOf, eventOf, foldAll } from '../support/ledger-data.ts';
import { deliveryOf } from '../support/salesforce-delivery.ts';
import { makeTempFolder } from '../support/temp.ts';
import { keyField, keyOf, makeItem, startPair } from './salesforce-support.ts';

const atLeast = 20;
const never = new AbortController().signal;

describe('Bulk API 2.0', () => {
  let pair: Awaited<ReturnType<typeof startPair>>;
  let ana: string;

  beforeEach(async () => {
    pair = await startPair({}, { bulkAtLeast: atLeast, timeoutMs: 2_000 });
    ana = pair.sandbox.addContact({ LastName: 'Silva' });
  });
  afterEach(() => pair.close());

  const itemsOf = (count: number, more: Partial<DeliveryItem> = {}) =>
    Array.from({ length: count }, (_, index) => makeItem(`m${index}`, ana, more));
  const send = (items: readonly DeliveryItem[], signal = never): Promise<Outcome[]> => {
    if (pair.destination.bulk === undefined) throw new Error('there is no bulk way');
    return pair.destination.bulk.deliver(items, signal);
  };
  const kinds = (outcomes: readonly Outcome[]) => new Set(outcomes.map(({ kind }) => kind));
  const tasks = () => pair.sandbox.rows('Task');
  const bulkCalls = () => pair.counted.filter((one) => one.startsWith('bulk')).length;
  const upserts = () => pair.counted.filter((one) => one.startsWith('upsert')).length;

  it('writes many records by one job and says the id of each', async () => {
    const items = itemsOf(50);
    const outcomes = await send(items);
    const ids = new Map(tasks().map((row) => [row[keyField], row.Id]));
    expect(outcomes).toEqual(items.map(({ key }) => ({ kind: 'delivered', key, recordId: ids.get(key) })));
    expect([tasks().length, upserts()]).toEqual([50, 0]);
    expect(bulkCalls()).toBeLessThanOrEqual(12);
  });

  it('keeps texts as they are: lines, quotes, commas, spaces, emoji, formulas', async () => {
    const text = ' =cmd|"quoted", 👩‍👩‍👧\n\n  second; line\t#N/A in it ';
    const items = itemsOf(30, { fields: { Subject: '"', Description: text, Status: 'Completed' } });
    expect(kinds(await send(items))).toEqual(new Set(['delivered']));
    expect(new Set(tasks().map((row) => row['Description']))).toEqual(new Set([text]));
  });

  it('sends what a CSV cannot say the ordinary way', async () => {
    const odd = makeItem('odd', ana, { fields: { Subject: '#N/A', Status: 'Completed' } });
    expect(kinds(await send([...itemsOf(30), odd]))).toEqual(new Set(['delivered']));
    expect(tasks().find((row) => row[keyField] === odd.key)).toMatchObject({ Subject: '#N/A' });
    expect(upserts()).toBe(1);
  });

  it('takes refused rows by the error table, and no other row with them', async () => {
    const items = itemsOf(30);
    const gone = pair.sandbox.addContact({ LastName: 'Gone' });
    pair.sandbox.remove(gone);
    const bad = makeItem('bad', ana, { fields: { Subject: 'x'.repeat(300), Status: 'Completed' } });
    const orphan = makeItem('orphan', gone);
    const outcomes = await send([...items, bad, orphan]);
    expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(30);
    expect(outcomes.filter(({ kind }) => kind !== 'delivered')).toMatchObject([
      { kind: 'permanent', key: bad.key, code: 'too-long' },
      { kind: 'retryable', key: orphan.key, code: 'contact-gone' },
    ]);
  });

  it('changes records that are there, in a job of their own, and a resend changes nothing', async () => {
    const items = itemsOf(30);
    const first = await send(items);
    const again = await send(items);
    expect(again.map((one) => one.kind === 'delivered' && one.adopted)).toEqual(items.map(() => true));
    const changed = first.map((one, at) => ({
      ...(items[at] as DeliveryItem),
      fields: { ...(items[at] as DeliveryItem).fields, Description: 'edited' },
      ...(one.kind === 'delivered' && { recordId: one.recordId }),
    }));
    expect(kinds(await send(changed))).toEqual(new Set(['delivered']));
    expect(tasks().map((row) => row['Description'])).toEqual(items.map(() => 'edited'));
    expect(tasks()).toHaveLength(30);
  });

  it('goes the ordinary way where the org has no Bulk API', async () => {
    pair.sandbox.bulk.allowed = false;
    expect(kinds(await send(itemsOf(30)))).toEqual(new Set(['delivered']));
    expect([tasks().length, upserts()]).toEqual([30, 1]);
  });

  it.each(['bulk-create', 'bulk-upload'] as const)(
    'has written nothing when the answer of %s is lost, and says so',
    async (operation) => {
      pair.sandbox.faults.add({ kind: 'lost-answer' }, { operation });
      const outcomes = await send(itemsOf(30));
      expect(outcomes).toMatchObject(itemsOf(30).map(() => ({ kind: 'throttled', code: 'unavailable' })));
      expect(tasks()).toHaveLength(0);
    },
  );

  it.each(['bulk-close', 'bulk-info', 'bulk-delete'] as const)(
    'loses nothing when the answer of %s is lost',
    async (operation) => {
      pair.sandbox.faults.add({ kind: 'lost-answer' }, { operation });
      expect(kinds(await send(itemsOf(30)))).toEqual(new Set(['delivered']));
      expect(tasks()).toHaveLength(30);
    },
  );

  it('goes the ordinary way when the job never started', async () => {
    pair.sandbox.faults.add({ kind: 'dropped' }, { operation: 'bulk-close' });
    expect(kinds(await send(itemsOf(30)))).toEqual(new Set(['delivered']));
    expect([tasks().length, upserts()]).toEqual([30, 1]);
  });

  it.each(['lost-answer', 'html'] as const)(
    'takes nobody for written whose results did not come (%s)',
    async (kind) => {
      pair.sandbox.faults.add({ kind }, { operation: 'bulk-results' });
      const outcomes = await send(itemsOf(30));
      expect(kinds(outcomes)).toEqual(new Set(['unknown']));
      const found = await pair.destination.readBack(itemsOf(30).map(({ key }) => ({ key, kind: 'message' })));
      expect(found.size).toBe(30);
    },
  );

  it('sends what a failed job did not process the ordinary way', async () => {
    pair.sandbox.bulk.failAfter = 12;
    expect(kinds(await send(itemsOf(30)))).toEqual(new Set(['delivered']));
    expect(tasks()).toHaveLength(30);
  });

  it('stops at a field that is not there, as the ordinary way does', async () => {
    const fields = { Subject: 'x', Nonsense__c: 'y' };
    const outcomes = await send(itemsOf(30, { fields }));
    expect(outcomes).toMatchObject(itemsOf(30).map(() => ({ kind: 'throttled', code: 'field-unknown' })));
  });

  it('ends soon after the signal, and then knows of nobody', async () => {
    pair.sandbox.bulk.stepMs = 60_000;
    const stop = new AbortController();
    const running = send(itemsOf(30), stop.signal);
    stop.abort();
    expect(kinds(await running)).toEqual(new Set(['unknown']));
  });

  it('has a token renewed in the middle', async () => {
    pair.sandbox.faults.add({ kind: 'expired' }, { operation: 'bulk-info' });
    expect(kinds(await send(itemsOf(30)))).toEqual(new Set(['delivered']));
  });

  it("is driven by jsforce's own bulk client in the sandbox too", async () => {
    const connection = new Connection({ instanceUrl: pair.sandbox.url, version: '67.0' });
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'client',
      client_secret: 'secret',
    });
    const token = await fetch(`${pair.sandbox.url}/services/oauth2/token`, { method: 'POST', body });
    connection.accessToken = ((await token.json()) as { access_token: string }).access_token;
    const results = await connection.bulk2.loadAndWaitForResults({
      object: 'Task',
      operation: 'upsert',
      externalIdFieldName: keyField,
      input: [
        { [keyField]: keyOf('one'), Subject: 'one', WhoId: ana },
        { [keyField]: keyOf('two'), Subject: 'x'.repeat(300), WhoId: ana },
      ],
      pollInterval: 10,
    });
    expect(results.successfulResults).toMatchObject([{ Subject: 'one', sf__Created: 'true' }]);
    expect(results.failedResults[0]?.sf__Error).toMatch(/^STRING_TOO_LONG:/);
  });
});

describe('a backlog of many', () => {
  const folder = makeTempFolder('bulk');
  const count = 2_300;
  let store: OpenLedger;

  beforeAll(async () => {
    store = await openEmptyLedger(folder.path);
  }, 60_000);
  afterAll(async () => {
    await store.ledger.close();
    folder.remove();
  });

  const fill = async (contact: string) => {
    await emptyLedger(store.sql);
    const events = Array.from({ length: count }, (_, index) => eventOf(`m${index}`));
    await store.ledger.append(events, []);
    await foldAll(store.ledger);
    for (;;) {
      const subjects = await store.ledger.matchSubjects(500);
      if (subjects.length === 0) return;
      await store.ledger.settleMatches(
        subjects.map(({ key }) => ({
          destination: 'sales',
          key,
          to: 'ready',
          contact: { type: 'Contact', id: contact },
          reason: 'test',
        })),
      );
    }
  };
  const part =
    "{ fields: { Subject: { template: '{{ title }}' }, Description: { path: text }, Status: { value: Completed } } }";
  const depsFor = (destination: DeliverDeps['destination']): DeliverDeps =>
    deliveryOf({
      destination,
      ledger: store.ledger,
      currentMapping: async () => parseMapping(`version: 1\nmessage: ${part}\ncall: ${part}`),
      knownFields: async () => undefined,
    });

  it('is logged once each by few calls, the rest of it the ordinary way', async () => {
    const pair = await startPair({}, { bulkAtLeast: 1_000 });
    try {
      await fill(pair.sandbox.addContact({ LastName: 'Silva' }));
      await deliver(depsFor(pair.destination), never);
      expect(new Set(pair.sandbox.rows('Task').map((row) => row[keyField])).size).toBe(count);
      expect(pair.sandbox.rows('Task')).toHaveLength(count);
      const report = await store.ledger.report({});
      expect(report.map(({ logged }) => logged)).toEqual([count]);
      // Two jobs and two calls for the last 300; one by one it would be 2,300.
      expect(pair.sandbox.calls.total).toBeLessThan(30);
    } finally {
      await pair.close();
    }
  }, 60_000);

  it('is read back, and ends as one record each, when its worker died in the middle of a job', async () => {
    const pair = await startPair({}, { bulkAtLeast: 1_000 });
    try {
      await fill(pair.sandbox.addContact({ LastName: 'Silva' }));
      const { items } = await store.ledger.claim({ ...claimOf(1_000, 'dead', 1), windowMs: Infinity });
      expect(items).toHaveLength(1_000);
      await pair.destination.bulk?.deliver(
        items.slice(0, 600).map(({ key, contact }) => ({ ...makeItem('x', contact.id), key })),
        never,
      );
      await store.ledger.releaseLeases('one');
      await deliver(depsFor(pair.destination), never);
      expect(pair.sandbox.rows('Task')).toHaveLength(count);
      expect((await store.ledger.report({})).map(({ logged }) => logged)).toEqual([count]);
    } finally {
      await pair.close();
    }
  }, 60_000);
});
