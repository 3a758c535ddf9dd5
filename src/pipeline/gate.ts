import { createHmac } from 'node:crypto';
import { hashKey } from '../core/key.ts';
import type { AppendEvent, Exclusion } from '../ledger/ledger.ts';
import type { EventDraft } from '../sources/source.ts';

/** Who may be recorded, for one source. */
export interface GateRules {
  readonly source: string;
  readonly sourceKind: string;
  /** E.164; nothing else is stored */
  readonly businessNumbers: ReadonlySet<string> | 'all';
  /** people never recorded: E.164 numbers and user ids */
  readonly excluded: ReadonlySet<string>;
  /** secret for the hashes of what was dropped; not kept in the ledger */
  readonly hashSecret: string;
}

export interface GateResult {
  readonly events: readonly AppendEvent[];
  readonly exclusions: readonly Exclusion[];
  /** events dropped; several may belong to one exclusion */
  readonly dropped: number;
}

/**
 * The privacy gate, fail-closed: only configured business numbers, never an excluded person. What it drops leaves a keyed
 * hash to be counted by, nothing else. Content that names no business number is kept only when all numbers are allowed;
 * otherwise its outline is (names and types, no values).
 */
export function applyGate(drafts: readonly EventDraft[], rules: GateRules): GateResult {
  const events: AppendEvent[] = [];
  const exclusions: Exclusion[] = [];
  let dropped = 0;
  for (const draft of drafts) {
    const configured = isConfigured(draft, rules);
    if (configured === false || concernsExcluded(draft, rules)) {
      dropped += 1;
      if (draft.interactionKey !== undefined)
        exclusions.push(exclusionOf(draft, rules, configured !== false));
      continue;
    }
    events.push(toEvent(draft, rules, configured === undefined));
  }
  return { events, exclusions, dropped };
}

/** undefined: the event names no number */
function isConfigured(draft: EventDraft, rules: GateRules): boolean | undefined {
  if (rules.businessNumbers === 'all') return true;
  if (draft.businessNumber === undefined) return undefined;
  return rules.businessNumbers.has(draft.businessNumber);
}

function concernsExcluded(draft: EventDraft, rules: GateRules): boolean {
  if (rules.excluded.size === 0) return false;
  const named = draft.people.some(
    (person) =>
      (person.phone !== undefined && rules.excluded.has(person.phone)) ||
      (person.userId !== undefined && rules.excluded.has(person.userId)) ||
      (person.parentUserId !== undefined && rules.excluded.has(person.parentUserId)),
  );
  if (named || draft.kind !== 'unrecognised') return named;
  // Nobody knows where an unknown shape puts its people: any mention of an excluded one is enough.
  const text = JSON.stringify(draft.payload);
  return [...rules.excluded].some((person) => text.includes(person.replace(/^\+/, '')));
}

function exclusionOf(draft: EventDraft, rules: GateRules, numberIsConfigured: boolean): Exclusion {
  return {
    source: rules.source,
    businessNumber: numberIsConfigured ? (draft.businessNumber ?? '') : '',
    day: draft.occurredAt.slice(0, 10),
    idHash: createHmac('sha256', rules.hashSecret)
      .update(draft.interactionKey ?? draft.dedupeKey)
      .digest('hex'),
  };
}

function toEvent(draft: EventDraft, rules: GateRules, unattributed: boolean): AppendEvent {
  const { people, ...event } = draft;
  const withhold = unattributed && (draft.kind === 'unrecognised' || people.length > 0);
  return {
    ...event,
    ...(withhold ? { payload: outline(draft.payload) } : {}),
    source: rules.source,
    sourceKind: rules.sourceKind,
  };
}

/** Names and types of a payload without its values, and a hash that tells two of them apart. */
function outline(payload: unknown): unknown {
  return {
    withheld: 'names no configured business number',
    sha256: hashKey(JSON.stringify(payload)),
    shape: shapeOf(payload, 0),
  };
}

function shapeOf(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.length === 0 || depth > 8 ? [] : [shapeOf(value[0], depth + 1)];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  if (depth > 8) return 'object';
  // A name that looks like data (a number, an id) is not told either.
  const names = Object.entries(value).filter(([name]) => /^[a-z_]{1,40}$/i.test(name));
  return Object.fromEntries(names.slice(0, 50).map(([name, item]) => [name, shapeOf(item, depth + 1)]));
}
