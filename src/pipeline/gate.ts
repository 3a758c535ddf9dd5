import { createHmac } from 'node:crypto';
import {
  addressesIn,
  mentions,
  soughtOf,
  userIdsIn,
  withoutAddresses,
  type Sought,
} from '../core/mentions.ts';
import { canonicalPhone, formsOf } from '../core/phone.ts';
import type { AppendEvent, ExcludedId, Exclusion } from '../ledger/ledger.ts';
import type { ConsentRules } from '../mapping/consent.ts';
import type { EventDraft } from '../sources/source.ts';
import { outlineEvent } from './quarantine-box.ts';

/** Who may be recorded, for one source. */
export interface GateRules {
  readonly source: string;
  readonly sourceKind: string;
  /** E.164; nothing else is stored */
  readonly businessNumbers: ReadonlySet<string> | 'all';
  /** people never recorded: numbers in their canonical form, and user ids */
  readonly excluded: ReadonlySet<string>;
  /** the firm's own numbers in their canonical form, where what they write to each other is not recorded */
  readonly internal?: ReadonlySet<string>;
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
 * hash to be counted by, nothing else. In what others write an excluded person's addresses are blanked. Content that names
 * no business number is encrypted and stands in quarantine, beside an event with its outline.
 */
export function applyGate(
  drafts: readonly EventDraft[],
  rules: GateRules,
  known: KnownIds = nobody,
): GateResult {
  const learned = drafts.flatMap((draft) => idsOfExcluded(draft, rules));
  const excludedIds = new Set([...known.without, ...learned.map(({ idHash }) => idHash)]);
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
    const mentioned = new Set([...excludedIds, ...known.mentioned]);
    events.push(toEvent(withoutExcluded(draft, rules, mentioned), rules));
  }
  return { events, exclusions, dropped, learned };
}

/** Keyed hashes of user ids that are known to be excluded people's. */
export interface KnownIds {
  /** of those by which drafts name people without any number ({@link idsWithoutNumber}) */
  readonly without: ReadonlySet<string>;
  /** of those that are only mentioned ({@link idsMentioned}) */
  readonly mentioned: ReadonlySet<string>;
}

const nobody: KnownIds = { without: new Set(), mentioned: new Set() };

/** Keyed hashes of the user ids by which these drafts name people without any number. */
export function idsWithoutNumber(drafts: readonly EventDraft[], rules: GateRules): string[] {
  if (rules.excluded.size === 0 && (rules.consents ?? []).length === 0) return [];
  const nameless = drafts.filter(({ people }) => people.every(({ phone }) => phone === undefined));
  return [...new Set(nameless.flatMap((draft) => userIdsOf(draft).map((id) => hashOfId(id, rules))))];
}

/** Every address that drafts mention beside the people whom they are about; of anybody, most of them are none. */
export function addressesMentioned(drafts: readonly EventDraft[]): string[] {
  return [...new Set(drafts.flatMap((draft) => [...addressesIn(textOf(draft))]))];
}

/** Keyed hashes of the user ids that drafts mention beside the people whom they are about. */
export function idsMentioned(drafts: readonly EventDraft[], rules: GateRules): string[] {
  if (rules.excluded.size === 0 && (rules.consents ?? []).length === 0) return [];
  const own = new Set(drafts.flatMap(userIdsOf));
  const ids = new Set(drafts.flatMap((draft) => [...userIdsIn(textOf(draft))]));
  return [...ids].filter((id) => !own.has(id)).map((id) => hashOfId(id, rules));
}

function textOf({ providerId = '', payload }: EventDraft): string {
  return `${providerId} ${JSON.stringify(payload) ?? ''}`;
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

/** Is the other side one of the firm's own numbers? */
function isInternal({ people, businessNumber = '' }: EventDraft, { internal }: GateRules): boolean {
  if (internal === undefined) return false;
  const own = canonicalPhone(businessNumber);
  const others = people.flatMap(({ phone }) => (phone === undefined ? [] : canonicalPhone(phone)));
  return others.some((phone) => phone !== own && internal.has(phone));
}

function concernsExcluded(draft: EventDraft, rules: GateRules): boolean {
  const { excluded } = rules;
  if (isInternal(draft, rules)) return true;
  if (excluded.size === 0) return false;
  const named = draft.people.some(
    (person) =>
      (person.phone !== undefined && excluded.has(canonicalPhone(person.phone))) ||
      (person.userId !== undefined && excluded.has(person.userId)) ||
      (person.parentUserId !== undefined && excluded.has(person.parentUserId)),
  );
  // WhatsApp's id of a message or call has the other side's number in it.
  const isOwn = named || mentions(draft.providerId ?? '', soughtOf(excluded));
  if (isOwn || isKnownShape(draft)) return isOwn;
  // Nobody knows where an unknown shape puts its people: any mention of an excluded one is enough.
  const text = JSON.stringify(draft.payload) ?? '';
  return (
    mentions(text, soughtOf(excluded)) ||
    [...excluded].flatMap(formsOf).some((person) => text.includes(person.replace(/^\+/, '')))
  );
}

/** Is it known where such an event names its people? */
export function isKnownShape({ kind, businessNumber }: EventDraft): boolean {
  return kind !== 'unrecognised' && businessNumber !== undefined;
}

/** What somebody else wrote, without the addresses of excluded people in it. */
function withoutExcluded(draft: EventDraft, rules: GateRules, idHashes: ReadonlySet<string>): EventDraft {
  if (rules.excluded.size + idHashes.size === 0) return draft;
  // A shape that is not known was looked through as a whole.
  if (idHashes.size === 0 && !isKnownShape(draft)) return draft;
  const people = soughtOf(rules.excluded);
  // Ids of excluded people are known by their hashes; numbers are never among those.
  const isTheirId = (address: string) =>
    idHashes.size > 0 && !address.startsWith('+') && idHashes.has(hashOfId(address, rules));
  const sought: Sought = { ...people, has: (address) => people.has(address) || isTheirId(address) };
  if (!mentions(JSON.stringify(draft.payload) ?? '', sought)) return draft;
  return { ...draft, payload: withoutAddresses(draft.payload, sought) };
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

function toEvent(draft: EventDraft, rules: GateRules): AppendEvent {
  const { people, ...event } = draft;
  const own = { source: rules.source, sourceKind: rules.sourceKind };
  // Of an account's events, which name nobody, the names and types would not be enough: they raise alerts.
  const isUnattributed = isConfigured(draft, rules) === undefined;
  const isNobodys = rules.businessNumbers === 'all' && draft.businessNumber === undefined;
  const isPrivate = people.length > 0 || (isUnattributed && draft.kind === 'unrecognised');
  if ((isUnattributed || isNobodys) && isPrivate) return { ...outlineEvent(draft, rules), ...own };
  const person = people.find(({ phone }) => phone !== undefined)?.phone ?? people[0]?.userId;
  return { ...event, ...own, ...(person !== undefined && { person }) };
}
