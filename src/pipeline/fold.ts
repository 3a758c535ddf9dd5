import { contentHash } from '../core/fold-hash.ts';
import { fold } from '../core/fold.ts';
import { addressesOf, isWithoutContent, type Interaction } from '../core/interaction.ts';
import type { Ledger, FoldSubject, Folded } from '../ledger/ledger.ts';
import type { Normalize } from '../sources/source.ts';
import { pause } from './pause.ts';

export interface FoldDeps {
  readonly ledger: Pick<Ledger, 'fold'>;
  /** per source kind */
  readonly normalize: ReadonlyMap<string, Normalize>;
  /** destinations of an interaction, and which delivery states are worth a change of its record */
  readonly route: (
    source: string,
    businessNumber: string,
  ) => { destinations: readonly string[]; statuses: 'none' | 'failed' | 'final' };
}

/** Small enough that a webhook's commit never waits long behind a fold on the embedded store. */
const batch = 100;

/**
 * Step 2: events become or change interactions, until the inbox is empty. `onChange` after each batch that changed any:
 * the match goes on while the fold does.
 */
export async function foldAll(deps: FoldDeps, onChange: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const done = await deps.ledger.fold(
      batch,
      (subject) => rebuild(deps, subject),
      () => ({ links: [], groups: [], alerts: [] }),
    );
    if (done.events === 0) return;
    if (done.interactions > 0) onChange();
    // While events trickle in, a short wait makes one fold of what would be many.
    if (done.events < batch / 2) await pause(gatherMs, signal);
  }
}

/** Half of a thing is worth a short wait: it saves a record that is changed a second later, and a call to the CRM. */
const incompleteHoldMs = 5_000;

const gatherMs = 100;

/** A call that has not ended, or a message of which only a delivery state is here yet (states overtake messages). */
function isIncomplete(interaction: Interaction): boolean {
  return interaction.kind === 'call' ? interaction.result === undefined : isWithoutContent(interaction);
}

function rebuild(deps: FoldDeps, subject: FoldSubject): Folded {
  const facts = subject.events.map((event) => {
    const normalize = deps.normalize.get(event.sourceKind);
    if (normalize === undefined) throw new Error(`no reader for events of ${event.sourceKind}`);
    return { event, fact: normalize(event) };
  });
  const interaction = fold(subject.key, facts);
  const { destinations, statuses } = deps.route(interaction.source, interaction.businessNumber);
  return {
    interaction,
    contentHash: contentHash(interaction, statuses),
    withoutContent: isWithoutContent(interaction),
    addresses: addressesOf(interaction.person),
    links: [],
    media: [],
    ...(isIncomplete(interaction) ? { holdMs: incompleteHoldMs } : {}),
    destinations: destinations.map((id) => ({ id, initial: 'matching' as const })),
  };
}
