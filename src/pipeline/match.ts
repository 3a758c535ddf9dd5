import type { CrmContact, Destination, LookupAddress } from '../destinations/destination.ts';
import type { DirectoryEntry, Ledger, MatchDecision, MatchSubject } from '../ledger/ledger.ts';
import { parsePhone } from '../core/phone.ts';
import { decideMatch, toDirectoryContact, type MatchPolicies } from '../mapping/match.ts';
import { describeError, type Brake } from './brake.ts';

export interface MatchDeps {
  readonly ledger: Pick<Ledger, 'matchSubjects' | 'settleMatches' | 'findContacts' | 'putContacts'>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly brakes: ReadonlyMap<string, Brake>;
  readonly policies: (source: string, businessNumber: string) => MatchPolicies;
  readonly defaultRegion: string;
  /** addresses that a live look-up did not find lately, per destination: not asked again at once */
  readonly unknownLately: {
    has(destination: string, address: string): boolean;
    add(destination: string, address: string): void;
  };
  readonly log: { warn(fields: object, text: string): void };
}

const batch = 500;
const lookupBatch = 100;
const lookupRetryMs = 15_000;

/** Step 3: every interaction that waits for its contact gets a match, or a reason why not. */
export async function matchAll(deps: MatchDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const subjects = await deps.ledger.matchSubjects(batch);
    if (subjects.length === 0) return;
    for (const destination of new Set(subjects.map((subject) => subject.destination))) {
      const group = subjects.filter((subject) => subject.destination === destination);
      await deps.ledger.settleMatches(await decideAll(deps, destination, group));
    }
  }
}

async function decideAll(
  deps: MatchDeps,
  id: string,
  subjects: readonly MatchSubject[],
): Promise<MatchDecision[]> {
  const destination = deps.destinations.get(id);
  if (destination === undefined) {
    return subjects.map(({ key }) => ({ destination: id, key, to: 'parked', reason: 'destination-removed' }));
  }
  const addresses = [...new Set(subjects.flatMap((subject) => subject.addresses))];
  const entries = await deps.ledger.findContacts(id, addresses);
  const known = new Set(entries.map((entry) => entry.address));
  const strangers = subjects.filter((subject) => !subject.addresses.some((address) => known.has(address)));
  const looked = await lookUp(deps, destination, strangers);
  return subjects.map((subject) => {
    if (
      looked.failed !== undefined &&
      strangers.includes(subject) &&
      subject.addresses.some((one) => looked.asked.has(one))
    ) {
      // A look-up that failed is not "no contact".
      return {
        destination: id,
        key: subject.key,
        to: 'later',
        reason: looked.failed,
        delayMs: lookupRetryMs,
      };
    }
    return decideMatch(
      subject,
      [...entries, ...looked.entries],
      deps.policies(subject.interaction.source, subject.interaction.businessNumber),
    );
  });
}

interface Looked {
  readonly entries: readonly DirectoryEntry[];
  readonly asked: ReadonlySet<string>;
  readonly failed?: string;
}

async function lookUp(
  deps: MatchDeps,
  destination: Destination,
  subjects: readonly MatchSubject[],
): Promise<Looked> {
  const addresses = [...new Set(subjects.flatMap((subject) => subject.addresses))].filter(
    (address) => !deps.unknownLately.has(destination.id, address),
  );
  if (addresses.length === 0) return { entries: [], asked: new Set() };
  const brake = deps.brakes.get(destination.id) as Brake;
  const entries: DirectoryEntry[] = [];
  for (let start = 0; start < addresses.length; start += lookupBatch) {
    const rest = new Set(addresses.slice(start));
    if (brake.isOn) return { entries, asked: rest, failed: 'the CRM is not asked while it is down' };
    try {
      entries.push(...(await lookUpChunk(deps, destination, addresses.slice(start, start + lookupBatch))));
      await brake.release();
    } catch (error) {
      const { code, reason, retryAfterMs } = describeError(error);
      await brake.pull(code, reason, retryAfterMs);
      deps.log.warn({ destination: destination.id, code, reason, addresses: rest.size }, 'look-up failed');
      return { entries, asked: rest, failed: code };
    }
  }
  return { entries, asked: new Set() };
}

async function lookUpChunk(
  deps: MatchDeps,
  destination: Destination,
  chunk: readonly string[],
): Promise<DirectoryEntry[]> {
  const found = await destination.lookup(chunk.map(toLookupAddress));
  const contacts = found
    .filter((contact) => !contact.gone)
    .map((contact: CrmContact) => toDirectoryContact(contact, deps.defaultRegion));
  const wanted = new Set(chunk);
  const matching = contacts.filter((contact) => contact.addresses.some((address) => wanted.has(address)));
  if (matching.length > 0) await deps.ledger.putContacts(destination.id, matching);
  const entries = matching.flatMap(({ addresses, gone: _gone, ...contact }) =>
    addresses.map((address) => ({ ...contact, address })),
  );
  const hit = new Set(entries.map((entry) => entry.address));
  for (const address of chunk) if (!hit.has(address)) deps.unknownLately.add(destination.id, address);
  return entries;
}

function toLookupAddress(address: string): LookupAddress {
  const phone = address.startsWith('+') ? parsePhone(address) : undefined;
  return phone === undefined ? { address } : { address, national: phone.national };
}
