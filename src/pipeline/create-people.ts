import { CrmError } from '../core/errors.ts';
import type { Interaction } from '../core/interaction.ts';
import { hashKey } from '../core/key.ts';
import type { Destination, NewPerson, NewPersonOutcome } from '../destinations/destination.ts';
import type { Ledger, MatchDecision, MatchSubject } from '../ledger/ledger.ts';
import { toDirectoryContact, type MatchPolicies } from '../mapping/match.ts';
import { describeError, type Brake } from './brake.ts';

/** What making contacts of strangers needs. */
export interface CreatePeopleDeps {
  readonly ledger: Pick<Ledger, 'putContacts'>;
  readonly destination: Pick<Destination, 'id' | 'createPeople' | 'markFields'>;
  readonly brake: Pick<Brake, 'isOn' | 'pull'>;
  /** CRM user id of who held the firm's number then. @throws CrmError when the CRM cannot say */
  readonly holderOf: (interaction: Interaction) => Promise<string | undefined>;
  readonly defaultRegion: string;
  readonly log: { warn(fields: object, text: string): void };
}

/** A stranger, and what the policy makes of strangers. */
export interface Stranger {
  readonly subject: MatchSubject;
  readonly as: 'contact' | 'lead';
}

/** What the policy makes of somebody whom nobody knows; undefined: nothing. */
export function madeOf({ unmatched }: MatchPolicies): 'contact' | 'lead' | undefined {
  if (unmatched === 'create-contact') return 'contact';
  return unmatched === 'create-lead' ? 'lead' : undefined;
}

/**
 * Makes contacts or leads of strangers whom a look-up has really not found, each person once, and remembers them at once:
 * the CRM's search lags behind. Whoever is refused is parked, with the reason; a call that failed is tried again later.
 */
export async function createStrangers(
  deps: CreatePeopleDeps,
  strangers: readonly Stranger[],
  retryMs: number,
): Promise<MatchDecision[]> {
  const decisions: MatchDecision[] = [];
  for (const as of ['contact', 'lead'] as const) {
    const subjects = strangers.filter((one) => one.as === as).map(({ subject }) => subject);
    if (subjects.length > 0) decisions.push(...(await createAs(deps, subjects, as, retryMs)));
  }
  return decisions;
}

async function createAs(
  deps: CreatePeopleDeps,
  subjects: readonly MatchSubject[],
  as: 'contact' | 'lead',
  retryMs: number,
): Promise<MatchDecision[]> {
  const { destination, brake, log } = deps;
  try {
    if (brake.isOn) throw new CrmError('unavailable', 'the CRM is not asked while it is down');
    const people = new Map<string, NewPerson>();
    for (const subject of subjects) {
      const key = personKey(subject);
      if (!people.has(key)) people.set(key, await personOf(deps, key, subject));
    }
    const outcomes = await destination.createPeople([...people.values()], as);
    await remember(deps, subjects, outcomes);
    const byKey = new Map(outcomes.map((one) => [one.key, one]));
    return subjects.map((subject) => decisionOf(subject, byKey.get(personKey(subject)), retryMs));
  } catch (error) {
    if (!(error instanceof CrmError)) throw error;
    const { code, reason, retryAfterMs } = describeError(error);
    if (!brake.isOn) await brake.pull(code, reason, retryAfterMs);
    log.warn({ destination: destination.id, code, reason, people: subjects.length }, 'contacts not made yet');
    return subjects.map((subject) => later(subject, code, retryMs));
  }
}

/** By the number where there is one: it is what both sides know. */
function personKey({ addresses }: MatchSubject): string {
  return hashKey('person', addresses.find((one) => one.startsWith('+')) ?? addresses[0] ?? '');
}

async function personOf(
  deps: CreatePeopleDeps,
  key: string,
  { interaction, addresses }: MatchSubject,
): Promise<NewPerson> {
  const { name, username, phone, userId } = interaction.person;
  const ownerId = await deps.holderOf(interaction);
  return {
    key,
    name: name?.trim() || username?.trim() || phone || addresses[0] || 'WhatsApp',
    ...(phone !== undefined && { phone }),
    ...(userId !== undefined && { userId }),
    ...(ownerId !== undefined && { ownerId }),
  };
}

/** Under all that is known of the person, also what the CRM has no field for. */
async function remember(
  { ledger, destination, defaultRegion }: CreatePeopleDeps,
  subjects: readonly MatchSubject[],
  outcomes: readonly NewPersonOutcome[],
): Promise<void> {
  const contacts = outcomes.flatMap((outcome) => {
    if (outcome.kind !== 'made') return [];
    // Whoever was made just now has opted for nothing yet.
    const marks = Object.fromEntries(destination.markFields.map((name) => [name, '']));
    const made = { ...outcome.contact, ...(destination.markFields.length > 0 && { marks }) };
    const contact = toDirectoryContact(made, defaultRegion);
    const own = subjects.filter((subject) => personKey(subject) === outcome.key);
    const addresses = new Set([...contact.addresses, ...own.flatMap((subject) => subject.addresses)]);
    return [{ ...contact, addresses: [...addresses] }];
  });
  if (contacts.length > 0) await ledger.putContacts(destination.id, contacts);
}

function decisionOf(
  subject: MatchSubject,
  outcome: NewPersonOutcome | undefined,
  retryMs: number,
): MatchDecision {
  const { destination, key } = subject;
  if (outcome === undefined) return later(subject, 'not-named', retryMs);
  if (outcome.kind === 'refused') {
    if (outcome.code === 'not-named') return later(subject, outcome.code, retryMs);
    return { destination, key, to: 'parked', reason: `not-created: ${outcome.reason}`.slice(0, 300) };
  }
  const { type, id, name, ownerId } = outcome.contact;
  const contact = { type, id, name, ...(ownerId !== undefined && { ownerId }) };
  return { destination, key, to: 'ready', contact, reason: `made a ${type.toLowerCase()} of a stranger` };
}

function later({ destination, key }: MatchSubject, reason: string, delayMs: number): MatchDecision {
  return { destination, key, to: 'later', reason, delayMs };
}
