import { expect, test } from '@jest/globals';
import type { MessageInteraction } from '../../src/core/interaction.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { subjectsOf } from '../../src/pipeline/preview-subjects.ts';

const message = (key: string, text: string, replyTo?: string): MessageInteraction => ({
  key,
  kind: 'message',
  source: 'support',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550783881',
  providerId: `wamid.${key}`,
  direction: 'inbound',
  occurredAt: '2026-03-01T10:00:00.000Z',
  person: { phone: '+14155550100' },
  content: {
    type: 'text',
    text,
    ...(replyTo && { replyTo: { key: replyTo, providerId: `wamid.${replyTo}` } }),
  },
  earlier: [],
  reactions: [],
  via: 'live',
});

test('a preview of a reply knows what it answers, as its delivery does', async () => {
  const messages = [
    message('first', 'at five?'),
    message('reply', 'yes', 'first'),
    message('lost', 'hm', 'gone'),
  ];
  const ledger = {
    interaction: async (key: string) => {
      const interaction = messages.find((one) => one.key === key);
      return interaction && { interaction, revision: 1, activities: [], conversation: 'chat' };
    },
  } as unknown as Ledger;
  const quotedOf = async (key: string) => {
    const [subject] = await subjectsOf({ ledger, webhooks: new Map(), normalize: new Map() }, 'sales', {
      key,
    });
    return subject?.quoted;
  };
  expect(await quotedOf('reply')).toMatchObject({ key: 'first', content: { text: 'at five?' } });
  expect(await quotedOf('first')).toBeUndefined();
  expect(await quotedOf('lost')).toBeUndefined();
});
