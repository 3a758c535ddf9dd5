import type { QuotaUse } from '../core/budget.ts';
import { reportColumns } from '../core/activity.ts';
import { fold } from '../core/fold.ts';
import { addressesOf, type Interaction } from '../core/interaction.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ActivityView, InteractionView, Ledger, ReportRow } from '../ledger/ledger.ts';
import { mapActivity, type KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { decideMatch } from '../mapping/match.ts';
import { render } from '../mapping/render.ts';
import { validateMapping } from '../mapping/validate.ts';
import type { Normalize, StoredEvent, WebhookSource } from '../sources/source.ts';
import { importDrafts, putFile, type ImportDeps } from './import.ts';
import { checkDestination, helpFor } from './check.ts';
import type { Operations, Preview, Report, Status, Waiting } from './operations.ts';

export interface OperationsDeps {
  readonly version: string;
  readonly ledger: Ledger;
  readonly stores: { readonly ledger: Status['ledger']; readonly queue: Status['queue'] };
  readonly sources: Status['sources'];
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  readonly normalize: ReadonlyMap<string, Normalize>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly mappings: ReadonlyMap<string, Mapping>;
  /** what `wcs import` needs beside the ledger */
  readonly imports: Omit<ImportDeps, 'ledger'>;
  /** API calls that a destination took of its quota */
  readonly quotaOf: (destination: string) => Promise<QuotaUse | undefined>;
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
  /** asks the worker to go on at once after a person's decision; may fail quietly, the tick is the net */
  readonly wake: () => void;
}

/** {@link Operations} over the ledger of this process. */
export function createOperations(deps: OperationsDeps): Operations {
  const { ledger } = deps;
  return {
    status: () => status(deps),
    report: (range) => report(ledger, range),
    interactions: (filter) => ledger.interactions(filter),
    interaction: (key) => ledger.interaction(key),
    parked: (filter) => waiting(ledger, 'parked', filter),
    failed: (filter) => waiting(ledger, 'failed', filter),
    assign: (destination, keys, contact) =>
      thenWake(deps, ledger.decideParked(destination, keys, { to: 'ready', contact })),
    ignore: (destination, keys, reason) =>
      thenWake(deps, ledger.decideParked(destination, keys, { to: 'ignored', reason })),
    replay: (filter) => thenWake(deps, ledger.replayFailed(filter)),
    preview: (destination, body) => preview(deps, destination, body),
    importDrafts: async (source, drafts, check = false) => {
      const outcomes = await importDrafts({ ledger, ...deps.imports }, source, drafts, check);
      if (!check && outcomes.includes('appended')) deps.wake();
      return outcomes;
    },
    putFile: (stream) => putFile(deps.imports, stream),
    check: async (only) =>
      Promise.all(
        [...deps.destinations.values()]
          .filter((one) => only === undefined || one.id === only)
          .map(async (one) => ({
            destination: one.id,
            findings: await checkDestination(one, mappingOf(deps, one.id)),
          })),
      ),
  };
}

async function thenWake(deps: OperationsDeps, change: Promise<number>): Promise<number> {
  const changed = await change;
  if (changed > 0) deps.wake();
  return changed;
}

async function status(deps: OperationsDeps): Promise<Status> {
  const [health, backlog, alerts] = await Promise.all([
    deps.ledger.destinationHealth(),
    deps.ledger.backlog(),
    deps.ledger.alerts(),
  ]);
  const destinations = await Promise.all(
    [...deps.destinations.values()].map(async ({ id, type }) => {
      const { pulledAt } = await deps.ledger.directoryState(id);
      const known = health.find((one) => one.destination === id) ?? {
        destination: id,
        state: 'running' as const,
      };
      const quota = await deps.quotaOf(id).catch(() => undefined);
      return {
        ...known,
        type,
        ...(pulledAt !== undefined && { directoryPulledAt: pulledAt }),
        ...(quota !== undefined && { quota }),
      };
    }),
  );
  return { version: deps.version, ...deps.stores, sources: deps.sources, destinations, backlog, alerts };
}

const dayMs = 86_400_000;

async function report(
  ledger: Ledger,
  range: { readonly from?: string; readonly to?: string },
): Promise<Report> {
  const to = range.to ?? new Date().toISOString().slice(0, 10);
  const from = range.from ?? new Date(Date.parse(to) - 29 * dayMs).toISOString().slice(0, 10);
  const rows = await ledger.report({ from, to });
  return { from, to, totals: totalsOf(rows), rows };
}

/** Sums of the report's columns. */
export function totalsOf(rows: readonly ReportRow[]): Report['totals'] {
  const names = ['received', ...reportColumns, 'withoutContent'] as const;
  const sum = (name: (typeof names)[number]) => rows.reduce((total, row) => total + row[name], 0);
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as unknown as Report['totals'];
}

async function waiting(
  ledger: Ledger,
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
      .map((activity) => toWaiting(view, activity)),
  );
  return { items, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
}

function toWaiting(view: InteractionView, activity: ActivityView): Waiting {
  const rendered = render(view.interaction, {
    revision: view.revision,
    contact: activity.contact ?? { type: '', id: '' },
  });
  const help = helpFor(activity.code);
  return {
    ...activity,
    title: rendered.title,
    person: rendered.person.name,
    occurredAt: view.interaction.occurredAt,
    ...(help === undefined ? {} : { help }),
  };
}

function mappingOf(deps: OperationsDeps, destination: string): Mapping {
  const mapping = deps.mappings.get(destination);
  if (mapping === undefined) throw new RangeError(`there is no destination "${destination}"`);
  return mapping;
}

async function preview(deps: OperationsDeps, id: string, body: unknown): Promise<Preview[]> {
  const mapping = mappingOf(deps, id);
  const destination = deps.destinations.get(id) as Destination;
  const interactions =
    body === undefined
      ? (await deps.ledger.interactions({ limit: 5 })).items.map((view) => view.interaction)
      : interactionsOf(deps, body);
  const previews: Preview[] = [];
  for (const interaction of interactions)
    previews.push(await previewOne(deps, destination, mapping, interaction));
  return previews;
}

/** Folds a webhook body by itself, without touching the ledger. */
function interactionsOf(deps: OperationsDeps, body: unknown): Interaction[] {
  const [source] = deps.webhooks.values();
  if (source === undefined) return [];
  const normalize = deps.normalize.get(source.kind) as Normalize;
  const now = new Date();
  const byKey = new Map<string, StoredEvent[]>();
  source.split(Buffer.from(JSON.stringify(body)), now).forEach((draft, index) => {
    if (draft.interactionKey === undefined) return;
    const event = {
      ...draft,
      id: index + 1,
      source: source.id,
      sourceKind: source.kind,
      receivedAt: now.toISOString(),
    };
    byKey.set(draft.interactionKey, [...(byKey.get(draft.interactionKey) ?? []), event]);
  });
  return [...byKey].map(([key, events]) =>
    fold(
      key,
      events.map((event) => ({ event, fact: normalize(event) })),
    ),
  );
}

async function previewOne(
  deps: OperationsDeps,
  destination: Destination,
  mapping: Mapping,
  interaction: Interaction,
): Promise<Preview> {
  const object = destination.objects[interaction.kind];
  const addresses = addressesOf(interaction.person);
  const entries = await deps.ledger.findContacts(destination.id, addresses);
  const subject = { destination: destination.id, key: interaction.key, revision: 1, interaction, addresses };
  const decision = decideMatch(subject, entries, { unmatched: 'park', multiple: 'park' });
  const contact = decision.to === 'ready' ? decision.contact : { type: 'contact', id: '(no contact found)' };
  const owner = deps.ownerOn(interaction.businessNumber, interaction.occurredAt.slice(0, 10));
  const activity = render(interaction, {
    revision: 1,
    contact,
    ...(owner === undefined ? {} : { ownerEmail: owner }),
  });
  const described = await destination.describe(interaction.kind).catch(() => undefined);
  const known: KnownFields = described && new Map(described.map((field) => [field.name, field]));
  const mistakes = described
    ? validateMapping(mapping, interaction.kind, object, described).map(
        (one) => `${one.subject}: ${one.text}`,
      )
    : [];
  const mapped = mapActivity(mapping, activity, known);
  return {
    destination: destination.id,
    object,
    title: activity.title,
    fields: { ...mapped.fields, ...mapped.createOnly },
    mistakes,
  };
}
