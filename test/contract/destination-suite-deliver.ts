import { expect, it } from '@jest/globals';
import { hashKey } from '../../src/core/key.ts';
import { at, byKey, idsByKey, kinds, recordIdOf } from './destination-harness.ts';
import { settled } from './destination-suite-budget.ts';
import type { MakeStage } from './destination-suite.ts';

export function deliveryCases(stage: MakeStage): void {
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

  it('takes what is there already for delivered, beside what is new', async () => {
    const s = await stage();
    const there = s.items(2, s.ana);
    const ids = idsByKey(await s.destination.deliver(there));
    const outcomes = await s.destination.deliver([...there, s.item('new', s.ana)]);
    expect(kinds(outcomes)).toEqual(['delivered']);
    for (const { key } of there) expect(recordIdOf(byKey(outcomes, key))).toBe(ids.get(key));
    expect(await s.records()).toHaveLength(3);
  });

  it('makes a second record on the same contact for a further activity, and leaves the first as it is', async () => {
    const s = await stage();
    const [first] = await s.destination.deliver([s.item('text', s.ana)]);
    const change = s.item('text, edited', s.ana);
    const [second] = await s.destination.deliver([change]);
    expect(recordIdOf(second)).not.toBe(recordIdOf(first));
    const records = await s.records();
    expect(records.map((record) => record.contactId)).toEqual([s.ana.id, s.ana.id]);
    const texts = new Map(records.map(({ recordId, fields }) => [recordId, fields[s.textField('message')]]));
    expect(texts.get(recordIdOf(first))).toBe('text');
    expect(texts.get(recordIdOf(second))).toBe('text, edited');
  });

  it('lets one bad change fail alone', async () => {
    const s = await stage();
    const items = [...s.items(5, s.ana), s.item('a call', s.ana, { kind: 'call' })];
    const ids = idsByKey(await s.destination.deliver(items));
    const changes = items.map((item) => ({
      ...item,
      recordId: ids.get(item.key) ?? '',
      fields: s.fields(item.kind, 'changed'),
    }));
    const bad = at(items, 2).key;
    s.rowErrorOnce(bad);
    const outcomes = await s.destination.deliver(changes);
    expect(byKey(outcomes, bad)).toMatchObject({ kind: 'permanent', code: 'field-invalid' });
    expect(outcomes.filter((each) => each.kind === 'delivered')).toHaveLength(items.length - 1);
    const unchanged = (await s.records()).filter(
      ({ key, fields }) => fields[s.textField(key === items.at(-1)?.key ? 'call' : 'message')] !== 'changed',
    );
    expect(unchanged.map(({ key }) => key)).toEqual([bad]);
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

export function readingCases(stage: MakeStage): void {
  it('tells what records show now, also what a person has changed, and nothing of those that are gone', async () => {
    const s = await stage();
    const [first, second] = [s.item('first', s.ana), s.item('second', s.ana)];
    const outcomes = await s.destination.deliver([first, second]);
    const ids = outcomes.map((one) => recordIdOf(one));
    const field = s.textField('message');
    const read = (list: readonly string[]) => s.destination.readRecords('message', list, [field]);
    const shown = await read(ids);
    expect([...shown.keys()].toSorted()).toEqual(ids.toSorted());
    expect(shown.get(ids[0] ?? '')?.[field]).toBe(first.fields[field]);
    await s.destination.deliver([
      { ...first, recordId: ids[0] ?? '', fields: s.fields('message', 'changed') },
    ]);
    expect((await read([ids[0] ?? '', ids[0] ?? ''])).get(ids[0] ?? '')?.[field]).toBe(
      s.fields('message', 'changed')[field],
    );
    s.deleteRecord('message', ids[1] ?? '');
    expect([...(await read(ids)).keys()]).toEqual([ids[0]]);
    expect((await read([])).size).toBe(0);
  });
}

export function lostAnswerCases(stage: MakeStage): void {
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

  it('doubles nothing when one answer after the other is lost', async () => {
    const s = await stage();
    const items = [...s.items(4, s.ana), s.item('a call', s.ana, { kind: 'call' })];
    for (let lost = 0; lost < 4; lost += 1) {
      s.loseNextAnswer();
      for (const outcome of await s.destination.deliver(items)) {
        expect(['unknown', 'delivered']).toContain(outcome.kind);
        if (outcome.kind !== 'delivered') expect(settled(outcome).to).toBe('unknown');
      }
    }
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
    expect(await s.records()).toHaveLength(5);
  });

  it('changes a record once when the answer to the change is lost', async () => {
    const s = await stage();
    const [created] = await s.destination.deliver([s.item('text', s.ana)]);
    const recordId = recordIdOf(created);
    const change = { ...s.item('text', s.ana), recordId, fields: s.fields('message', 'text, edited') };
    s.loseNextAnswer();
    expect(await s.destination.deliver([change])).toMatchObject([{ kind: 'unknown', code: 'answer-lost' }]);
    expect(await s.destination.readBack([change])).toEqual(new Map([[change.key, recordId]]));
    expect(await s.destination.deliver([change])).toMatchObject([{ kind: 'delivered', recordId }]);
    expect((await s.records()).map(({ fields }) => fields[s.textField('message')])).toEqual(['text, edited']);
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
    expect(
      await s.destination.readBack(unknown.map(({ key }) => ({ key, kind: 'message', contact: s.ana }))),
    ).toEqual(new Map(unknown.map(({ key }) => [key, records.get(key)])));
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
    const missing = { key: hashKey('never sent'), kind: 'message' as const, contact: s.ana };
    expect(await s.destination.readBack([message, missing, call])).toEqual(ids);
  });

  it('says that the CRM asks to slow down, writes nothing, and delivers afterwards', async () => {
    const s = await stage();
    const items = s.items(3, s.ana);
    s.throttleNext();
    const outcomes = await s.destination.deliver(items);
    expect(kinds(outcomes)).toEqual(['throttled']);
    expect(outcomes).toHaveLength(3);
    for (const outcome of outcomes) {
      expect(settled(outcome)).toEqual({ to: 'ready', burn: false, delayMs: 0 });
    }
    expect(await s.records()).toHaveLength(0);
    expect(kinds(await s.destination.deliver(items))).toEqual(['delivered']);
  });
}
