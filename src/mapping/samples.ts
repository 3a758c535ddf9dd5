import type { CallInteraction, Interaction, MessageInteraction } from '../core/interaction.ts';

const base = {
  source: 'sample',
  sourceKind: 'whatsapp-cloud',
  businessNumber: '+15550100199',
  person: { phone: '+14155550123', name: 'Ana Silva' },
} as const;

function message(at: string, more: Partial<MessageInteraction>): MessageInteraction {
  return {
    ...base,
    kind: 'message',
    key: '0'.repeat(64),
    providerId: 'sample',
    direction: 'inbound',
    occurredAt: at,
    earlier: [],
    reactions: [],
    via: 'live',
    ...more,
  };
}

function call(at: string, more: Partial<CallInteraction>): CallInteraction {
  return {
    ...base,
    kind: 'call',
    key: '1'.repeat(64),
    providerId: 'sample',
    direction: 'inbound',
    occurredAt: at,
    ...more,
  };
}

/** Made-up interactions of each kind, to try a mapping on before anything real was recorded. */
export function sampleInteractions(): Interaction[] {
  return [
    message('2026-01-15T09:30:00.000Z', {
      content: { type: 'text', text: 'Hello! Is the offer from last week still good?' },
    }),
    message('2026-01-15T09:31:00.000Z', {
      direction: 'outbound',
      content: {
        type: 'document',
        text: 'Here it is again.',
        media: [{ id: 'sample', fileName: 'offer.pdf' }],
      },
      status: { state: 'read', at: '2026-01-15T09:32:00.000Z' },
    }),
    message('2026-01-15T09:40:00.000Z', {
      content: { type: 'text', text: 'Great, we take twelve of them.' },
      earlier: [
        { content: { type: 'text', text: 'Great, we take ten of them.' }, until: '2026-01-15T09:41:00.000Z' },
      ],
    }),
    call('2026-01-15T10:00:00.000Z', { result: 'missed' }),
    call('2026-01-15T10:05:00.000Z', {
      direction: 'outbound',
      result: 'answered',
      startedAt: '2026-01-15T10:05:06.000Z',
      endedAt: '2026-01-15T10:09:18.000Z',
      durationSeconds: 252,
    }),
  ];
}
