import { describe, expect, test } from '@jest/globals';
import type { CallInteraction, MessageInteraction } from '../../src/core/interaction.ts';
import { visibleState } from '../../src/core/visible-state.ts';

const message: MessageInteraction = {
  kind: 'message',
  key: 'k',
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550783881',
  providerId: 'wamid.1',
  direction: 'outbound',
  occurredAt: '2026-06-01T10:00:00.000Z',
  person: { phone: '+14155550100' },
  content: { type: 'image', text: 'our offer', media: [{ id: '1' }] },
  earlier: [],
  reactions: [],
  via: 'live',
};
const at = '2026-06-01T11:00:00.000Z';

describe('a further record in insert-only mode', () => {
  const changed: Record<string, MessageInteraction> = {
    'an edit': { ...message, content: { type: 'image', text: 'our better offer' } },
    'a deletion': { ...message, revokedAt: at },
    'a reaction': { ...message, reactions: [{ direction: 'inbound', emoji: '👍', at }] },
    'a failed delivery': {
      ...message,
      status: { state: 'failed', at, error: { code: '131026', text: 'no' } },
    },
  };

  test.each(Object.entries(changed))('is made for %s', (_name, one) => {
    expect(visibleState(one)).not.toBe(visibleState(message));
  });

  test('is not made when a file arrives or the message is read', () => {
    const stored = { state: 'stored', sha256: 'ab', size: 1 } as const;
    const withFile = {
      ...message,
      content: { type: 'image', text: 'our offer', media: [{ id: '1', result: stored }] },
    };
    const read = { ...message, status: { state: 'read', at } as const };
    expect([visibleState(withFile), visibleState(read)]).toEqual([
      visibleState(message),
      visibleState(message),
    ]);
  });

  test('is made when a call ends another way, not when its recording arrives', () => {
    const { content: _content, earlier: _earlier, reactions: _reactions, via: _via, ...base } = message;
    const call: CallInteraction = { ...base, kind: 'call', result: 'answered', durationSeconds: 5 };
    expect(visibleState({ ...call, durationSeconds: 9 })).not.toBe(visibleState(call));
    expect(visibleState({ ...call, recording: { id: 'r' } })).toBe(visibleState(call));
  });
});
