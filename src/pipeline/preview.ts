import { fold } from '../core/fold.ts';
import { addressesOf, type Interaction } from '../core/interaction.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ActivityView, InteractionView, Ledger } from '../ledger/ledger.ts';
import { mapActivity, type KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { decideMatch } from '../mapping/match.ts';
import { render } from '../mapping/render.ts';
import { sampleInteractions } from '../mapping/samples.ts';
import { validateMapping } from '../mapping/validate.ts';
import type { Normalize, StoredEvent, WebhookSource } from '../sources/source.ts';
import { readDraft, type Mappings } from './mappings.ts';
import type { Preview, PreviewRequest } from './operations.ts';

export interface PreviewDeps {
  readonly ledger: Pick<Ledger, 'interactions' | 'interaction' | 'findContacts'>;
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  readonly normalize: ReadonlyMap<string, Normalize>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly mappings: Mappings;
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
  /** IANA name, by destination */
  readonly timeZoneOf: (destination: string) => string;
}

/** An interaction, with what is known of it in the destination. */
interface Subject {
  readonly interaction: Interaction;
  readonly revision: number;
  readonly activity?: ActivityView;
  readonly isSample?: true;
}

const newest = 5;
/** What a report of a dry run shows. */
const mostOfDryRun = 200;

/** The CRM records that a mapping makes, without sending them. @throws MappingRefused when a draft cannot be read */
export async function preview(
  deps: PreviewDeps,
  id: string,
  request: PreviewRequest = {},
): Promise<Preview[]> {
  const destination = deps.destinations.get(id);
  if (destination === undefined) throw new RangeError(`there is no destination "${id}"`);
  const mapping =
    request.mapping === undefined ? await deps.mappings.current(id) : readDraft(request.mapping);
  const subjects = await subjectsOf(deps, id, request);
  return Promise.all(subjects.map((subject) => previewOne(deps, destination, mapping, subject)));
}

async function subjectsOf(
  deps: PreviewDeps,
  id: string,
  { event, key, dryRun }: PreviewRequest,
): Promise<readonly Subject[]> {
  if (event !== undefined) {
    return interactionsOf(deps, event).map((interaction) => ({ interaction, revision: 1 }));
  }
  const found =
    key === undefined
      ? await newestOf(deps, id, dryRun === true)
      : [await deps.ledger.interaction(key)].filter((one) => one !== undefined);
  if (found.length === 0 && key === undefined && !dryRun) {
    return sampleInteractions().map((interaction) => ({ interaction, revision: 1, isSample: true }));
  }
  return found.map(({ interaction, revision, activities }) => {
    const activity = activities.find((one) => one.destination === id);
    return { interaction, revision, ...(activity !== undefined && { activity }) };
  });
}

async function newestOf(
  { ledger }: PreviewDeps,
  destination: string,
  dryRun: boolean,
): Promise<readonly InteractionView[]> {
  if (!dryRun) return (await ledger.interactions({ limit: newest })).items;
  const { items } = await ledger.interactions({ destination, state: 'parked', limit: mostOfDryRun });
  const isAside = (one: ActivityView) => one.destination === destination && one.code === 'dry-run';
  return items.filter(({ activities }) => activities.some(isAside));
}

/** Folds a webhook body by itself, without touching the ledger. */
function interactionsOf(deps: PreviewDeps, body: unknown): Interaction[] {
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
  deps: PreviewDeps,
  destination: Destination,
  mapping: Mapping,
  subject: Subject,
): Promise<Preview> {
  const { interaction, revision, isSample } = subject;
  const object = destination.objects[interaction.kind];
  const { contact, match } = await matchOf(deps, destination.id, subject);
  const owner = deps.ownerOn(interaction.businessNumber, interaction.occurredAt.slice(0, 10));
  const activity = render(interaction, {
    revision,
    contact: contact ?? { type: 'contact', id: '(no contact found)' },
    timeZone: deps.timeZoneOf(destination.id),
    ...(owner === undefined ? {} : { ownerEmail: owner }),
  });
  const described = await destination.describe(interaction.kind).catch(() => undefined);
  const known: KnownFields = described && new Map(described.map((field) => [field.name, field]));
  const findings = described ? validateMapping(mapping, interaction.kind, object, described) : [];
  const mapped = mapActivity(mapping, activity, known);
  return {
    destination: destination.id,
    object,
    title: activity.title,
    key: isSample ? 'sample' : interaction.key,
    occurredAt: interaction.occurredAt,
    version: mapping.version,
    fields: { ...mapped.fields, ...mapped.createOnly },
    cuts: mapped.cuts,
    ...(contact !== undefined && { contact }),
    match,
    mistakes: findings.map((one) => `${one.subject}: ${one.text}`),
  };
}

/** As it was decided, else as the directory would decide it now. */
async function matchOf(
  deps: PreviewDeps,
  destination: string,
  { interaction, revision, activity, isSample }: Subject,
): Promise<Pick<Preview, 'contact' | 'match'>> {
  if (isSample) return { match: 'a sample: nobody in particular' };
  if (activity?.contact !== undefined) {
    return { contact: activity.contact, match: activity.match ?? activity.reason ?? activity.state };
  }
  const addresses = addressesOf(interaction.person);
  const entries = await deps.ledger.findContacts(destination, addresses);
  const decision = decideMatch(
    { destination, key: interaction.key, revision, interaction, addresses },
    entries,
    {
      unmatched: 'park',
      multiple: 'park',
    },
  );
  if (decision.to !== 'ready') return { match: decision.reason };
  const { ownerId: _owner, ...contact } = decision.contact;
  return { contact, match: decision.reason };
}
