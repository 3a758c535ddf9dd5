import { describe, expect, test } from '@jest/globals';
import { hashKey } from '../../src/core/key.ts';
import type { DirectoryEntry, ExcludedId } from '../../src/ledger/ledger.ts';
import type { GateRules } from '../../src/pipeline/gate.ts';
import { passGate } from '../../src/pipeline/pass-gate.ts';
import type { EventDraft } from '../../src/sources/source.ts';

const number = '+15550783881';
const other = '+15550783882';
const rules: GateRules = {
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumbers: new Set([number, other]),
  excluded: new Set(),
  hashSecret: 'secret',
  consents: [
    {
      destination: 'sales',
      businessNumbers: new Set([number]),
      rules: { excludeWhen: [{ field: 'No__c' }], onlyWhen: [] },
    },
  ],
};

const entry = (address: string, no: string): DirectoryEntry => ({
  address,
  type: 'Contact',
  id: address,
  name: 'Somebody',
  marks: { No__c: no },
});

/** What the ledger knows; `asked` gets the addresses that it was asked for. */
function ledgerOf(entries: readonly DirectoryEntry[], learned: readonly ExcludedId[] = []) {
  const asked: (readonly string[] | 'everybody')[] = [];
  return {
    asked,
    markedContacts: async (_destination: string, addresses?: readonly string[]) => {
      asked.push(addresses ?? 'everybody');
      return entries.filter(({ address }) => addresses === undefined || addresses.includes(address));
    },
    excludedIds: async (ids: readonly string[]) =>
      new Map(
        learned
          .filter(({ idHash }) => ids.includes(idHash))
          .map(({ idHash, becauseHash }) => [idHash, [becauseHash]]),
      ),
  };
}

function draft(id: string, people: EventDraft['people'], change: Partial<EventDraft> = {}): EventDraft {
  return {
    dedupeKey: hashKey(id),
    kind: 'message',
    businessNumber: number,
    interactionKey: hashKey('interaction', id),
    providerId: id,
    people,
    occurredAt: '2026-11-20T10:00:00.000Z',
    payload: { text: `words of ${id}` },
    ...change,
  };
}

const ids = ({ events }: { events: readonly { providerId?: string }[] }) =>
  events.map(({ providerId }) => providerId);

describe('the gate, with what a CRM says of people', () => {
  test('drops who opted out, in whatever form of the number, and lets the others through', async () => {
    const ledger = ledgerOf([entry('+14155550100', 'true'), entry('+14155550101', 'false')]);
    const result = await passGate(
      ledger,
      [
        draft('out', [{ phone: '+14155550100' }]),
        draft('in', [{ phone: '+14155550101' }]),
        draft('unknown', [{ phone: '+14155550102' }]),
      ],
      rules,
    );
    expect(ids(result)).toEqual(['in', 'unknown']);
    expect([result.dropped, result.exclusions.length]).toEqual([1, 1]);
    expect(ledger.asked).toEqual([['+14155550100', '+14155550101', '+14155550102']]);
  });

  test('asks only for numbers whose routes have such a policy', async () => {
    const ledger = ledgerOf([entry('+14155550100', 'true')]);
    const result = await passGate(
      ledger,
      [
        draft('a', [{ phone: '+14155550100' }], { businessNumber: other }),
        draft('b', [{ phone: '+14155550100' }]),
      ],
      rules,
    );
    expect(ids(result)).toEqual(['a']);
    expect(ledger.asked).toHaveLength(1);
  });

  test('knows them by a user id that they wrote under before, as long as they are opted out', async () => {
    const both = draft('both', [{ phone: '+14155550100', userId: 'US.1' }]);
    const alone = draft('alone', [{ userId: 'US.1' }]);
    const first = await passGate(ledgerOf([entry('+14155550100', 'true')]), [both], rules);
    expect(first.learned).toHaveLength(1);
    const opted = ledgerOf([entry('+14155550100', 'true')], first.learned);
    expect(ids(await passGate(opted, [alone], rules))).toEqual([]);
    const back = ledgerOf([entry('+14155550100', 'false')], first.learned);
    expect(ids(await passGate(back, [alone], rules))).toEqual(['alone']);
    // Nobody has to be read for a stranger without a number.
    const stranger = ledgerOf([entry('+14155550100', 'true')], first.learned);
    expect(ids(await passGate(stranger, [draft('s', [{ userId: 'US.2' }])], rules))).toEqual(['s']);
    expect(stranger.asked).toEqual([['US.2']]);
  });

  test('keeps no unknown shape that mentions one of them', async () => {
    const ledger = ledgerOf([entry('+14155550100', 'true')]);
    const odd = (text: string) => draft(text, [], { kind: 'unrecognised', payload: { text } });
    const result = await passGate(ledger, [odd('call 14155550100'), odd('nobody')], rules);
    expect(ids(result)).toEqual(['nobody']);
    expect(ledger.asked).toEqual(['everybody']);
  });
});
