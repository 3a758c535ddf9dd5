import { createHmac } from 'node:crypto';
import { hashKey } from '../core/key.ts';
import { canonicalPhone, formsOf } from '../core/phone.ts';
import type { AppendEvent, ExcludedId, Exclusion } from '../ledger/ledger.ts';
import type { ConsentRules } from '../mapping/consent.ts';
import type { EventDraft } from '../sources/source.ts';

/** Who may be recorded, for one source. */
export interface GateRules {
  readonly source: string;
  readonly sourceKind: string;
  /** E.164; nothing else is stored */
  readonly businessNumbers: ReadonlySet<string> | 'all';
  /** people never recorded: numbers in their canonical form, and user ids */
  readonly excluded: ReadonlySet<string>;
  /** by which fields of a CRM's contacts people are never recorded, or only then; for each way into a CRM */
  readonly consents?: readonly GateConsent[];
  /** secret for the hashes of what was dropped; not kept in the ledger */
  readonly hashSecret: string;
}

/** Fields of one destination's contacts, and whose traffic they are about. */
export interface GateConsent {
  readonly destination: string;
  /** undefined: all of the source */
  readonly businessNumbers?: ReadonlySet<string>;
  readonly rules: ConsentRules;
}

export interface GateResult {
  readonly events: readonly AppendEvent[];
  readonly exclusions: readonly Exclusion[];
  /** events dropped; several may belong to one exclusion */
  readonly dropped: number;
  /** user ids that excluded people were seen with: they may write under these alone later */
  readonly learned: readonly ExcludedId[];
}

/**
 * The privacy gate, fail-closed: only configured business numbers, never an excluded person. What it drops leaves a keyed
 * hash to be counted by, nothing else. Content that names no business number is kept only when all numbers are allowed;
 * otherwise its outline is (names and types, no values).
 */
export function applyGate(
  drafts: readonly EventDraft[],
  rules: GateRules,
  /** keyed hashes of user ids that are known to be excluded people's ({@link idsWithoutNumber}) */
  knownIds: ReadonlySet<string> = new Set(),
): GateResult {
  const learned = drafts.flatMap((draft) => idsOfExcluded(draft, rules));
  const excludedIds = new Set([...knownIds, ...learned.map(({ idHash }) => idHash)]);
  const events: AppendEvent[] = [];
  const exclusions: Exclusion[] = [];
  let dropped = 0;
  for (const draft of drafts) {
    const configured = isConfigured(draft, rules);
    if (
      configured === false ||
      concernsExcluded(draft, rules) ||
      isUnderExcludedId(draft, rules, excludedIds)
    ) {
      dropped += 1;
      if (draft.interactionKey !== undefined)
        exclusions.push(exclusionOf(draft, rules, configured !== false));
      continue;
    }
    events.push(toEvent(draft, rules, configured === undefined));
  }
  return { events, exclusions, dropped, learned };
}

/** Keyed hashes of the user ids by which these drafts name people without any number. */
export function idsWithoutNumber(drafts: readonly EventDraft[], rules: GateRules): string[] {
  if (rules.excluded.size === 0 && (rules.consents ?? []).length === 0) return [];
  const nameless = drafts.filter(({ people }) => people.every(({ phone }) => phone === undefined));
  return [...new Set(nameless.flatMap((draft) => userIdsOf(draft).map((id) => hashOfId(id, rules))))];
}

/** Keyed hashes of everyone who is excluded, as they stand beside what was learned from them. */
export function hashesOfExcluded(rules: GateRules): string[] {
  return [...rules.excluded].map((person) => hashOfId(person, rules));
}

/** Of a draft that is about one excluded person and nobody else. */
function idsOfExcluded(draft: EventDraft, rules: GateRules): ExcludedId[] {
  if (rules.excluded.size === 0 || isConfigured(draft, rules) === false) return [];
  const phones = new Set(draft.people.flatMap(({ phone }) => phone ?? []));
  const userIds = new Set(draft.people.flatMap(({ userId }) => userId ?? []));
  const [phone] = phones;
  const isOne = phones.size === 1 && userIds.size === 1 && phone !== undefined;
  if (!isOne || !rules.excluded.has(canonicalPhone(phone))) return [];
  const becauseHash = hashOfId(canonicalPhone(phone), rules);
  return userIdsOf(draft).map((id) => ({ idHash: hashOfId(id, rules), becauseHash }));
}

function isUnderExcludedId(draft: EventDraft, rules: GateRules, excluded: ReadonlySet<string>): boolean {
  return excluded.size > 0 && userIdsOf(draft).some((id) => excluded.has(hashOfId(id, rules)));
}

function userIdsOf({ people }: EventDraft): string[] {
  return people.flatMap(({ userId, parentUserId }) =>
    [userId, parentUserId].filter((id) => id !== undefined),
  );
}

function hashOfId(id: string, { hashSecret }: GateRules): string {
  return createHmac('sha256', hashSecret).update(`person ${id}`).digest('hex');
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
      (person.phone !== undefined && rules.excluded.has(canonicalPhone(person.phone))) ||
      (person.userId !== undefined && rules.excluded.has(person.userId)) ||
      (person.parentUserId !== undefined && rules.excluded.has(person.parentUserId)),
  );
  if (named || draft.kind !== 'unrecognised') return named;
  // Nobody knows where an unknown shape puts its people: any mention of an excluded one is enough.
  const text = JSON.stringify(draft.payload);
  return [...rules.excluded].flatMap(formsOf).some((person) => text.includes(person.replace(/^\+/, '')));
}

function exclusionOf(draft: EventDraft, rules: GateRules, numberIsConfigured: boolean): Exclusion {
  return {
    source: rules.source,
    businessNumber: numberIsConfigured ? (draft.businessNumber ?? '') : '',
    day: draft.occurredAt.slice(0, 10),
    idHash: exclusionHash(draft.interactionKey ?? draft.dedupeKey, rules),
  };
}

/** Under which a dropped interaction is counted: nobody without the secret can tell which one it was. */
export function exclusionHash(key: string, { hashSecret }: Pick<GateRules, 'hashSecret'>): string {
  return createHmac('sha256', hashSecret).update(key).digest('hex');
}

function toEvent(draft: EventDraft, rules: GateRules, unattributed: boolean): AppendEvent {
  const { people, ...event } = draft;
  const person = people.find(({ phone }) => phone !== undefined)?.phone ?? people[0]?.userId;
  const withhold = unattributed && (draft.kind === 'unrecognised' || people.length > 0);
  return {
    ...event,
    ...(withhold ? { payload: outline(draft.payload) } : {}),
    source: rules.source,
    sourceKind: rules.sourceKind,
    ...(person !== undefined && { person }),
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
