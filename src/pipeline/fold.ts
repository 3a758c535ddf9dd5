import type { Fact, MediaFact } from '../core/fact.ts';
import { contentHash } from '../core/fold-hash.ts';
import { missingFiles } from '../core/fold-media.ts';
import { fold } from '../core/fold.ts';
import { addressesOf, isWithoutContent, type Interaction } from '../core/interaction.ts';
import { linksOf } from '../core/learn.ts';
import type { Ledger, FoldSubject, Folded, Learned } from '../ledger/ledger.ts';
import type { Normalize, StoredEvent } from '../sources/source.ts';
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
      (event) => learn(deps, event),
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

/** What some events of an interaction make of it: all of them, or those up to a moment. */
export function interactionOf(deps: Pick<FoldDeps, 'normalize'>, subject: FoldSubject): Interaction {
  const facts = subject.events.map((event) => ({ event, fact: readFact(deps, event) }));
  return named(fold(subject.key, facts), subject.groupSubject);
}

function rebuild(deps: FoldDeps, subject: FoldSubject): Folded {
  const facts = subject.events.map((event) => ({ event, fact: readFact(deps, event) }));
  const interaction = named(fold(subject.key, facts), subject.groupSubject);
  const { destinations, statuses } = deps.route(interaction.source, interaction.businessNumber);
  return {
    interaction,
    contentHash: contentHash(interaction, statuses),
    withoutContent: isWithoutContent(interaction),
    addresses: addressesOf(interaction.person),
    links: facts.flatMap(({ fact }) => linksOf(fact)),
    media: missingFiles(interaction),
    ...(isIncomplete(interaction) ? { holdMs: incompleteHoldMs } : {}),
    destinations: destinations.map((id) => ({ id, initial: 'matching' as const })),
  };
}

/** What became of a file is our own event: the same for every source. */
export function readFact(deps: Pick<FoldDeps, 'normalize'>, event: StoredEvent): Fact {
  if (event.kind === 'media') {
    const { mediaId, result } = event.payload as Pick<MediaFact, 'mediaId' | 'result'>;
    return { kind: 'media', at: event.occurredAt, mediaId, result };
  }
  const normalize = deps.normalize.get(event.sourceKind);
  if (normalize === undefined) throw new Error(`no reader for events of ${event.sourceKind}`);
  return normalize(event);
}

/** With the group's name as it was then, where the message itself does not say it. */
export function named(interaction: Interaction, subjectOf: FoldSubject['groupSubject']): Interaction {
  const { group, occurredAt } = interaction;
  if (group === undefined || group.subject !== undefined) return interaction;
  const subject = subjectOf(group.id, occurredAt);
  return subject === undefined ? interaction : { ...interaction, group: { ...group, subject } };
}

/** What an event tells beyond an interaction: who is who, what a group is called, whether capture has stopped. */
function learn(deps: FoldDeps, event: StoredEvent): Learned {
  const fact = readFact(deps, event);
  const { source, businessNumber = '' } = event;
  const notice = fact.kind === 'notice' ? fact : undefined;
  return {
    links: linksOf(fact),
    groups: notice?.group ? [{ businessNumber, ...notice.group, at: fact.at }] : [],
    alerts: notice?.alert ? [{ ...notice.alert, source, at: fact.at }] : [],
  };
}
