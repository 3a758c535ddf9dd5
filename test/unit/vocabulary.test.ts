import { describe, expect, test } from '@jest/globals';
import type { MessageInteraction } from '../../src/core/interaction.ts';
import { vocabulary } from '../../src/mapping/fields.ts';
import { renderConversation } from '../../src/mapping/render-conversation.ts';
import { render } from '../../src/mapping/render.ts';
import { sampleInteractions } from '../../src/mapping/samples.ts';
import { activityValues, mappingParts, vocabularyOf } from '../../src/mapping/vocabulary.ts';

const full = {
  contact: { type: 'Contact', id: '003', ownerId: '005', name: 'Ana' },
  ownerEmail: 'rep@example.com',
  owner: { id: '005', email: 'rep@example.com', name: 'Rep' },
  timeZone: 'Europe/Berlin',
};
const [message] = sampleInteractions() as [MessageInteraction];
const rich: MessageInteraction = {
  ...message,
  person: { phone: '+14155550123', userId: 'US.1', username: 'ana', name: 'Ana' },
  group: { id: 'g1', subject: 'Team' },
  content: {
    type: 'text',
    text: 'Hello',
    referral: { headline: 'Sale', url: 'https://example.com', clickId: 'abc' },
  },
};

describe('the vocabulary', () => {
  test.each([...sampleInteractions(), rich].map((one, index) => [index, one] as const))(
    'names everything that a rendered interaction has (sample %i)',
    (_index, interaction) => {
      const activity = render(interaction, { ...full, revision: 1 });
      expect(() => activityValues.parse(vocabulary(activity))).not.toThrow();
    },
  );

  test('names everything that a conversation has', () => {
    const activity = renderConversation([{ interaction: rich }, { interaction: message }], {
      ...full,
      key: '0'.repeat(64),
      granularity: 'day',
      part: 1,
    });
    expect(() => activityValues.parse(vocabulary(activity))).not.toThrow();
    expect(activity).toMatchObject({ kind: 'conversation', conversation: { messages: 2, calls: 0 } });
  });

  test.each(mappingParts)('tells of each name of %s what it is', (part) => {
    const entries = vocabularyOf(part);
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.filter(({ text }) => text === '')).toEqual([]);
    expect(new Set(entries.map(({ path }) => path)).size).toBe(entries.length);
  });

  test('says what is always there', () => {
    const always = (part: 'message' | 'call', path: string) =>
      vocabularyOf(part).find((entry) => entry.path === path)?.always;
    expect([always('message', 'text'), always('message', 'status')]).toEqual([true, false]);
    expect([always('call', 'call.durationSeconds'), always('call', 'call.result')]).toEqual([true, false]);
    expect(always('message', 'call.result')).toBeUndefined();
  });
});
