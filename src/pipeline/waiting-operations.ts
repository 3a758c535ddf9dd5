import type { ContactRef } from '../core/activity.ts';
import { CrmError } from '../core/errors.ts';
import { addressesOf } from '../core/interaction.ts';
import type { CrmContact, Destination } from '../destinations/destination.ts';
import type { Ledger, WaitingChoice, WaitingFilter, WaitingGroup, WaitingPerson } from '../ledger/ledger.ts';
import { render } from '../mapping/render.ts';
import type { Brake } from './brake.ts';
import { linked, type LinkedView } from './chats.ts';
import { helpFor } from './check.ts';
import { createStrangers, type CreatePeopleDeps } from './create-people.ts';

export type NamedPerson = Omit<WaitingPerson, 'newest'> & {
  readonly newest: LinkedView;
  readonly name: string;
  /** E.164 */
  readonly phone?: string;
  readonly businessNumber: string;
  /** people whose number ends alike */
  readonly proposals: readonly (ContactRef & { readonly name: string })[];
};

/** What waits for a person, and what the person can do about it. Unknown destinations: RangeError. */
export interface WaitingOperations {
  groups(state: 'parked' | 'failed'): Promise<readonly WaitingGroup[]>;
  people(
    state: 'parked' | 'failed',
    filter: WaitingFilter,
  ): Promise<{ readonly items: readonly NamedPerson[]; readonly cursor?: string }>;
  /** Keys of what waits of these chats, or which of these keys wait. */
  keys(
    state: 'parked' | 'failed',
    destination: string,
    choice: WaitingChoice & { readonly cause?: string },
  ): Promise<readonly string[]>;
  /** Makes contacts or leads of the people of parked activities, each once; the match then finds them. */
  create(
    destination: string,
    keys: readonly string[],
    as: 'contact' | 'lead',
    by: string,
  ): Promise<{ readonly made: number; readonly refused: readonly string[] }>;
  /** Takes back that something was ignored. How many. */
  restore(destination: string, keys: readonly string[], by: string): Promise<number>;
  /** People of the CRM by a name, an e-mail address or a number; asks the CRM. @throws CrmError */
  findPeople(destination: string, text: string): Promise<readonly CrmContact[]>;
}

export interface WaitingDeps {
  readonly ledger: Ledger;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly brakes: ReadonlyMap<string, Brake>;
  readonly propose: () => 'none' | 'last-seven-digits';
  readonly defaultRegion: string;
  readonly log: CreatePeopleDeps['log'];
  readonly wake: () => void;
}

export function waitingOperations(deps: WaitingDeps): WaitingOperations {
  const { ledger } = deps;
  return {
    groups: (state) => ledger.waitingGroups(state),
    people: (state, filter) => people(deps, state, filter),
    keys: (state, destination, choice) => ledger.waitingKeys(state, destination, choice),
    create: (destination, keys, as, by) => create(deps, destination, keys, as, by),
    restore: async (destination, keys, by) => {
      const restored = await ledger.reconsider(destination, keys, by);
      if (restored > 0) deps.wake();
      return restored;
    },
    findPeople: (destination, text) => destinationOf(deps, destination).searchPeople(text),
  };
}

function destinationOf({ destinations }: WaitingDeps, id: string): Destination {
  const destination = destinations.get(id);
  if (destination === undefined) throw new RangeError(`there is no destination "${id}"`);
  return destination;
}

async function people(
  deps: WaitingDeps,
  state: 'parked' | 'failed',
  filter: WaitingFilter,
): Promise<{ items: NamedPerson[]; cursor?: string }> {
  const page = await deps.ledger.waitingPeople(state, filter);
  const items = await Promise.all(page.items.map((one) => named(deps, one)));
  return { ...page, items };
}

async function named(deps: WaitingDeps, waiting: WaitingPerson): Promise<NamedPerson> {
  const { interaction, revision } = waiting.newest;
  const { person } = render(interaction, { revision, contact: { type: '', id: '' } });
  const phone = addressesOf(interaction.person).find((address) => address.startsWith('+'));
  const asks = deps.propose() !== 'none' && waiting.cause === 'no-contact' && phone !== undefined;
  const alike = asks ? await deps.ledger.similarContacts(waiting.destination, [phone]) : [];
  const proposals = new Map(alike.map(({ type, id, name }) => [`${type} ${id}`, { type, id, name }]));
  return {
    ...waiting,
    newest: linked(deps.destinations, waiting.newest),
    name: interaction.group?.subject ?? person.name,
    ...(phone !== undefined && { phone }),
    businessNumber: interaction.businessNumber,
    proposals: [...proposals.values()].slice(0, 5),
  };
}

async function create(
  deps: WaitingDeps,
  id: string,
  keys: readonly string[],
  as: 'contact' | 'lead',
  by: string,
): Promise<{ made: number; refused: string[] }> {
  const { ledger } = deps;
  const destination = destinationOf(deps, id);
  const brake = deps.brakes.get(id);
  if (brake === undefined) throw new RangeError(`there is no destination "${id}"`);
  // A person sees what went wrong: nothing else of the destination waits for it.
  const gentle = { isOn: brake.isOn, pull: async () => 0 };
  // One of each chat: whoever was made is found for all of them.
  const firsts = new Map<string, { key: string; addresses: readonly string[] }>();
  const strangers = [];
  for (const key of await ledger.waitingKeys('parked', id, { keys })) {
    const view = await ledger.interaction(key);
    if (view === undefined || view.interaction.group !== undefined) continue;
    const { conversation } = view;
    if (firsts.has(conversation)) continue;
    const addresses = addressesOf(view.interaction.person);
    if (addresses.length === 0) continue;
    firsts.set(conversation, { key, addresses });
    const { interaction, revision } = view;
    strangers.push({ as, subject: { destination: id, key, revision, interaction, addresses } });
  }
  const { defaultRegion, log } = deps;
  const decisions = await createStrangers(
    { ledger, destination, brake: gentle, holderOf: async () => undefined, defaultRegion, log },
    strangers,
    0,
  );
  const made = decisions.filter(({ to }) => to === 'ready').length;
  if (made > 0) {
    await ledger.unpark(id);
    await ledger.keepAudit({ actor: by, action: 'parked.create', subject: id, detail: { count: made, as } });
    deps.wake();
  }
  const late = decisions.find((one) => one.to === 'later');
  if (late !== undefined) {
    const first = `If nobody was ever made from here, run \`wcs setup ${id}\` first: people need a field for their key.`;
    throw new CrmError('unavailable', `${helpFor(late.reason) ?? late.reason} ${first}`);
  }
  return { made, refused: decisions.flatMap((one) => (one.to === 'parked' ? [one.reason] : [])) };
}
