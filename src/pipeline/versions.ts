import type { Fact } from '../core/fact.ts';
import { fold, type FoldEvent } from '../core/fold.ts';
import type { Interaction } from '../core/interaction.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Normalize, StoredEvent } from '../sources/source.ts';
import { named, readFact } from './fold.ts';
import { importedKind } from './import.ts';

/**
 * Who or what caused an event: the person or the firm by WhatsApp (`person`, `firm`), WhatsApp itself (delivery states),
 * the worker (files that it fetched), an admin (a chat export), or nobody knows (`source`).
 */
export type Cause = 'person' | 'firm' | 'whatsapp' | 'worker' | 'admin' | 'source';

/** An interaction as it was after one of its events, in order of arrival. */
export interface Version {
  /** from 1 */
  readonly number: number;
  /** ISO 8601: when the event arrived */
  readonly at: string;
  /** the event that made it this way */
  readonly event: { readonly id: number; readonly kind: StoredEvent['kind']; readonly occurredAt: string };
  readonly by: Cause;
  /** names of what is different from the version before, like `content.text`; of the first one none */
  readonly changed: readonly string[];
  readonly interaction: Interaction;
}

/** All versions of an interaction. */
export interface Versions {
  readonly key: string;
  /** id of its chat */
  readonly conversation: string;
  /** what was written is left out: the role for it is missing */
  readonly isHidden?: true;
  readonly versions: readonly Version[];
}

export interface VersionDeps {
  readonly ledger: Pick<Ledger, 'interaction'>;
  /** per source kind */
  readonly normalize: ReadonlyMap<string, Normalize>;
}

/** The versions of an interaction, from the ledger alone. undefined: there is no such one */
export async function versions(deps: VersionDeps, key: string): Promise<Versions | undefined> {
  const view = await deps.ledger.interaction(key);
  if (view === undefined) return undefined;
  const { interaction, conversation, events } = view;
  // What a group was called then is told by other events than its own.
  const subject = interaction.group?.subject;
  return { key, conversation, versions: versionsOf(deps, key, events, subject) };
}

/** The interaction after each of its events: the fold of every beginning of their list. */
export function versionsOf(
  deps: Pick<VersionDeps, 'normalize'>,
  key: string,
  events: readonly StoredEvent[],
  groupSubject?: string,
): Version[] {
  const arrived = events.toSorted((one, other) => one.id - other.id);
  const facts = arrived.map((event): FoldEvent & { event: StoredEvent } => ({
    event,
    fact: readFact(deps, event),
  }));
  let before: Interaction | undefined;
  return facts.map(({ event, fact }, index) => {
    const interaction = named(fold(key, facts.slice(0, index + 1)), () => groupSubject);
    const changed = before === undefined ? [] : differences(before, interaction, '');
    before = interaction;
    const { id, kind, occurredAt, receivedAt } = event;
    return {
      number: index + 1,
      at: receivedAt,
      event: { id, kind, occurredAt },
      by: causeOf(event, fact),
      changed,
      interaction,
    };
  });
}

function causeOf({ sourceKind, kind }: StoredEvent, fact: Fact): Cause {
  if (kind === 'media') return 'worker';
  if (sourceKind === importedKind) return 'admin';
  if (fact.kind === 'status') return 'whatsapp';
  const direction = 'direction' in fact ? fact.direction : undefined;
  if (direction === undefined) return 'source';
  return direction === 'inbound' ? 'person' : 'firm';
}

/** Names of what differs, objects entered, lists as a whole. */
function differences(before: object, after: object, path: string): string[] {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const [was, is] = [old[name], now[name]];
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    const place = path === '' ? name : `${path}.${name}`;
    return isObject(was) && isObject(is) ? differences(was, is, place) : [place];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
