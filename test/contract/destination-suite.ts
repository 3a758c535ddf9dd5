import { afterEach, describe, expect, it } from '@jest/globals';
import type { ContactRef } from '../../src/core/activity.ts';
import { hashKey } from '../../src/core/key.ts';
import { parsePhone } from '../../src/core/phone.ts';
import type { DeliveryItem } from '../../src/destinations/destination.ts';
import {
  address,
  at,
  byKey,
  codes,
  collect,
  errors,
  expectCode,
  idsByKey,
  kinds,
  recordIdOf,
  type DestinationHarness,
  type MakeHarness,
} from './destination-harness.ts';
import { attachCases } from './destination-suite-attach.ts';

export interface Stage extends DestinationHarness {
  item(name: string, contact: ContactRef, over?: Partial<DeliveryItem>): DeliveryItem;
  items(count: number, contact: ContactRef): DeliveryItem[];
  ana: ContactRef;
}

/** What every adapter of a CRM must do, whatever the CRM. */
export function destinationSuite(name: string, makeHarness: MakeHarness): void {
  describe(`${name} as a destination`, () => {
    let open: DestinationHarness | undefined;

    afterEach(async () => {
      await open?.destination.close();
      await open?.close();
      open = undefined;
    });

    const stage = async (ready = true): Promise<Stage> => {
      const harness = await makeHarness({ ready });
      open = harness;
      const item: Stage['item'] = (text, contact, over = {}) => ({
        key: hashKey(text),
        kind: 'message',
        occurredAt: '2026-11-20T10:00:00.000Z',
        contact,
        fields: harness.fields(over.kind ?? 'message', text),
        createOnly: {},
        ...over,
      });
      const items: Stage['items'] = (count, contact) =>
        Array.from({ length: count }, (_, index) => item(`message ${index}`, contact));
      const ana = await harness.addContact('Ana Silva', '+1 415 555 0100');
      return Object.assign(Object.create(harness) as DestinationHarness, { item, items, ana });
    };

    deliveryCases(stage);
    lostAnswerCases(stage);
    credentialCases(stage);
    contactCases(stage);
    setupCases(stage);
    attachCases(stage);
  });
}

export type MakeStage = (ready?: boolean) => Promise<Stage>;

function deliveryCases(stage: MakeStage): void {
  it('gives one outcome per item, joined by key, for messages and calls together', async () => {
    const s = await stage();
    const items = [...s.items(3, s.ana), s.item('a call', s.ana, { kind: 'call' })];
    const outcomes = await s.destination.deliver(items);
    expect(outcomes.map((each) => each.key).toSorted()).toEqual(items.map((each) => each.key).toSorted());
    expect(kinds(outcomes)).toEqual(['delivered']);
    const records = await s.records();
    for (const outcome of outcomes) {
      const record = records.find((each) => each.key === outcome.key);
      expect(record).toMatchObject({ recordId: recordIdOf(outcome), contactId: s.ana.id });
    }
  });

  it('lets one bad record fail alone in a full batch', async () => {
    const s = await stage();
    const items = s.items(s.destination.batchSize, s.ana);
    const bad = at(items, 41).key;
    s.rowErrorOnce(bad);
    const outcomes = await s.destination.deliver(items);
    expect(byKey(outcomes, bad)).toMatchObject({ kind: 'permanent', code: 'field-invalid' });
    expect(outcomes.filter((each) => each.kind === 'delivered')).toHaveLength(items.length - 1);
    expect(await s.records()).toHaveLength(items.length - 1);
  });

  it('lets a field that the CRM does not have fail as such, and alone', async () => {
    const s = await stage();
    const good = s.item('good', s.ana);
    const bad = s.item('bad', s.ana);
    const outcomes = await s.destination.deliver([
      good,
      { ...bad, fields: { ...bad.fields, no_such_field__c: 'x' } },
    ]);
    expect(byKey(outcomes, good.key)).toMatchObject({ kind: 'delivered' });
    expect(byKey(outcomes, bad.key)).toMatchObject({ code: 'field-unknown' });
    expect(await s.records()).toHaveLength(1);
  });

  it('leaves one record each when the same batch comes twice', async () => {
    const s = await stage();
    const items = s.items(5, s.ana);
    const first = await s.destination.deliver(items);
    const second = await s.destination.deliver(items);
    expect(kinds(second)).toEqual(['delivered']);
    expect(idsByKey(second)).toEqual(idsByKey(first));
    expect(await s.records()).toHaveLength(5);
  });

  it('sends a key that stands twice in one batch once', async () => {
    const s = await stage();
    const item = s.item('twice', s.ana);
    const outcomes = await s.destination.deliver([item, s.item('other', s.ana), item]);
    expect(kinds(outcomes)).toEqual(['delivered']);
    expect(await s.records()).toHaveLength(2);
  });

  it('changes the record that is there when a record id is given', async () => {
    const s = await stage();
    const [created] = await s.destination.deliver([s.item('text', s.ana)]);
    const recordId = recordIdOf(created);
    const changed = { ...s.item('text', s.ana), recordId, fields: s.fields('message', 'text, edited') };
    const outcomes = await s.destination.deliver([changed, s.item('new', s.ana)]);
    expect(kinds(outcomes)).toEqual(['delivered']);
    expect(recordIdOf(byKey(outcomes, changed.key))).toBe(recordId);
    const records = await s.records();
    expect(records).toHaveLength(2);
    const record = records.find((each) => each.recordId === recordId);
    expect(record?.fields[s.textField('message')]).toContain('text, edited');
  });

  it('takes an empty batch without a call', async () => {
    const s = await stage();
    const before = s.calls();
    expect(await s.destination.deliver([])).toEqual([]);
    expect((await s.destination.readBack([])).size).toBe(0);
    expect(await s.destination.lookup([])).toEqual([]);
    expect(s.calls()).toBe(before);
  });
}

function lostAnswerCases(stage: MakeStage): void {
  it('calls everything unknown when the answer is lost, finds it by reading back, and doubles nothing', async () => {
    const s = await stage();
    const items = s.items(4, s.ana);
    s.loseNextAnswer();
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(4);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'unknown', code: 'answer-lost' });
    const found = await s.destination.readBack(items);
    const records = await s.records();
    expect(found).toEqual(new Map(records.map((each) => [each.key, each.recordId])));
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
    expect(await s.records()).toHaveLength(4);
  });

  it('guesses nothing when the request is dropped, reads back none, and delivers on the next try', async () => {
    const s = await stage();
    const items = s.items(4, s.ana);
    s.dropNextRequest();
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(4);
    for (const outcome of outcomes) expect(['unknown', 'throttled']).toContain(outcome.kind);
    expect((await s.destination.readBack(items)).size).toBe(0);
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
    expect(await s.records()).toHaveLength(4);
  });

  it('calls unknown what the answer does not name', async () => {
    const s = await stage();
    const items = s.items(4, s.ana);
    s.truncateNextAnswer();
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(4);
    const unknown = outcomes.filter((each) => each.kind === 'unknown');
    expect(unknown.length).toBeGreaterThan(0);
    const records = new Map((await s.records()).map((each) => [each.key, each.recordId]));
    expect(await s.destination.readBack(unknown.map(({ key }) => ({ key, kind: 'message' })))).toEqual(
      new Map(unknown.map(({ key }) => [key, records.get(key)])),
    );
    for (const outcome of outcomes) {
      if (outcome.kind === 'delivered') expect(outcome.recordId).toBe(records.get(outcome.key));
      else expect(outcome.kind).toBe('unknown');
    }
  });

  it('reads back messages and calls, and leaves out what is not there', async () => {
    const s = await stage();
    const message = s.item('message', s.ana);
    const call = s.item('call', s.ana, { kind: 'call' });
    const ids = idsByKey(await s.destination.deliver([message, call]));
    const missing = { key: hashKey('never sent'), kind: 'message' as const };
    expect(await s.destination.readBack([message, missing, call])).toEqual(ids);
  });

  it('says that the CRM asks to slow down, writes nothing, and delivers afterwards', async () => {
    const s = await stage();
    const items = s.items(3, s.ana);
    s.throttleNext();
    const outcomes = await s.destination.deliver(items);
    expect(kinds(outcomes)).toEqual(['throttled']);
    expect(outcomes).toHaveLength(3);
    expect(await s.records()).toHaveLength(0);
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
  });
}

function credentialCases(stage: MakeStage): void {
  it('renews an expired token, or says that it cannot', async () => {
    const s = await stage();
    await s.destination.deliver([s.item('before', s.ana)]);
    s.expireToken();
    const [outcome] = await s.destination.deliver([s.item('after', s.ana)]);
    if (s.token === 'renewed') expect(outcome).toMatchObject({ kind: 'delivered' });
    else expect(outcome).toMatchObject({ code: 'auth-failed' });
  });

  it('tells wrong credentials from everything else', async () => {
    const s = await stage();
    s.breakToken();
    const items = s.items(2, s.ana);
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) {
      expect(outcome.kind).not.toBe('delivered');
      expect(outcome).toMatchObject({ code: 'auth-failed' });
    }
    await expectCode(s.destination.readBack(items), 'auth-failed');
    await expectCode(s.destination.lookup([address('+14155550100')]), 'auth-failed');
    expect(codes(await s.destination.check())).toContain('auth-failed');
  });

  it('tells an outage from wrong credentials, and "cannot say" from "there is none"', async () => {
    const s = await stage();
    s.unavailable(true);
    const items = s.items(2, s.ana);
    const outcomes = await s.destination.deliver(items);
    expect(outcomes).toHaveLength(2);
    for (const outcome of outcomes) expect(['unknown', 'throttled']).toContain(outcome.kind);
    await expectCode(s.destination.readBack(items), 'unavailable');
    await expectCode(s.destination.lookup([address('+14155550100')]), 'unavailable');
    await expectCode(collect(s.destination, undefined), 'unavailable');
    const findings = await s.destination.check();
    expect(codes(findings)).toContain('unavailable');
    expect(codes(findings)).not.toContain('auth-failed');
    s.unavailable(false);
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
  });
}

function contactCases(stage: MakeStage): void {
  it('says that a contact is gone for that record alone', async () => {
    const s = await stage();
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    await s.deleteContact(ben.id);
    const [kept, lost] = [s.item('to Ana', s.ana), s.item('to Ben', ben)];
    const outcomes = await s.destination.deliver([kept, lost]);
    expect(byKey(outcomes, kept.key)).toMatchObject({ kind: 'delivered' });
    expect(byKey(outcomes, lost.key)).toMatchObject({ code: 'contact-gone' });
    expect(byKey(outcomes, lost.key)?.kind).not.toBe('delivered');
    expect(await s.records()).toHaveLength(1);
  });

  it.each(['+1 415 555 0142', '+14155550142', '(415) 555-0142', '415.555.0142', '4155550142'])(
    'finds a contact whose number is written %s',
    async (written) => {
      const s = await stage();
      const contact = await s.addContact('Chiara Rossi', written);
      const found = await s.destination.lookup([address('+14155550142'), address('+442071234567')]);
      const hit = found.find((each) => each.id === contact.id);
      expect(hit).toMatchObject({ type: contact.type, name: 'Chiara Rossi' });
      expect(hit?.phones.map((phone) => parsePhone(phone, 'US')?.e164)).toContain('+14155550142');
    },
  );

  it('gives every contact that has the number', async () => {
    const s = await stage();
    const second = await s.addContact('Ana at work', '(415) 555-0100');
    const found = await s.destination.lookup([address('+14155550100')]);
    expect(found.map((each) => each.id).toSorted()).toEqual([s.ana.id, second.id].toSorted());
  });

  it('looks up many numbers at once', async () => {
    const s = await stage();
    const numbers = Array.from({ length: 60 }, (_, index) => `+1415555${String(1000 + index)}`);
    for (const number of numbers) await s.addContact('Somebody', number);
    const found = await s.destination.lookup(numbers.map(address));
    expect(new Set(found.flatMap((each) => each.phones)).size).toBeGreaterThanOrEqual(60);
  });

  it('pulls all contacts, then only what changed, from the cursor on', async () => {
    const s = await stage();
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    const full = await collect(s.destination, undefined);
    expect(new Set(full.contacts.map((each) => each.id))).toEqual(new Set([s.ana.id, ben.id]));
    const chiara = await s.addContact('Chiara Rossi', '+39 02 5550 0102');
    const next = await collect(s.destination, full.cursor);
    const hit = next.contacts.find((each) => each.id === chiara.id);
    expect(hit).toMatchObject({ name: 'Chiara Rossi', type: chiara.type });
    expect(hit?.phones.map((phone) => parsePhone(phone)?.e164)).toContain('+390255500102');
  });
}

function setupCases(stage: MakeStage): void {
  it('is red before setup, green after it, and setup may be repeated', async () => {
    const s = await stage(false);
    expect(codes(await s.destination.check())).toContain('key-field-missing');
    expect(errors(await s.destination.setup())).toEqual([]);
    expect(errors(await s.destination.setup())).toEqual([]);
    expect(errors(await s.destination.check())).toEqual([]);
    expect(kinds(await s.destination.deliver([s.item('first', s.ana)]))).toEqual(['delivered']);
  });

  it('says that the key field is missing when records are sent before setup', async () => {
    const s = await stage(false);
    const outcomes = await s.destination.deliver(s.items(3, s.ana));
    expect(outcomes).toHaveLength(3);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ code: 'key-field-missing' });
  });

  it('describes the fields that a mapping may use', async () => {
    const s = await stage();
    for (const kind of ['message', 'call'] as const) {
      const described = new Map((await s.destination.describe(kind)).map((field) => [field.name, field]));
      for (const field of Object.keys(s.fields(kind, 'x'))) {
        expect(described.get(field)).toMatchObject({ name: field, createable: true });
      }
    }
  });

  it('leaves no connection behind', async () => {
    const s = await stage();
    await s.destination.deliver(s.items(2, s.ana));
    await s.destination.close();
    await s.destination.close();
    await s.disconnected();
  });
}
