import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Fact } from '../../src/core/fact.ts';
import type { DeliveryState } from '../../src/core/interaction.ts';
import { contentHash, visibleStatus, type StatusPolicy } from '../../src/core/fold-hash.ts';
import { fold, type FoldEvent } from '../../src/core/fold.ts';
import {
  isWithoutContent,
  type Interaction,
  type MessageContent,
  type MessageInteraction,
} from '../../src/core/interaction.ts';

const person = { phone: '+14155550100' };
const at = (minute: number): string => new Date(Date.UTC(2026, 5, 1, 10, minute)).toISOString();
const content = (text: string, more: Partial<MessageContent> = {}): MessageContent => ({
  type: 'text',
  text,
  ...more,
});

function message(minute: number, more: Partial<Extract<Fact, { kind: 'message' }>> = {}): Fact {
  return {
    kind: 'message',
    at: at(minute),
    direction: 'inbound',
    person,
    content: content('first'),
    via: 'live',
    ...more,
  };
}
function edit(minute: number, text: string): Fact {
  return { kind: 'edit', at: at(minute), direction: 'inbound', person, content: content(text) };
}
function state(minute: number, word: DeliveryState, more: object = {}): Fact {
  return { kind: 'status', at: at(minute), state: word, person, ...more };
}
function reaction(
  minute: number,
  direction: 'inbound' | 'outbound',
  emoji?: string,
  more: object = {},
): Fact {
  return {
    kind: 'reaction',
    at: at(minute),
    direction,
    person,
    ...(emoji !== undefined && { emoji }),
    ...more,
  };
}
function revoke(minute: number): Fact {
  return { kind: 'revoke', at: at(minute), direction: 'inbound', person };
}

function events(facts: readonly Fact[]): FoldEvent[] {
  return facts.map((fact, index) => ({
    event: {
      id: index + 1,
      source: `source-${index}`,
      sourceKind: 'whatsapp-cloud',
      businessNumber: '+15550783881',
      providerId: 'wamid.one',
    },
    fact,
  }));
}
function folded(...facts: Fact[]): MessageInteraction {
  const interaction = fold('key', events(facts));
  if (interaction.kind !== 'message') throw new Error('not a message');
  return interaction;
}

describe('an interaction of a message', () => {
  it('takes its names from its events, the source from the first of them', () => {
    expect(folded(message(1), state(2, 'read'))).toMatchObject({
      key: 'key',
      source: 'source-0',
      businessNumber: '+15550783881',
      providerId: 'wamid.one',
      occurredAt: at(1),
      via: 'live',
    });
  });

  it('keeps every former text of an edited message', () => {
    const interaction = folded(edit(3, 'third'), message(1), edit(2, 'second'));
    expect(interaction.content?.text).toBe('third');
    expect(interaction.earlier.map(({ content: { text }, until }) => [text, until])).toEqual([
      ['first', at(2)],
      ['second', at(3)],
    ]);
  });

  it('says that the original is missing when only an edit was seen, until it comes', () => {
    expect(folded(edit(2, 'second'))).toMatchObject({
      content: { text: 'second' },
      earlier: [],
      originalMissing: true,
      direction: 'inbound',
    });
    expect(folded(edit(2, 'second'), message(1))).not.toHaveProperty('originalMissing');
  });

  it('keeps what an edit does not repeat', () => {
    const before = content('first', {
      forwarded: true,
      media: [{ id: '1' }],
      replyTo: { key: 'k', providerId: 'p' },
    });
    expect(folded(message(1, { content: before }), edit(2, 'second')).content).toEqual({
      ...before,
      text: 'second',
    });
  });

  it('keeps the text of a revoked message', () => {
    expect(folded(revoke(5), message(1))).toMatchObject({ revokedAt: at(5), content: { text: 'first' } });
  });

  it('never lowers the delivery state, and ends with failed', () => {
    expect(folded(state(3, 'read'), state(1, 'sent'), state(2, 'delivered')).status).toEqual({
      state: 'read',
      at: at(3),
    });
    expect(
      folded(
        state(1, 'sent'),
        state(2, 'failed', { error: { code: '1', text: 'no' } }),
        state(3, 'delivered'),
      ).status,
    ).toEqual({
      state: 'failed',
      at: at(2),
      error: { code: '1', text: 'no' },
    });
  });

  it("does not let one failed participant undo a group's delivery", () => {
    const group = { group: { id: 'g' } };
    expect(folded(state(1, 'failed', group), state(2, 'delivered', group)).status?.state).toBe('delivered');
  });

  it('keeps the last reaction of each side and forgets the ones taken away', () => {
    const facts = [
      reaction(3, 'inbound', '❤'),
      reaction(2, 'inbound', '👍'),
      reaction(2, 'outbound', '🎉'),
      reaction(4, 'outbound'),
    ];
    expect(folded(message(1), ...facts).reactions).toEqual([{ direction: 'inbound', emoji: '❤', at: at(3) }]);
  });

  it('keeps a reaction of each person in a group', () => {
    const other = { person: { phone: '+14155550101', name: 'Ben' } };
    const facts = [reaction(2, 'inbound', '❤'), reaction(3, 'inbound', '👍', other)];
    expect(folded(message(1, { group: { id: 'g' } }), ...facts).reactions.map(({ by }) => by)).toEqual([
      '+14155550100',
      'Ben',
    ]);
  });

  it('is without content when only states, reactions or revokes of it were seen', () => {
    const cases = [[state(1, 'sent')], [reaction(1, 'inbound', '👍')], [revoke(1)]] as const;
    expect(cases.map((facts) => isWithoutContent(folded(...facts)))).toEqual([true, true, true]);
    expect(folded(state(1, 'sent'))).toMatchObject({ direction: 'outbound', via: 'unknown' });
    expect(folded(reaction(1, 'inbound', '👍')).direction).toBe('outbound');
  });

  it("takes direction and time from history's placeholder, the content from the file that follows", () => {
    const placeholder = message(1, {
      via: 'history',
      direction: 'outbound',
      content: { type: 'media_placeholder', text: '' },
      status: 'read',
    });
    const file = message(9, { via: 'history', content: { type: 'image', text: 'Caption' } });
    expect(folded(file, placeholder)).toMatchObject({
      direction: 'outbound',
      occurredAt: at(1),
      content: { type: 'image' },
      status: { state: 'read' },
    });
  });

  it('prefers a whole copy of a message to one that could not be shown', () => {
    const shown = message(1, { content: { type: 'unsupported', text: '[unsupported message]' } });
    expect(folded(shown, message(2, { via: 'history' }))).toMatchObject({
      occurredAt: at(1),
      content: { text: 'first' },
    });
  });

  it('learns who it was from every fact, but in a group from the sender alone', () => {
    const named = { person: { userId: 'US.1', name: 'Ana' } };
    expect(folded(message(2), state(1, 'sent', named)).person).toEqual({
      phone: '+14155550100',
      userId: 'US.1',
      name: 'Ana',
    });
    expect(folded(message(2, { group: { id: 'g' } }), state(1, 'sent', named)).person).toEqual(person);
  });

  it('must have an event', () => {
    expect(() => fold('key', [])).toThrow(RangeError);
  });
});

describe('folding', () => {
  const minute = fc.integer({ min: 0, max: 5 });
  const emoji = fc.option(fc.constantFrom('👍', '❤'), { nil: undefined });
  const side = fc.constantFrom('inbound', 'outbound');
  const word = fc.constantFrom<DeliveryState>('sent', 'delivered', 'read', 'played', 'failed');
  const someone = fc.constantFrom(person, { userId: 'US.1' }, { phone: '+14155550101', name: 'Ana' }, {});
  const via = fc.constantFrom('live', 'echo', 'standby', 'history');
  const type = fc.constantFrom('text', 'unsupported', 'media_placeholder', 'image');
  const messageFact = fc
    .tuple(minute, side, via, type, word, someone, fc.boolean())
    .map(([m, direction, how, kind, status, who, grouped]) =>
      message(m, {
        direction,
        via: how,
        content: { type: kind, text: `${kind}${m}` },
        status,
        person: who,
        ...(grouped && { group: { id: 'g' } }),
      }),
    );
  const messageFacts = fc.oneof(
    messageFact,
    fc.tuple(minute, fc.constantFrom('a', 'b')).map(([m, text]) => edit(m, text)),
    fc.tuple(minute, word, someone).map(([m, status, who]) => state(m, status, { person: who })),
    fc
      .tuple(minute, side, emoji, someone)
      .map(([m, direction, each, who]) => reaction(m, direction, each, { person: who })),
    minute.map(revoke),
    minute.map((m): Fact => ({ kind: 'unrecognised', at: at(m), topic: 'status.new' })),
  );
  const step = fc.constantFrom(
    'connect',
    'ringing',
    'accepted',
    'rejected',
    'terminate',
    'created',
    'recording',
    'transcript',
    'voicemail',
    'other',
  );
  const callFacts = fc
    .record({
      kind: fc.constant('call' as const),
      at: minute.map(at),
      step,
      person: someone,
    })
    .chain((base) =>
      fc
        .record(
          {
            direction: side,
            result: fc.constantFrom('answered', 'missed', 'failed', 'rejected'),
            startedAt: minute.map(at),
            durationSeconds: fc.nat(9),
            media: fc.constantFrom({ id: '1' }, { id: '2' }),
          },
          { requiredKeys: [] },
        )
        .map((more) => ({ ...base, ...more }) as Fact),
    );

  it('gives the same interaction for every order and repetition of the facts', () => {
    const facts = fc.oneof(
      fc.array(messageFacts, { minLength: 1, maxLength: 8 }),
      fc.array(callFacts, { minLength: 1, maxLength: 6 }),
    );
    const cases = facts.chain((list) => {
      const all = events(list);
      return fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 }));
    });
    fc.assert(
      fc.property(cases, ([given, mixed]) => {
        expect(fold('key', mixed)).toEqual(fold('key', given));
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on which of two sources was faster, but for its name', () => {
    fc.assert(
      fc.property(fc.array(messageFacts, { minLength: 2, maxLength: 6 }), (list) => {
        const { source: _a, ...one } = fold('key', events(list));
        const { source: _b, ...two } = fold('key', events(list.toReversed()));
        expect(one).toEqual(two);
      }),
    );
  });
});

describe('the content hash', () => {
  const hash = (interaction: Interaction, policy: StatusPolicy = 'failed'): string =>
    contentHash(interaction, policy);

  it('does not change with a delivery state that people shall not see', () => {
    const seen = message(1, { direction: 'outbound', via: 'echo' });
    const named = { person: { name: 'Ana', userId: 'US.1' } };
    const before = hash(folded(seen));
    expect(hash(folded(seen, state(2, 'delivered', named), state(3, 'read', named)))).toBe(before);
    expect(hash(folded(seen, state(2, 'failed')))).not.toBe(before);
    expect(hash(folded(seen, state(2, 'failed')), 'none')).toBe(before);
    expect(hash(folded(seen, state(3, 'read')), 'final')).not.toBe(before);
    expect(hash(folded(seen, state(3, 'delivered')), 'final')).toBe(before);
  });

  it('does not change when an earlier state of an unseen message comes late', () => {
    expect(hash(folded(state(2, 'delivered'), state(1, 'sent')))).toBe(hash(folded(state(2, 'delivered'))));
  });

  it('changes with everything people see', () => {
    const variants = [
      [message(1)],
      [message(2)],
      [message(1, { content: content('other') })],
      [message(1), edit(2, 'second')],
      [message(1), revoke(2)],
      [message(1), reaction(2, 'inbound', '👍')],
      [message(1, { direction: 'outbound' })],
      [state(1, 'sent')],
    ].map((facts) => hash(folded(...facts)));
    expect(new Set(variants).size).toBe(variants.length);
  });

  it('shows states by one policy', () => {
    const read = { state: 'read', at: at(1) } as const;
    const failed = { state: 'failed', at: at(1) } as const;
    const policies = ['none', 'failed', 'final'] as const;
    expect(policies.map((policy) => visibleStatus(read, policy)?.state)).toEqual([
      undefined,
      undefined,
      'read',
    ]);
    expect(policies.map((policy) => visibleStatus(failed, policy)?.state)).toEqual([
      undefined,
      'failed',
      'failed',
    ]);
  });
});
