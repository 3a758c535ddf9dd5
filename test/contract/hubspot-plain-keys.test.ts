import { afterEach, describe, expect, it } from '@jest/globals';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import { hubSpotStage, keyField, type HubSpotStage } from '../support/hubspot.ts';

let stage: HubSpotStage;
afterEach(() => stage.close());

/** An account that refuses unique properties on activities, after setup. */
const start = async (): Promise<HubSpotStage> => {
  stage = await hubSpotStage({}, {}, { warm: false });
  const { schema } = stage.sandbox;
  for (const word of ['communications', 'calls']) schema.removeProperty(schema.type(word), keyField);
  schema.uniqueOnActivities = false;
  await stage.hubspot.setup();
  stage.counted.length = 0;
  return stage;
};

const batch = (count: number, over: Partial<DeliveryItem> = {}): DeliveryItem[] =>
  Array.from({ length: count }, (_, index) => stage.item(`message ${index}`, over));
const keys = (object = 'communications'): string[] =>
  stage.sandbox.records(object).map((each) => each.values[keyField] ?? '');
const bodies = () =>
  stage.sandbox.records('communications').map((each) => each.values['hs_communication_body']);

describe('an account without unique keys', () => {
  it('is read before it is written: what is on the contact is adopted, the rest is made', async () => {
    await start();
    const first = await stage.hubspot.deliver(batch(3));
    expect(first.every((each) => each.kind === 'delivered')).toBe(true);
    stage.counted.length = 0;
    const again = await stage.hubspot.deliver(batch(5));
    expect(again.slice(0, 3)).toEqual(first.map((each) => ({ ...each, adopted: true })));
    expect(again.slice(3).map((each) => each.kind)).toEqual(['delivered', 'delivered']);
    expect(new Set(keys()).size).toBe(5);
    expect(keys()).toHaveLength(5);
    expect(stage.counted[0]).toBe('associations.batch.read 200');
    expect(stage.counted.at(-1)).toBe('communications.batch.create 201');
  });

  it('brings what it finds up to date', async () => {
    await start();
    const item = stage.item('first');
    await stage.hubspot.deliver([item]);
    const fields = { ...item.fields, hs_communication_body: 'edited' };
    expect(await stage.hubspot.deliver([{ ...item, fields }])).toMatchObject([
      { kind: 'delivered', adopted: true },
    ]);
    expect(bodies()).toEqual(['edited']);
  });

  it('doubles nothing when an answer was lost and the same is sent again', async () => {
    await start();
    stage.sandbox.faults.loseAnswer();
    const lost = await stage.hubspot.deliver(batch(4));
    expect(new Set(lost.map((each) => each.kind))).toEqual(new Set(['unknown']));
    const again = await stage.hubspot.deliver(batch(4));
    expect(again.every((each) => each.kind === 'delivered' && each.adopted === true)).toBe(true);
    expect(keys()).toHaveLength(4);
  });

  it('is asked for lost records on their contact, and says so when the contact is not told', async () => {
    await start();
    stage.sandbox.faults.loseAnswer();
    const items = batch(2);
    await stage.hubspot.deliver(items);
    const missing = stage.item('never sent');
    const found = await stage.hubspot.readBack([...items, missing]);
    expect([...found.keys()].toSorted()).toEqual(items.map((item) => item.key).toSorted());
    expect([...found.values()].toSorted()).toEqual(
      stage.sandbox.records('communications').map((each) => each.id),
    );
    const [{ key }] = items as [DeliveryItem];
    await expect(stage.hubspot.readBack([{ key, kind: 'message' }])).rejects.toMatchObject({
      code: 'refused',
    });
  });

  it('makes one record of one key when the same is delivered at the same time', async () => {
    await start();
    const item = stage.item('once');
    const all = await Promise.all(Array.from({ length: 4 }, () => stage.hubspot.deliver([item])));
    const ids = all.flat().map((each) => (each.kind === 'delivered' ? each.recordId : each.code));
    expect(new Set(ids).size).toBe(1);
    expect(keys()).toEqual([item.key]);
    expect(stage.hubspot.flights).toBe(1);
  });

  it('sends nothing when the contact cannot be read, and waits', async () => {
    await start();
    stage.sandbox.faults.status(503, 1, ({ operation }) => operation === 'associations.batch.read');
    expect(await stage.hubspot.deliver(batch(2))).toMatchObject([
      { kind: 'throttled', code: 'unavailable' },
      { kind: 'throttled', code: 'unavailable' },
    ]);
    stage.sandbox.faults.truncate(0, 1, ({ operation }) => operation === 'associations.batch.read');
    expect((await stage.hubspot.deliver(batch(2)))[0]).toMatchObject({ kind: 'throttled' });
    expect(keys()).toEqual([]);
    expect((await stage.hubspot.deliver(batch(2))).map((each) => each.kind)).toEqual([
      'delivered',
      'delivered',
    ]);
  });

  it('reads a long conversation through once', async () => {
    await start();
    await stage.hubspot.deliver(batch(100));
    await stage.hubspot.deliver(batch(100));
    stage.counted.length = 0;
    await stage.hubspot.deliver([stage.item('one more')]);
    expect(stage.counted).toEqual(['associations.batch.read 200', 'communications.batch.create 201']);
  });

  it('keeps calls apart from messages, and says that a contact is gone', async () => {
    await start();
    const call = stage.item('call', {
      kind: 'call',
      fields: { hs_timestamp: '2026-11-20T10:00:00.000Z', hs_call_title: 'call' },
    });
    const gone = stage.sandbox.addContact({ firstname: 'Ben' });
    stage.sandbox.archiveContact(gone);
    const lost = stage.item('lost', { contact: { type: 'contact', id: gone } });
    expect(await stage.hubspot.deliver([call, lost, stage.item('kept')])).toMatchObject([
      { kind: 'delivered' },
      { kind: 'permanent', code: 'contact-gone' },
      { kind: 'delivered' },
    ]);
    expect(await stage.hubspot.deliver([call])).toMatchObject([{ kind: 'delivered', adopted: true }]);
    expect(keys('calls')).toEqual([call.key]);
  });
});

describe('the definition of the key', () => {
  it('is looked at once, before the first delivery, and not with every one', async () => {
    stage = await hubSpotStage({}, {}, { warm: false });
    for (let index = 0; index < 3; index += 1) await stage.hubspot.deliver([stage.item(`n${index}`)]);
    expect(stage.counted).toEqual([
      'properties.get 200',
      'communications.batch.create 201',
      'communications.batch.create 201',
      'communications.batch.create 201',
    ]);
    expect(stage.hubspot.flights).toBe(3);
  });

  it('that cannot be seen means care: nothing is doubled', async () => {
    stage = await hubSpotStage({}, {}, { warm: false });
    stage.sandbox.faults.status(403, 1, ({ operation }) => operation === 'properties.get');
    await stage.hubspot.deliver([stage.item('one')]);
    expect(stage.counted).toContain('associations.batch.read 200');
    expect(await stage.hubspot.deliver([stage.item('one')])).toMatchObject([{ adopted: true }]);
  });
});
