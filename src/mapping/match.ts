import { phonesIn } from '../core/phone.ts';
import type { CrmContact } from '../destinations/destination.ts';
import type { DirectoryContact, DirectoryEntry, MatchDecision, MatchSubject } from '../ledger/ledger.ts';

/** The policies that a match obeys; see config/schema.ts. */
export interface MatchPolicies {
  readonly unmatched: 'park' | 'ignore';
  readonly multiple: 'park' | 'newest' | 'oldest';
}

/**
 * Decides who an interaction's person is, from the directory's entries under the person's addresses. The best address
 * that anybody has decides: a user id is exact, a phone number may be shared.
 */
export function decideMatch(
  subject: MatchSubject,
  entries: readonly DirectoryEntry[],
  policies: MatchPolicies,
): MatchDecision {
  const { destination, key } = subject;
  for (const address of subject.addresses) {
    const candidates = uniqueContacts(entries.filter((entry) => entry.address === address));
    const [only] = candidates;
    if (only === undefined) continue;
    if (candidates.length === 1)
      return toContact(subject, only, `one contact has this ${addressKind(address)}`);
    return decideMany(subject, candidates, address, policies);
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

function decideMany(
  subject: MatchSubject,
  candidates: readonly DirectoryEntry[],
  address: string,
  policies: MatchPolicies,
): MatchDecision {
  const { destination, key } = subject;
  if (policies.multiple === 'park') return { destination, key, to: 'parked', reason: 'many-contacts' };
  const byChange = [...candidates].sort(
    (a, b) => (a.modifiedAt ?? '').localeCompare(b.modifiedAt ?? '') || a.id.localeCompare(b.id),
  );
  const chosen = policies.multiple === 'newest' ? byChange.at(-1) : byChange[0];
  return toContact(
    subject,
    chosen as DirectoryEntry,
    `${policies.multiple} of ${candidates.length} contacts with this ${addressKind(address)}`,
  );
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
