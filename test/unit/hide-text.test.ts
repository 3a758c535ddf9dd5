import { describe, expect, test } from '@jest/globals';
import type { CallInteraction, Interaction, MessageInteraction } from '../../src/core/interaction.ts';
import type { Conversation, InteractionView, Ledger, WaitingPerson } from '../../src/ledger/ledger.ts';
import { withoutText } from '../../src/pipeline/hide-text.ts';

const secret = 'NOBODY-MAY-READ-THIS';
const base = {
  key: 'ab'.repeat(32),
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550783881',
  providerId: 'wamid.1',
  direction: 'inbound',
  occurredAt: '2026-03-01T10:00:00.000Z',
  person: { phone: '+14155550100', name: 'Ana' },
} as const;

const media = {
  id: 'm1',
  mimeType: 'image/png',
  fileName: secret,
  sha256: secret,
  result: { state: 'stored', sha256: secret, size: 7, fileName: secret },
} as const;

const content = {
  type: 'text',
  text: secret,
  media: [media],
  referral: { headline: secret },
  details: { list: [secret] },
};

const message: MessageInteraction = {
  ...base,
  kind: 'message',
  content,
  earlier: [{ content, until: base.occurredAt }],
  reactions: [{ direction: 'inbound', emoji: secret, at: base.occurredAt }],
  status: { state: 'read', at: base.occurredAt },
  via: 'live',
};
const call: CallInteraction = {
  ...base,
  kind: 'call',
  result: 'answered',
  recording: media,
  voicemail: media,
  transcript: media,
};

function viewOf(interaction: Interaction): InteractionView {
  return { interaction, revision: 1, withoutContent: false, conversation: 'c', activities: [] };
}

/** A ledger in which everything is secret. */
const ledger = {
  interactions: async () => ({ items: [viewOf(message), viewOf(call)], cursor: 'next' }),
  interaction: async () => ({ ...viewOf(message), events: [{ payload: { body: secret } }], receipts: [] }),
  conversations: async () => ({ items: [{ id: 'c', last: viewOf(message) } as unknown as Conversation] }),
  conversation: async () => ({ id: 'c', last: viewOf(message) }) as unknown as Conversation,
  waitingPeople: async () => ({ items: [{ newest: viewOf(message) } as unknown as WaitingPerson] }),
} as unknown as Ledger;

describe('who may not read what people wrote', () => {
  const hidden = withoutText(ledger);

  test.each([
    ['messages and calls', () => hidden.interactions({ limit: 2 })],
    ['one message with its events', () => hidden.interaction('x')],
    ['chats', () => hidden.conversations({ limit: 1 })],
    ['one chat', () => hidden.conversation('c')],
    ['what waits', () => hidden.waitingPeople('parked', { limit: 1 })],
  ])('gets nothing of it from %s', async (_what, ask) => {
    const answer = JSON.stringify(await ask());
    expect(answer).not.toContain(secret);
    expect(answer).toContain('"isHidden":true');
    expect(answer).toContain('+14155550100');
  });

  test('sees that there was something, and what became of it', async () => {
    const { items, cursor } = await hidden.interactions({ limit: 2 });
    expect(cursor).toBe('next');
    expect(items[0]?.interaction).toMatchObject({
      content: { type: 'text', text: '•••', media: [{ id: 'm1', mimeType: 'image/png' }] },
      status: { state: 'read' },
      earlier: [{ content: { text: '•••' } }],
    });
    expect(items[1]?.interaction).toMatchObject({ kind: 'call', result: 'answered' });
  });

  test('cannot find out words by searching for them', async () => {
    expect(await hidden.interactions({ text: secret, limit: 1 })).toEqual({ items: [] });
  });
});
