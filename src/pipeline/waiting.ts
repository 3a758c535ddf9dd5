import { addressesOf } from '../core/interaction.ts';
import type { ActivityView, DirectoryEntry, InteractionView, Ledger } from '../ledger/ledger.ts';
import { render } from '../mapping/render.ts';
import { linkedActivity, type ChatDeps } from './chats.ts';
import { helpFor } from './check.ts';
import type { Waiting } from './operations.ts';

/** What waits for a person: a page of what is parked, or of dead letters. */
export async function waiting(
  { ledger, destinations }: { readonly ledger: Ledger; readonly destinations: ChatDeps['destinations'] },
  state: 'parked' | 'failed',
  filter: { readonly destination?: string; readonly limit: number; readonly cursor?: string },
): Promise<{ items: Waiting[]; cursor?: string }> {
  const page = await ledger.interactions({ ...filter, state });
  const items = page.items.flatMap((view) =>
    view.activities
      .filter(
        (one) =>
          one.state === state && (filter.destination === undefined || one.destination === filter.destination),
      )
      .map((activity) => linkedActivity(destinations, view.interaction.kind, toWaiting(view, activity))),
  );
  return { items, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
}

function toWaiting(view: InteractionView, activity: ActivityView): Waiting {
  const rendered = render(view.interaction, {
    revision: view.revision,
    contact: activity.contact ?? { type: '', id: '' },
  });
  const help = helpFor(activity.code);
  const phone = addressesOf(view.interaction.person).find((address) => address.startsWith('+'));
  return {
    ...activity,
    title: rendered.title,
    person: rendered.person.name,
    occurredAt: view.interaction.occurredAt,
    ...(phone === undefined ? {} : { phone }),
    ...(help === undefined ? {} : { help }),
  };
}

/** With people whose number ends with the same seven digits, for a person to decide. */
export async function withProposals(
  ledger: Pick<Ledger, 'similarContacts'>,
  items: readonly Waiting[],
): Promise<Waiting[]> {
  const destinations = [...new Set(items.filter(isUnknown).map(({ destination }) => destination))];
  const found = new Map<string, readonly DirectoryEntry[]>();
  for (const destination of destinations) {
    const own = items.filter((one) => isUnknown(one) && one.destination === destination);
    found.set(
      destination,
      await ledger.similarContacts(
        destination,
        own.flatMap(({ phone }) => phone ?? []),
      ),
    );
  }
  return items.map((item) => {
    const tail = item.phone?.slice(-7);
    const alike = (found.get(item.destination) ?? []).filter(({ address }) => address.slice(-7) === tail);
    if (!isUnknown(item) || alike.length === 0) return item;
    const people = new Map(alike.map(({ type, id, name }) => [`${type} ${id}`, { type, id, name }]));
    return { ...item, proposals: [...people.values()].slice(0, 5) };
  });
}

function isUnknown({ reason, phone }: Waiting): boolean {
  return reason === 'no-contact' && phone !== undefined;
}
