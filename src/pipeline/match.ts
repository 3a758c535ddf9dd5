import { CrmError } from '../core/errors.ts';
import type { Interaction } from '../core/interaction.ts';
import type { CrmContact, Destination, LookupAddress } from '../destinations/destination.ts';
import type { DirectoryEntry, Ledger, MatchDecision, MatchSubject } from '../ledger/ledger.ts';
import { formsOf, parsePhone } from '../core/phone.ts';
import { withoutBarredName } from '../mapping/barred.ts';
import type { ConsentRules } from '../mapping/consent.ts';
import { decideMatch, toDirectoryContact, type MatchPolicies } from '../mapping/match.ts';
import { describeError, type Brake } from './brake.ts';
import { createStrangers, madeOf, type Stranger } from './create-people.ts';
import { pause } from './pause.ts';

/** What the match of one destination needs. */
export interface MatchDeps {
  readonly ledger: Pick<Ledger, 'matchSubjects' | 'settleMatches' | 'findContacts' | 'putContacts'>;
  readonly destination: Destination;
  readonly brake: Brake;
  readonly policies: (source: string, businessNumber: string) => MatchPolicies;
  /** CRM user id of who held the firm's number then. @throws CrmError when the CRM cannot say */
  readonly holderOf: (interaction: Interaction) => Promise<string | undefined>;
  readonly defaultRegion: string;
  /** by which fields people are never recorded, or only then: of each route into this CRM */
  readonly consents: readonly ConsentRules[];
  /** addresses that a live look-up did not find lately: not asked again at once */
  readonly unknownLately: { has(address: string): boolean; add(address: string): void };
  readonly log: { warn(fields: object, text: string): void };
}

const batch = 250;
const gatherMs = 100;
const lookupBatch = 100;
const lookupRetryMs = 15_000;

/**
 * Step 3: every interaction that waits for its contact in one destination gets a match, or a reason why not. `onReady`
 * after each batch that made any ready to be sent.
 */
export async function matchAll(deps: MatchDeps, onReady: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const subjects = await deps.ledger.matchSubjects(batch, deps.destination.id);
    if (subjects.length === 0) return;
    const decisions = await decideAll(deps, subjects);
    await deps.ledger.settleMatches(decisions);
    if (decisions.some((decision) => decision.to === 'ready')) onReady();
    if (subjects.length < batch / 2) await pause(gatherMs, signal);
  }
}

async function decideAll(deps: MatchDeps, subjects: readonly MatchSubject[]): Promise<MatchDecision[]> {
  const { id } = deps.destination;
  const addresses = [...new Set(subjects.flatMap((subject) => subject.addresses))];
  const entries = await deps.ledger.findContacts(id, addresses);
  const known = new Set(entries.map((entry) => entry.address));
  const strangers = subjects.filter((subject) => !subject.addresses.some((address) => known.has(address)));
  const looked = await lookUp(deps, strangers);
  const all = [...entries, ...looked.entries];
  const decisions: MatchDecision[] = [];
  for (const subject of subjects) {
    const isOpen =
      looked.failed !== undefined &&
      strangers.includes(subject) &&
      subject.addresses.some((one) => looked.asked.has(one));
    // A look-up that failed is not "no contact".
    decisions.push(isOpen ? later(subject, looked.failed) : await decideOne(deps, subject, all));
  }
  return withCreated(deps, subjects, decisions);
}

/** Nobody knows them for certain: where the policy says so they become contacts. */
async function withCreated(
  deps: MatchDeps,
  subjects: readonly MatchSubject[],
  decisions: readonly MatchDecision[],
): Promise<MatchDecision[]> {
  const strangers = subjects.flatMap((subject, at): Stranger[] => {
    const decision = decisions[at];
    const { source, businessNumber } = subject.interaction;
    if (decision?.to !== 'parked' || decision.reason !== 'no-contact') return [];
    const as = madeOf(deps.policies(source, businessNumber));
    return as === undefined ? [] : [{ subject, as }];
  });
  if (strangers.length === 0) return [...decisions];
  const created = await createStrangers(deps, strangers, lookupRetryMs);
  const byKey = new Map(created.map((one) => [one.key, one]));
  return decisions.map((one) => byKey.get(one.key) ?? one);
}

async function decideOne(
  deps: MatchDeps,
  subject: MatchSubject,
  entries: readonly DirectoryEntry[],
): Promise<MatchDecision> {
  const { interaction } = subject;
  const policies = deps.policies(interaction.source, interaction.businessNumber);
  const decision = decideMatch(subject, entries, policies);
  if (policies.multiple !== 'owner' || decision.reason !== 'many-contacts') return decision;
  try {
    return decideMatch(subject, entries, policies, await deps.holderOf(interaction));
  } catch (error) {
    if (!(error instanceof CrmError)) throw error;
    return later(subject, describeError(error).code);
  }
}

function later({ destination, key }: MatchSubject, reason: string): MatchDecision {
  return { destination, key, to: 'later', reason, delayMs: lookupRetryMs };
}

interface Looked {
  readonly entries: readonly DirectoryEntry[];
  readonly asked: ReadonlySet<string>;
  readonly failed?: string;
}

async function lookUp(deps: MatchDeps, subjects: readonly MatchSubject[]): Promise<Looked> {
  const { brake, destination, unknownLately, log } = deps;
  const addresses = [...new Set(subjects.flatMap((subject) => subject.addresses))].filter(
    (address) => !unknownLately.has(address),
  );
  if (addresses.length === 0) return { entries: [], asked: new Set() };
  const entries: DirectoryEntry[] = [];
  for (let start = 0; start < addresses.length; start += lookupBatch) {
    const rest = new Set(addresses.slice(start));
    if (brake.isOn) return { entries, asked: rest, failed: 'the CRM is not asked while it is down' };
    try {
      entries.push(...(await lookUpChunk(deps, addresses.slice(start, start + lookupBatch))));
      await brake.release();
    } catch (error) {
      if (!(error instanceof CrmError)) throw error;
      const { code, reason, retryAfterMs } = describeError(error);
      await brake.pull(code, reason, retryAfterMs);
      log.warn({ destination: destination.id, code, reason, addresses: rest.size }, 'look-up failed');
      return { entries, asked: rest, failed: code };
    }
  }
  return { entries, asked: new Set() };
}

async function lookUpChunk(
  { destination, ledger, defaultRegion, consents, unknownLately }: MatchDeps,
  chunk: readonly string[],
): Promise<DirectoryEntry[]> {
  const found = await destination.lookup(chunk.flatMap(toLookupAddresses));
  const contacts = found
    .filter((contact) => !contact.gone)
    .map((contact: CrmContact) => toDirectoryContact(withoutBarredName(contact, consents), defaultRegion));
  const wanted = new Set(chunk);
  const matching = contacts.filter((contact) => contact.addresses.some((address) => wanted.has(address)));
  if (matching.length > 0) await ledger.putContacts(destination.id, matching);
  const entries = matching.flatMap(({ addresses, gone: _gone, ...contact }) =>
    addresses.map((address) => ({ ...contact, address })),
  );
  const hit = new Set(entries.map((entry) => entry.address));
  for (const address of chunk) if (!hit.has(address)) unknownLately.add(address);
  return entries;
}

/** A number in each form that it has: a CRM's search knows only the one that is stored. */
function toLookupAddresses(address: string): LookupAddress[] {
  if (!address.startsWith('+')) return [{ address }];
  return formsOf(address).map((form) => {
    const national = parsePhone(form)?.national;
    return national === undefined ? { address: form } : { address: form, national };
  });
}
