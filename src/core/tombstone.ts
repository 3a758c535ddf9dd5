import type { CallInteraction, Interaction, MessageInteraction } from './interaction.ts';

/** What is left of an interaction whose content was destroyed: that it was, when, of which of the firm's numbers. */
export function tombstoneOf(
  kind: Interaction['kind'],
  left: Pick<Interaction, 'key' | 'source' | 'sourceKind' | 'businessNumber' | 'direction' | 'occurredAt'> & {
    readonly purged: NonNullable<Interaction['purged']>;
  },
): Interaction {
  const base = { ...left, providerId: '', person: {} };
  if (kind === 'call') return { ...base, kind } satisfies CallInteraction;
  return { ...base, kind, earlier: [], reactions: [], via: 'unknown' } satisfies MessageInteraction;
}
