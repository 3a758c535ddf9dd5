import { afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../src/core/outcome.ts';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import { conflict, invalid, Refusal } from '../../src/sandbox/hubspot/errors.ts';
import { hubSpotStage, keyField, type HubSpotStage } from '../support/hubspot.ts';

let stage: HubSpotStage;
const start = async (...options: Parameters<typeof hubSpotStage>): Promise<HubSpotStage> =>
  (stage = await hubSpotStage(...options));
afterEach(() => stage.close());

const batch = (count: number): DeliveryItem[] =>
  Array.from({ length: count }, (_, index) => stage.item(`message ${index}`));
const tally = (outcomes: readonly Outcome[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const each of outcomes) {
    const name =
      each.kind === 'delivered' ? (each.adopted ? 'adopted' : 'delivered') : `${each.kind} ${each.code}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};
const bodies = (): (string | null | undefined)[] =>
  stage.sandbox.records('communications').map((each) => each.values['hs_communication_body']);

describe('a delivery to HubSpot', () => {
  it('is one call for a hundred records with their contact', async () => {
    await start();
    expect(tally(await stage.hubspot.deliver(batch(100)))).toEqual({ delivered: 100 });
    expect(stage.counted).toEqual(['communications.batch.create 201']);
    const [record] = stage.sandbox.records('communications');
    expect(stage.sandbox.contactsOf('communications', record?.id ?? '')).toEqual([stage.contact]);
  });

  it.each(['conflict', 'validation'] as const)(
    'adopts records that are there, refused as %s',
    async (shape) => {
      await start();
      stage.sandbox.store.conflictShape = shape;
      const first = await stage.hubspot.deliver(batch(3));
      stage.counted.length = 0;
      const again = await stage.hubspot.deliver(batch(5));
      expect(tally(again)).toEqual({ adopted: 3, delivered: 2 });
      expect(again.slice(0, 3)).toEqual(first.map((each) => ({ ...each, adopted: true })));
      expect(stage.counted).toEqual(['communications.batch.create 207', 'communications.batch.read 200']);
      expect(bodies()).toHaveLength(5);
    },
  );

  it('brings an adopted record up to date', async () => {
    await start();
    const item = stage.item('first');
    await stage.hubspot.deliver([item]);
    const edited = { ...item, fields: { ...item.fields, hs_communication_body: 'edited' } };
    expect(tally(await stage.hubspot.deliver([edited]))).toEqual({ adopted: 1 });
    expect(bodies()).toEqual(['edited']);
  });

  it('adopts where the whole batch is refused as a conflict', async () => {
    await start();
    const items = batch(8);
    await stage.hubspot.deliver(items.slice(2, 3));
    stage.sandbox.faults.status(conflict('Communication already exists. Existing ID: 1'), 1, isCreate);
    expect(tally(await stage.hubspot.deliver(items))).toEqual({ adopted: 1, delivered: 7 });
  });

  it('says so when the CRM knows the key and does not show the record', async () => {
    await start();
    stage.sandbox.faults.row(
      () => true,
      () => conflict('Communication already exists.'),
    );
    const outcomes = await stage.hubspot.deliver([stage.item('binned'), stage.item('fine')]);
    expect(tally(outcomes)).toEqual({ 'retryable key-taken': 1, delivered: 1 });
  });

  it('finds one bad record among a hundred that are refused as a whole, in few calls', async () => {
    await start();
    const items = batch(100);
    const bad = items[63]?.key;
    stage.sandbox.faults.batch(
      (row) => row[keyField] === bad,
      () => invalid('hs_timestamp: x was not a valid date'),
    );
    const outcomes = await stage.hubspot.deliver(items);
    expect(tally(outcomes)).toEqual({ delivered: 99, 'permanent field-invalid': 1 });
    expect(outcomes[63]).toMatchObject({ kind: 'permanent', key: bad });
    expect(stage.counted.length).toBeLessThanOrEqual(15);
  });

  it('stops after a bounded number of calls when every record is refused as a whole, and loses none', async () => {
    await start();
    stage.sandbox.faults.batch(
      () => true,
      () => invalid('hs_timestamp: x was not a valid date'),
    );
    const outcomes = await stage.hubspot.deliver(batch(100));
    const counts = tally(outcomes);
    expect(stage.counted).toHaveLength(40);
    expect(counts['permanent field-invalid']).toBeGreaterThan(10);
    expect(counts['throttled rate-limited']).toBe(100 - (counts['permanent field-invalid'] ?? 0));
    expect(outcomes).toHaveLength(100);
  });

  it('parts a refused batch by the property that does not exist', async () => {
    await start();
    const items = batch(50).map((item, index) =>
      index % 2 ? item : { ...item, fields: { ...item.fields, colour: 'red' } },
    );
    stage.sandbox.faults.batch(
      (row) => 'colour' in row,
      () => invalid('Property values were not valid: [{"error":"PROPERTY_DOESNT_EXIST","name":"colour"}]'),
    );
    expect(tally(await stage.hubspot.deliver(items))).toEqual({
      delivered: 25,
      'throttled field-unknown': 25,
    });
    expect(stage.counted).toHaveLength(2);
  });

  it('creates a record anew that somebody deleted', async () => {
    await start();
    const item = stage.item('kept');
    const other = stage.item('deleted');
    const ids = (await stage.hubspot.deliver([item, other])).map((each) =>
      each.kind === 'delivered' ? each.recordId : '',
    );
    const record = stage.sandbox.records('communications').find((each) => each.id === ids[1]);
    if (record) stage.sandbox.store.archive(record);
    const changes = [item, other].map((each, index) => ({ ...each, recordId: ids[index] ?? '' }));
    const outcomes = await stage.hubspot.deliver(changes);
    expect(tally(outcomes)).toEqual({ delivered: 2 });
    expect(outcomes[0]).toMatchObject({ recordId: ids[0] });
    expect(outcomes[1]).not.toMatchObject({ recordId: ids[1] });
    expect(bodies()).toHaveLength(2);
  });

  it('puts a changed record on the contact that it belongs to now', async () => {
    await start();
    const item = stage.item('moved');
    const [first] = await stage.hubspot.deliver([item]);
    const recordId = first?.kind === 'delivered' ? first.recordId : '';
    const ben = stage.sandbox.addContact({ firstname: 'Ben' });
    await stage.hubspot.deliver([{ ...item, recordId, contact: { type: 'contact', id: ben } }]);
    expect(stage.sandbox.contactsOf('communications', recordId)).toContain(ben);
  });

  it('says that the contact is gone when a change is put on one that was deleted', async () => {
    await start();
    const [kept, lost] = [stage.item('kept'), stage.item('lost')];
    const made = await stage.hubspot.deliver([kept, lost]);
    const gone = stage.sandbox.addContact({ firstname: 'Ben' });
    stage.sandbox.archiveContact(gone);
    const changes = [kept, { ...lost, contact: { type: 'contact', id: gone } }].map((each, index) => {
      const outcome = made[index];
      return { ...each, recordId: outcome?.kind === 'delivered' ? outcome.recordId : '' };
    });
    expect(tally(await stage.hubspot.deliver(changes))).toEqual({
      delivered: 1,
      'permanent contact-gone': 1,
    });
  });

  it('refuses a row for a rule of the admin and no other', async () => {
    await start();
    const rule = {
      type: 'communications',
      holds: (p: object) => !JSON.stringify(p).includes('message 1'),
      message: 'Owner is required by rule',
    };
    stage.sandbox.rules.push(rule);
    expect(tally(await stage.hubspot.deliver(batch(3)))).toEqual({
      delivered: 2,
      'permanent validation-rule': 1,
    });
  });

  it.each([
    [423, 'throttled unavailable'],
    [429, 'throttled rate-limited'],
    [477, 'throttled unavailable'],
    [403, 'throttled permission-missing'],
    [500, 'unknown answer-lost'],
    [502, 'unknown answer-lost'],
    [503, 'unknown answer-lost'],
  ])('takes HTTP %d of the whole call for %s, and asks no second time', async (status, outcome) => {
    await start();
    stage.sandbox.faults.status(status);
    expect(tally(await stage.hubspot.deliver(batch(3)))).toEqual({ [outcome]: 3 });
    expect(stage.counted).toHaveLength(1);
    expect(bodies()).toEqual([]);
  });

  it('goes on to the calls no more once the token was refused', async () => {
    await start();
    stage.sandbox.tokens.clear();
    const items = [stage.item('message'), stage.item('call', { kind: 'call' })];
    expect(tally(await stage.hubspot.deliver(items))).toEqual({ 'throttled auth-failed': 2 });
    expect(stage.counted).toEqual(['communications.batch.create 401']);
  });

  it.each([
    ['a gateway that gave up after the work was done', () => stage.sandbox.faults.statusAfterCommit(504)],
    ['a page of HTML with 200', () => stage.sandbox.faults.html()],
    ['an answer that comes too late', () => stage.sandbox.faults.slow(60_000)],
  ])('knows nothing after %s', async (_name, arm) => {
    await start({}, { timeoutMs: 1_000 });
    arm();
    expect(tally(await stage.hubspot.deliver(batch(3)))).toEqual({ 'unknown answer-lost': 3 });
  });

  it('knows nothing of the rows that a partial answer leaves out', async () => {
    await start();
    const items = [
      ...batch(4),
      stage.item('bad', { fields: { ...stage.item('').fields, hs_timestamp: 'never' } }),
    ];
    stage.sandbox.faults.truncate(1);
    expect(tally(await stage.hubspot.deliver(items))).toEqual({
      delivered: 1,
      'unknown not-named': 3,
      'permanent field-invalid': 1,
    });
  });

  it('waits when HubSpot cannot be reached at all', async () => {
    await start({}, {}, { warm: false });
    await stage.sandbox.close();
    const outcomes = await stage.hubspot.deliver(batch(2));
    expect(tally(outcomes)).toEqual({ 'throttled unavailable': 2 });
    expect(outcomes[0]).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('keeps tokens, texts and numbers out of its reasons', async () => {
    await start();
    const secret = 'the secret text of a message';
    const item = stage.item('x', { fields: { ...stage.item(secret).fields } });
    const said = `cannot store "${secret}" of +1 415 555 0100 with ${stage.sandbox.accessToken}`;
    stage.sandbox.faults.row(
      () => true,
      () => new Refusal(400, { message: said, category: 'NEW' }),
    );
    const [outcome] = await stage.hubspot.deliver([item]);
    expect(outcome).toMatchObject({ kind: 'permanent', code: 'refused' });
    const reason = outcome && 'reason' in outcome ? outcome.reason : '';
    expect(reason).toContain('…0100');
    expect(reason).not.toMatch(/secret text|415|pat-na1/);
  });
});

const isCreate = ({ operation }: { readonly operation: string }): boolean =>
  operation === 'communications.batch.create';
