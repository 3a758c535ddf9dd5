import type { Fact } from './fact.ts';
import { foldCall } from './fold-call.ts';
import { withResults } from './fold-media.ts';
import { foldMessage } from './fold-message.ts';
import { inOrder, type FoldBase } from './fold-order.ts';
import type { Interaction } from './interaction.ts';

/** A fact with the ids of the event it was read from. */
export interface FoldEvent {
  readonly event: {
    /** ledger sequence */
    readonly id: number;
    /** settings id of the source */
    readonly source: string;
    readonly sourceKind: string;
    readonly businessNumber?: string;
    /** provider's id of the interaction */
    readonly providerId?: string;
  };
  readonly fact: Fact;
}

/**
 * Makes an interaction of all facts known of it. Pure, and the same for every order and repetition of the facts; only
 * `source` comes from the event that was appended first. Throws a RangeError without any event: an interaction has one.
 */
export function fold(key: string, events: readonly FoldEvent[]): Interaction {
  const first = events.reduce<FoldEvent['event'] | undefined>(
    (least, { event }) => (least === undefined || event.id < least.id ? event : least),
    undefined,
  );
  if (first === undefined) throw new RangeError('An interaction has at least one event.');
  const base: FoldBase = {
    key,
    source: first.source,
    sourceKind: first.sourceKind,
    businessNumber: first.businessNumber ?? '',
    providerId: first.providerId ?? '',
  };
  const facts = inOrder(events.map(({ fact }) => fact));
  const isCall = facts.some((fact) => fact.kind === 'call');
  // What became of files says nothing about the message or call itself, and not when it was.
  const own = facts.filter((fact) => fact.kind !== 'media');
  return withResults(isCall ? foldCall(base, own) : foldMessage(base, own), facts);
}
