import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { hashKey } from '../../src/core/key.ts';
import type { RecordSought } from '../../src/destinations/destination.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { reconcile, reconcileStep } from '../../src/pipeline/reconcile.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { activityOf, keyOf } from '../support/ledger-data.ts';
import {
  hubSpotByHand,
  reconcileBench,
  rules,
  salesforceByHand,
  type BenchOptions,
  type CrmByHand,
} from '../support/reconcile.ts';
import { makeTempFolder } from '../support/temp.ts';

const folder = makeTempFolder('reconcile');
let store: OpenLedger;
jest.setTimeout(60_000);

beforeAll(async () => {
  store = await openEmptyLedger(folder.path);
}, 60_000);
beforeEach(() => emptyLedger(store.sql));
afterAll(async () => {
  await store.ledger.close();
  folder.remove();
});

const dueNow = { due: rules.schedule };

const crms = [
  ['Salesforce', salesforceByHand],
  ['HubSpot', hubSpotByHand],
] as const;

describe.each(crms)('what was logged in %s', (name, start) => {
  let crm: CrmByHand;
  let bench: ReturnType<typeof reconcileBench>;

  beforeEach(async () => {
    crm = await start();
    bench = reconcileBench(store, crm);
  });
  afterEach(() => crm.close());

  /** Everything that is due. */
  const check = (options: BenchOptions = {}) => reconcileStep(bench.checks(options), {});
  const only = (key: string) => {
    const [id = '', ...others] = crm.ids(key);
    expect(others).toEqual([]);
    expect(id).not.toBe('');
    return id;
  };

  it('and was deleted by hand is logged again once, also when two look at once', async () => {
    const ana = crm.addContact('Ana');
    const key = await bench.say('a', ana);
    await bench.say('b', ana);
    const before = only(key);
    crm.remove(before);
    await bench.daysPass();
    const steps = await Promise.all([check({ owner: 'one' }), check({ owner: 'two' })]);
    expect(steps.map(({ loggedAgain }) => loggedAgain).sort()).toEqual([0, 1]);
    expect(steps.reduce((sum, { checked }) => sum + checked, 0)).toBe(2);
    await Promise.all([bench.send(), bench.send()]);
    expect(only(key)).not.toBe(before);
    expect((await activityOf(store.ledger, 'a'))?.state).toBe('delivered');
    await bench.daysPass();
    expect(await check()).toMatchObject({ checked: 1, missing: 0 });
    expect((await store.ledger.drift({ limit: 5, resolved: true })).items).toMatchObject([
      { kind: 'missing', resolution: 'logged-again', detail: { deleted: 'bin' } },
    ]);
  });

  it('is only reported where the policy says so', async () => {
    const key = await bench.say('a', crm.addContact('Ana'));
    crm.remove(only(key));
    await bench.daysPass();
    expect(await check({ rules: { missing: 'report' } })).toMatchObject({ missing: 1, loggedAgain: 0 });
    expect(await bench.open()).toMatchObject([{ kind: 'missing', key }]);
    await bench.send();
    expect(crm.ids(key)).toEqual([]);
  });

  it('is not logged again by itself when most of it is gone at once', async () => {
    const ana = crm.addContact('Ana');
    const names = Array.from({ length: 21 }, (_, at) => `m${at}`);
    await bench.sayAll(names, ana);
    for (const one of names) crm.remove(only(keyOf(one)));
    await bench.daysPass();
    expect(await check()).toMatchObject({ missing: 21, loggedAgain: 0 });
    expect(await bench.open()).toHaveLength(21);
  });

  it('and was changed by hand is reported with the names of the fields, until it is ours again', async () => {
    const key = await bench.say('a', crm.addContact('Ana'), 'hello & <good> "morning"\nAna');
    const id = only(key);
    await bench.daysPass();
    expect(await check()).toMatchObject({ checked: 1, changed: 0 });
    const ours = crm.text(id);
    crm.write(id, 'never said that');
    await bench.daysPass(30);
    expect(await check()).toMatchObject({ changed: 1 });
    expect(await bench.open()).toEqual([{ kind: 'changed', key, fields: [crm.field], detail: {} }]);
    expect(JSON.stringify(await store.sql.query('select * from wcs.drift'))).not.toContain('never said');
    expect(await store.ledger.restoreDrift('sales', key, 'ana')).toBe(true);
    await bench.send();
    expect(crm.text(only(key))).toBe(ours);
    await bench.daysPass();
    expect(await check()).toMatchObject({ checked: 1, changed: 0 });
    expect(await bench.open()).toEqual([]);
  });

  it('is shown beside what a person wrote, to be kept or written again, and the look is kept', async () => {
    const key = await bench.say('a', crm.addContact('Ana'));
    const id = only(key);
    crm.write(id, 'never said that');
    await bench.daysPass();
    await check();
    const drift = bench.operations();
    const view = await drift.show('sales', key, 'ana');
    expect(view).toMatchObject({
      now: ['changed'],
      differences: [{ field: crm.field, now: 'never said that', isAsWritten: true }],
    });
    expect(view?.differences[0]?.ours).toContain('Direction: incoming'.split(' ')[1]);
    expect((await store.ledger.audit({ limit: 1 })).items).toMatchObject([
      { actor: 'ana', action: 'drift.view', subject: 'sales', detail: { key } },
    ]);
    expect((await drift.list({ limit: 5 })).items[0]?.fields).toEqual([crm.field]);
    expect(await drift.accept('sales', key, 'ana')).toBe(true);
    await bench.daysPass(30);
    expect(await check()).toMatchObject({ checked: 1, changed: 0 });
    crm.write(id, 'and once more');
    await bench.daysPass(30);
    expect(await check()).toMatchObject({ changed: 1 });
    await expect(bench.operations({ changes: 'insert-only' }).restore('sales', key, 'ana')).rejects.toThrow(
      /insert-only/,
    );
    expect(await drift.restore('sales', key, 'ana')).toBe(true);
    await bench.send();
    expect(crm.text(only(key))).toContain('incoming');
    expect(await drift.restore('sales', key, 'ana')).toBe(false);
  });

  it('is no drift because of another mapping alone', async () => {
    const ana = crm.addContact('Ana');
    await bench.say('a', ana);
    bench.useMapping((text) => text.replaceAll('Direction:', 'Way:').replaceAll('incoming', 'came in'));
    await bench.daysPass();
    expect(await check()).toMatchObject({ checked: 1, changed: 0 });
  });

  it('is not looked for in fields that others may change, or not at all', async () => {
    const key = await bench.say('a', crm.addContact('Ana'));
    crm.write(only(key), 'other');
    await bench.daysPass();
    expect(await check({ rules: { ignored: new Set([crm.field]) } })).toMatchObject({ changed: 0 });
    await bench.daysPass(30);
    expect(await check({ rules: { changed: 'ignore' } })).toMatchObject({ checked: 1, changed: 0 });
  });

  it('stays as it is when the CRM does not answer', async () => {
    const key = await bench.say('a', crm.addContact('Ana'));
    crm.remove(only(key));
    await bench.daysPass();
    crm.down(true);
    await expect(check()).rejects.toMatchObject({ code: 'unavailable' });
    await reconcile(bench.checks(), new AbortController().signal);
    expect(bench.news.at(-1)).toMatchObject({ state: 'waiting', code: 'unavailable' });
    expect((await activityOf(store.ledger, 'a'))?.state).toBe('delivered');
    expect(await bench.open()).toEqual([]);
    crm.down(false);
    expect(await check()).toMatchObject({ missing: 1, loggedAgain: 1 });
  });

  it('follows its contact when that is merged, and is told when a person puts it elsewhere', async () => {
    const [ana, also, ben] = [crm.addContact('Ana'), crm.addContact('Ana too'), crm.addContact('Ben')];
    const [kept, moved] = [await bench.say('a', also), await bench.say('b', also)];
    crm.merge(also, ana);
    await bench.daysPass();
    expect(await check()).toMatchObject({ checked: 2, moved: 0 });
    expect((await store.ledger.recordCheck('sales', kept))?.contact).toEqual(ana);
    crm.move(only(moved), ana, ben);
    await bench.daysPass(30);
    expect(await check()).toMatchObject({ checked: 2, moved: 1 });
    expect(await bench.open()).toEqual([{ kind: 'moved', key: moved, fields: [], detail: { contact: ben } }]);
  });

  it('takes no calls while something waits to be delivered, and only its small share else', async () => {
    const ana = crm.addContact('Ana');
    await bench.say('a', ana);
    await bench.say('b', ana, 'b');
    await bench.daysPass();
    const callsOf = async (quota: BenchOptions['quota']) => {
      const before = crm.calls();
      await reconcile(bench.checks({ ...(quota && { quota }) }), new AbortController().signal);
      return crm.calls() - before;
    };
    const plenty = { ours: 0, allowed: 100 };
    await store.ledger.rewrite('sales', {}, 'ana');
    expect(await callsOf(plenty)).toBe(0);
    await bench.send();
    await bench.daysPass();
    expect(await callsOf({ ours: 100, allowed: 100 })).toBe(0);
    await store.ledger.spendChecks('sales', 1);
    expect(await callsOf(plenty)).toBe(0);
    // 5 % of 100 calls are five a day: an hour has one.
    await store.sql.exec(`update wcs.check_pace set at = at - interval '1 day', not_before = now()`);
    expect(await callsOf(plenty)).toBeGreaterThan(0);
    expect(await store.ledger.checkPace('sales', 5, 1)).toBeLessThan(1);
    expect((await store.ledger.claimChecks('sales', dueNow, 9, 'x', 1)).tasks).toEqual([]);
  });

  it('is found with its further records where nothing is ever written again', async () => {
    const ana = crm.addContact('Ana');
    const key = await bench.say('a', ana, 'first', { changes: 'insert-only' });
    await bench.say('a', ana, 'second', { changes: 'insert-only', step: 'edit' });
    const { items } = await store.ledger
      .claimChecks('sales', {}, 9, 'x', 0)
      .then(({ tasks }) => ({ items: tasks }));
    const further = items.find(({ part }) => part === 'further');
    expect(items.map(({ part }) => part).sort()).toEqual(['further', 'own']);
    crm.remove(only(further!.key));
    await bench.daysPass();
    expect(await check({ changes: 'insert-only' })).toMatchObject({ checked: 2, loggedAgain: 1 });
    await bench.send({ changes: 'insert-only' });
    expect([crm.ids(key).length, crm.ids(further!.key).length]).toEqual([1, 1]);
  });

  it('together in one record is one check, and is logged again together', async () => {
    const ana = crm.addContact('Ana');
    await bench.say('a', ana, 'first', { by: 'day' });
    await bench.say('b', ana, 'second', { by: 'day' });
    const [task, ...more] = (await store.ledger.claimChecks('sales', {}, 9, 'x', 0)).tasks;
    expect(more).toEqual([]);
    const id = only(task!.key);
    crm.write(id, 'other');
    await bench.daysPass();
    expect(await check()).toMatchObject({ checked: 1, changed: 1 });
    await store.ledger.restoreDrift('sales', task!.key, 'ana');
    await bench.send({ by: 'day' });
    expect(crm.text(only(task!.key))).toMatch(/first[^]*second/);
    crm.remove(only(task!.key));
    await bench.daysPass();
    expect(await check()).toMatchObject({ loggedAgain: 1 });
    await bench.send({ by: 'day' });
    expect(crm.text(only(task!.key))).toMatch(/first[^]*second/);
  });

  it('is compared in few calls', async () => {
    // A login, and of HubSpot the contacts of 1,000 records at once.
    const most = name === 'Salesforce' ? 10_000 / 200 + 1 : 10_000 / 100 + 10;
    expect(await callsFor(10_000, crm)).toBeLessThanOrEqual(most);
  });
});

/** Calls that it takes to look at so many records. */
async function callsFor(count: number, crm: CrmByHand): Promise<number> {
  const ana = crm.addContact('Ana');
  const sought = Array.from({ length: count }, (_, at): RecordSought => ({
    key: hashKey(String(at)),
    kind: 'message',
    recordId: addRecord(crm, hashKey(String(at)), ana.id),
    contact: ana,
    fields: [crm.field],
  }));
  await crm.destination.describe('message');
  const before = crm.calls();
  const { inspectSize } = crm.destination;
  for (let from = 0; from < count; from += inspectSize) {
    const found = await crm.destination.inspect(sought.slice(from, from + inspectSize));
    expect(found.filter(({ state }) => state !== 'there')).toEqual([]);
  }
  return crm.calls() - before;
}

function addRecord(crm: CrmByHand, key: string, contactId: string): string {
  const { sandbox } = crm as Awaited<ReturnType<typeof salesforceByHand | typeof hubSpotByHand>>;
  if ('runAs' in sandbox) {
    return sandbox.add('Task', {
      WhatsApp_Key__c: key,
      WhoId: contactId,
      Description: 'text',
      Status: 'Completed',
    });
  }
  const type = sandbox.schema.type('communications');
  const record = sandbox.store.create(type, {
    hs_timestamp: '2026-03-01T10:00:00.000Z',
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    hs_communication_body: 'text',
    whatsapp_key: key,
  });
  sandbox.store.associations.link(record, { type: sandbox.schema.type('contacts'), id: contactId });
  return record.id;
}

describe('what only one CRM knows', () => {
  it('Salesforce: a lead that was converted takes its records along', async () => {
    const crm = await salesforceByHand();
    const bench = reconcileBench(store, crm);
    const lead = crm.sandbox.addLead({ LastName: 'Lee' });
    const key = await bench.say('a', { type: 'Lead', id: lead });
    const contact = crm.sandbox.convertLead(lead);
    crm.sandbox.change(crm.ids(key)[0]!, { WhoId: contact });
    await bench.daysPass();
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ checked: 1, moved: 0 });
    expect((await store.ledger.recordCheck('sales', key))?.contact).toEqual({ type: 'Contact', id: contact });
    await crm.close();
  });

  it('Salesforce: an archived task is there', async () => {
    const crm = await salesforceByHand();
    const bench = reconcileBench(store, crm);
    const key = await bench.say('a', crm.addContact('Ana'));
    crm.sandbox.change(crm.ids(key)[0]!, { IsArchived: true });
    await bench.daysPass();
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ checked: 1, missing: 0 });
    await crm.close();
  });

  it('Salesforce: a field that is gone is not compared any more', async () => {
    const crm = await salesforceByHand();
    const bench = reconcileBench(store, crm);
    await bench.say('a', crm.addContact('Ana'));
    crm.sandbox.hideField('Task', 'Description');
    await bench.daysPass();
    await expect(reconcileStep(bench.checks(), {})).rejects.toMatchObject({ code: 'field-unknown' });
    expect(bench.news.filter(({ state }) => state !== 'running')).toEqual([]);
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ checked: 1, changed: 0 });
    await crm.close();
  });

  it('HubSpot with plain keys: what was deleted is logged again once, and keys are searched for, 40 at a time', async () => {
    const crm = await hubSpotByHand({ uniqueRefusedOn: ['communications', 'calls'] });
    const bench = reconcileBench(store, crm);
    const key = await bench.say('a', crm.addContact('Ana'));
    crm.remove(crm.ids(key)[0]!);
    await bench.daysPass();
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ missing: 1, loggedAgain: 1 });
    await bench.send();
    expect(crm.ids(key)).toHaveLength(1);
    expect(await callsFor(1_000, crm)).toBe(1_000 / 100 + 1 + 1_000 / 40);
    await crm.close();
  });

  it('HubSpot with plain keys: a second record of one key is told, until a person accepts it or takes it away', async () => {
    const crm = await hubSpotByHand({ uniqueRefusedOn: ['communications', 'calls'] });
    const bench = reconcileBench(store, crm);
    const ana = crm.addContact('Ana');
    const key = await bench.say('a', ana);
    const [first = ''] = crm.ids(key);
    const second = addRecord(crm, key, ana.id);
    await bench.daysPass();
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ double: 1 });
    expect(await bench.open()).toEqual([{ kind: 'double', key, fields: [], detail: { others: [second] } }]);
    await store.ledger.acceptDrift('sales', key, { recordId: first, doubles: 1 }, 'ana');
    await bench.daysPass(30);
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ checked: 1, double: 0 });
    crm.remove(first);
    await bench.daysPass(30);
    expect(await reconcileStep(bench.checks(), {})).toMatchObject({ missing: 0 });
    expect((await activityOf(store.ledger, 'a'))?.recordId).toBe(second);
    await crm.close();
  });
});
