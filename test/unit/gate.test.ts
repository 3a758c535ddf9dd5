import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hashKey } from '../../src/core/key.ts';
import { applyGate, hashesOfExcluded, idsWithoutNumber, type GateRules } from '../../src/pipeline/gate.ts';
import type { EventDraft } from '../../src/sources/source.ts';

const rules: GateRules = {
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumbers: new Set(['+15550783881']),
  excluded: new Set(['+15550001111', 'US.4711']),
  hashSecret: 'secret',
};

function draft(change: Partial<EventDraft> = {}): EventDraft {
  return {
    dedupeKey: hashKey('event'),
    kind: 'message',
    businessNumber: '+15550783881',
    interactionKey: hashKey('interaction'),
    providerId: 'wamid.1',
    people: [{ phone: '+14155550100' }],
    occurredAt: '2026-11-20T10:00:00.000Z',
    payload: { item: { text: { body: 'hello' } } },
    ...change,
  };
}

describe('the privacy gate', () => {
  test('lets traffic of a configured number through, whole', () => {
    const { events, exclusions, dropped } = applyGate([draft()], rules);
    expect(events).toEqual([
      expect.objectContaining({ source: 'support', payload: { item: { text: { body: 'hello' } } } }),
    ]);
    expect([exclusions, dropped]).toEqual([[], 0]);
  });

  test('drops a number that is not configured and does not tell which it was', () => {
    const { events, exclusions } = applyGate([draft({ businessNumber: '+15559999999' })], rules);
    expect(events).toEqual([]);
    expect(exclusions).toEqual([
      expect.objectContaining({ source: 'support', businessNumber: '', day: '2026-11-20' }),
    ]);
    expect(JSON.stringify(exclusions)).not.toContain('9999999');
  });

  test.each([
    ['phone number', { phone: '+15550001111' }],
    ['user id', { userId: 'US.4711' }],
    ['parent user id', { parentUserId: 'US.4711' }],
  ])('drops an excluded person known by %s', (_by, person) => {
    const { events, exclusions, dropped } = applyGate(
      [draft({ people: [{ phone: '+14155550100' }, person] })],
      rules,
    );
    expect([events.length, exclusions.length, dropped]).toEqual([0, 1, 1]);
    expect(exclusions[0]?.businessNumber).toBe('+15550783881');
  });

  test('drops what the firm writes to itself where it is told to, and nothing else', () => {
    const internal = new Set(['+15550783881', '+4930123456']);
    const between = draft({ people: [{ phone: '+4930123456' }] });
    expect(applyGate([between], { ...rules, internal })).toMatchObject({ events: [], dropped: 1 });
    expect(applyGate([between], { ...rules, internal }).exclusions).toHaveLength(1);
    expect(applyGate([between], rules).events).toHaveLength(1);
    // A payload names the number that it came to.
    const own = draft({ people: [{ phone: '+14155550100' }, { phone: '+15550783881' }] });
    expect(applyGate([own], { ...rules, internal }).events).toHaveLength(1);
  });

  test('learns the user id of an excluded person, and drops what comes under it alone', () => {
    const withBoth = draft({ people: [{ phone: '+15550001111', userId: 'US.1' }] });
    const alone = draft({ dedupeKey: hashKey('later'), people: [{ userId: 'US.1', name: 'P.' }] });
    const first = applyGate([alone, withBoth], rules);
    expect([first.events.length, first.dropped, first.learned.length]).toEqual([0, 2, 1]);
    expect(JSON.stringify(first.learned)).not.toMatch(/US\.1|15550001111/);
    expect(first.learned[0]?.becauseHash).toBe(hashesOfExcluded(rules)[0]);
    const known = new Set(idsWithoutNumber([alone], rules));
    expect(known).toEqual(new Set([first.learned[0]?.idHash]));
    expect(applyGate([alone], rules, { without: known, mentioned: new Set() }).dropped).toBe(1);
    expect(applyGate([alone], rules).dropped).toBe(0);
  });

  test('learns nothing from what is about several people, or of a number that is not configured', () => {
    const several = [{ phone: '+15550001111' }, { phone: '+14155550100', userId: 'US.1' }];
    const twoIds = [{ phone: '+15550001111', userId: 'US.1' }, { userId: 'US.2' }];
    const other = { people: [{ phone: '+15550001111', userId: 'US.1' }], businessNumber: '+15559999999' };
    for (const change of [{ people: several }, { people: twoIds }, other]) {
      expect(applyGate([draft(change)], rules).learned).toEqual([]);
    }
  });

  test('counts several events of one dropped interaction under one hash that needs the secret', () => {
    const two = [draft(), draft({ dedupeKey: hashKey('other'), kind: 'status' })].map((one) => ({
      ...one,
      people: [{ phone: '+15550001111' }],
    }));
    const first = applyGate(two, rules);
    expect(first.dropped).toBe(2);
    expect(new Set(first.exclusions.map((one) => one.idHash)).size).toBe(1);
    const elsewhere = applyGate(two, { ...rules, hashSecret: 'other' });
    expect(elsewhere.exclusions[0]?.idHash).not.toBe(first.exclusions[0]?.idHash);
  });

  test('drops an unknown shape that mentions an excluded person anywhere', () => {
    const unknown = draft({ kind: 'unrecognised', people: [], payload: { odd: [{ who: '15550001111' }] } });
    expect(applyGate([unknown], rules).dropped).toBe(1);
  });

  test('keeps only the outline of content that names no business number', () => {
    const { businessNumber: _none, ...unattributed } = draft({
      kind: 'unrecognised',
      people: [],
      payload: { body: 'private words' },
    });
    const [event] = applyGate([unattributed], rules).events;
    expect(event?.payload).toEqual(expect.objectContaining({ shape: { body: 'string' } }));
    expect(JSON.stringify(event)).not.toContain('private words');
  });

  test('keeps it whole when the settings say "all"', () => {
    const { businessNumber: _none, ...unattributed } = draft({
      kind: 'unrecognised',
      people: [],
      payload: { body: 'words' },
    });
    expect(applyGate([unattributed], { ...rules, businessNumbers: 'all' }).events[0]?.payload).toEqual({
      body: 'words',
    });
  });

  test('lets nothing of an excluded person or another number through, whatever comes', () => {
    const anyDraft = fc.record({
      businessNumber: fc.constantFrom('+15550783881', '+15559999999'),
      phone: fc.constantFrom('+14155550100', '+15550001111'),
      kind: fc.constantFrom<EventDraft['kind']>('message', 'status', 'call', 'unrecognised', 'notice'),
    });
    fc.assert(
      fc.property(fc.array(anyDraft), (list) => {
        const drafts = list.map(({ businessNumber, phone, kind }) =>
          draft({ businessNumber, kind, people: [{ phone }], payload: { phone } }),
        );
        const { events, dropped } = applyGate(drafts, rules);
        expect(events.length + dropped).toBe(drafts.length);
        expect(JSON.stringify(events)).not.toMatch(/15550001111|15559999999/);
      }),
    );
  });
});
