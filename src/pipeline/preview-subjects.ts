import { fold } from '../core/fold.ts';
import type { Interaction } from '../core/interaction.ts';
import type { ActivityView, InteractionView, Ledger } from '../ledger/ledger.ts';
import { sampleInteractions } from '../mapping/samples.ts';
import type { Normalize, StoredEvent, WebhookSource } from '../sources/source.ts';
import type { PreviewRequest } from './operations.ts';

/** Where interactions to be previewed come from. */
export interface SubjectDeps {
  readonly ledger: Pick<Ledger, 'interactions' | 'interaction'>;
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  readonly normalize: ReadonlyMap<string, Normalize>;
}

/** An interaction, with what is known of it in the destination. */
export interface Subject {
  readonly interaction: Interaction;
  readonly revision: number;
  readonly activity?: ActivityView;
  readonly isSample?: true;
  /** id of its chat, when it is one of the ledger's */
  readonly conversation?: string;
  /** the message that it answers, where it was captured */
  readonly quoted?: Interaction;
}

const newest = 5;
/** What a report of a dry run shows. */
const mostOfDryRun = 200;

/** What shall be previewed: of a webhook body, of the ledger, or made up. */
export async function subjectsOf(
  deps: SubjectDeps,
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
  return Promise.all(
    found.map(async ({ interaction, revision, activities, conversation }) => {
      const activity = activities.find((one) => one.destination === id);
      const quoted = await quotedBy(deps, interaction);
      return {
        interaction,
        revision,
        conversation,
        ...(activity !== undefined && { activity }),
        ...(quoted !== undefined && { quoted }),
      };
    }),
  );
}

async function quotedBy({ ledger }: SubjectDeps, interaction: Interaction): Promise<Interaction | undefined> {
  const key = interaction.kind === 'message' ? interaction.content?.replyTo?.key : undefined;
  return key === undefined ? undefined : (await ledger.interaction(key))?.interaction;
}

async function newestOf(
  { ledger }: SubjectDeps,
  destination: string,
  dryRun: boolean,
): Promise<readonly InteractionView[]> {
  if (!dryRun) return (await ledger.interactions({ limit: newest })).items;
  const { items } = await ledger.interactions({ destination, state: 'parked', limit: mostOfDryRun });
  const isAside = (one: ActivityView) => one.destination === destination && one.code === 'dry-run';
  return items.filter(({ activities }) => activities.some(isAside));
}

/** Folds a webhook body by itself, without touching the ledger. */
function interactionsOf(deps: SubjectDeps, body: unknown): Interaction[] {
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
