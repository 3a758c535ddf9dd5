import { phonesIn } from '../core/phone.ts';
import type { CrmContact } from '../destinations/destination.ts';
import { consentOf, type ConsentRules } from './consent.ts';
import type { DirectoryContact, DirectoryEntry, MatchDecision, MatchSubject } from '../ledger/ledger.ts';

/** The policies that a match obeys; see config/schema.ts. */
export interface MatchPolicies {
  /** by which fields of a contact a person is never recorded, or only then */
  readonly consent?: ConsentRules;
  readonly unmatched: 'park' | 'ignore' | 'create-contact' | 'create-lead';
  readonly multiple: 'park' | 'newest' | 'oldest' | 'owner';
}

/**
 * Decides who an interaction's person is, from the directory's entries under the person's addresses. The best address
 * that anybody has decides: a user id is exact, a phone number may be shared.
 *
 * @param ownerId CRM user id of who held the firm's number then; for the policy `owner`
 */
export function decideMatch(
  subject: MatchSubject,
  entries: readonly DirectoryEntry[],
  policies: MatchPolicies,
  ownerId?: string,
): MatchDecision {
  const { destination, key } = subject;
  const barred = policies.consent && consentDecision(subject, entries, policies.consent);
  if (barred !== undefined) return barred;
  for (const address of subject.addresses) {
    const candidates = uniqueContacts(entries.filter((entry) => entry.address === address));
    const [only] = candidates;
    if (only === undefined) continue;
    if (candidates.length === 1)
      return toContact(subject, only, `one contact has this ${addressKind(address)}`);
    return decideMany(subject, candidates, address, policies.multiple, ownerId);
  }
  return policies.unmatched === 'ignore'
    ? { destination, key, to: 'ignored', reason: 'no-contact' }
    : {
        destination,
        key,
        to: 'parked',
        reason: subject.addresses.length === 0 ? 'no-address' : 'no-contact',
      };
}

/** Of all contacts that may be meant one that is opted out is enough: it is better to record too little of a person. */
function consentDecision(
  { destination, key, addresses }: MatchSubject,
  entries: readonly DirectoryEntry[],
  rules: ConsentRules,
): MatchDecision | undefined {
  const meant = entries.filter(({ address }) => addresses.includes(address));
  const consents = new Set(meant.map((entry) => consentOf(entry, rules)));
  if (consents.has('excluded')) return { destination, key, to: 'excluded', reason: 'excluded-by-field' };
  if (consents.has('unknown')) return { destination, key, to: 'parked', reason: 'consent-unknown' };
  return undefined;
}

function decideMany(
  subject: MatchSubject,
  candidates: readonly DirectoryEntry[],
  address: string,
  policy: MatchPolicies['multiple'],
  ownerId: string | undefined,
): MatchDecision {
  const { destination, key } = subject;
  const chosen = choose(candidates, policy, ownerId);
  if (chosen === undefined) return { destination, key, to: 'parked', reason: 'many-contacts' };
  const text = `${policy} of ${candidates.length} contacts with this ${addressKind(address)}`;
  return toContact(subject, chosen, text);
}

/** Whom the policy means; nobody when it cannot tell them apart. */
function choose(
  candidates: readonly DirectoryEntry[],
  policy: MatchPolicies['multiple'],
  ownerId: string | undefined,
): DirectoryEntry | undefined {
  if (policy === 'park') return undefined;
  if (policy === 'owner') {
    const own = ownerId === undefined ? [] : candidates.filter((one) => one.ownerId === ownerId);
    return own.length === 1 ? own[0] : undefined;
  }
  const byChange = [...candidates].sort(
    (a, b) => (a.modifiedAt ?? '').localeCompare(b.modifiedAt ?? '') || a.id.localeCompare(b.id),
  );
  return policy === 'newest' ? byChange.at(-1) : byChange[0];
}

function toContact(subject: MatchSubject, entry: DirectoryEntry, reason: string): MatchDecision {
  const { type, id, name, ownerId } = entry;
  return {
    destination: subject.destination,
    key: subject.key,
    to: 'ready',
    contact: { type, id, name, ...(ownerId === undefined ? {} : { ownerId }) },
    reason,
  };
}

function addressKind(address: string): string {
  return address.startsWith('+') ? 'phone number' : 'WhatsApp user id';
}

function uniqueContacts(entries: readonly DirectoryEntry[]): DirectoryEntry[] {
  return [...new Map(entries.map((entry) => [`${entry.type} ${entry.id}`, entry])).values()];
}

/** A CRM contact with its numbers read as E.164; what is no number is left out. `region` reads national formats. */
export function toDirectoryContact(contact: CrmContact, region: string): DirectoryContact {
  const { phones, userIds, ...rest } = contact;
  const numbers = phones.flatMap((phone) => phonesIn(phone, region));
  return { ...rest, addresses: [...new Set([...numbers, ...userIds])] };
}
