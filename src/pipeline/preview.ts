import type { ChatLink } from '../core/chat-link.ts';
import { addressesOf } from '../core/interaction.ts';
import type { Destination } from '../destinations/destination.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { mapActivity, type KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { decideMatch } from '../mapping/match.ts';
import { dayIn } from '../mapping/readable-time.ts';
import { renderConversation } from '../mapping/render-conversation.ts';
import { render } from '../mapping/render.ts';
import { validateMapping } from '../mapping/validate.ts';
import { recordOf } from './check.ts';
import { readDraft, type Mappings } from './mappings.ts';
import type { Preview, PreviewRequest } from './operations.ts';
import { subjectsOf, type Subject, type SubjectDeps } from './preview-subjects.ts';
import type { Granularity } from './record-rules.ts';

export interface PreviewDeps extends SubjectDeps {
  readonly ledger: Pick<Ledger, 'interactions' | 'interaction' | 'findContacts'>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly mappings: Mappings;
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
  readonly granularityOf: (destination: string, source: string, businessNumber: string) => Granularity;
  /** IANA name, by destination */
  readonly timeZoneOf: (destination: string) => string;
  readonly chatLink?: ChatLink | undefined;
}

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
  const groups = groupsOf(deps, id, subjects);
  return Promise.all(groups.map((group) => previewGroup(deps, destination, mapping, group)));
}

/** Interactions that are one record. */
type Group = readonly [Subject, ...Subject[]];

/** Those that a day's or a conversation's record would show together, as far as they are among the given ones. */
function groupsOf(deps: PreviewDeps, destination: string, subjects: readonly Subject[]): Group[] {
  const groups = new Map<string, [Subject, ...Subject[]]>();
  for (const subject of subjects) {
    const { person, businessNumber, occurredAt, key } = subject.interaction;
    const rule = granularityOf(deps, destination, subject);
    const day = rule.by === 'day' ? dayIn(occurredAt, deps.timeZoneOf(destination)) : '';
    const name =
      rule.by === 'message' ? key + occurredAt : [businessNumber, ...addressesOf(person), day].join(' ');
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [subject]);
    else group.push(subject);
  }
  return [...groups.values()];
}

function granularityOf(deps: PreviewDeps, destination: string, { interaction }: Subject): Granularity {
  return deps.granularityOf(destination, interaction.source, interaction.businessNumber);
}

async function previewGroup(
  deps: PreviewDeps,
  destination: Destination,
  mapping: Mapping,
  group: Group,
): Promise<Preview> {
  const [first] = group;
  const { interaction, isSample } = first;
  const together = granularityOf(deps, destination.id, first).by !== 'message';
  const part = together ? 'conversation' : interaction.kind;
  const { kind, object } = recordOf(destination, part);
  const { contact, match } = await matchOf(deps, destination.id, first);
  const activity = activityOf(deps, destination.id, group, contact);
  const described = await destination.describe(kind).catch(() => undefined);
  const known: KnownFields = described && new Map(described.map((field) => [field.name, field]));
  const findings = described ? validateMapping(mapping, part, object, described) : [];
  const mistakes = findings.map((one) => `${one.subject}: ${one.text}`);
  const isMissing = mapping[part] === undefined;
  const mapped = isMissing ? nothing : mapActivity(mapping, activity, known);
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
    conversations: [...new Set(group.flatMap(({ conversation }) => conversation ?? []))],
    mistakes: isMissing ? [`the mapping has no part "${part}"`, ...mistakes] : mistakes,
  };
}

const nothing = { fields: {}, createOnly: {}, cuts: [] };

function activityOf(
  deps: PreviewDeps,
  destination: string,
  group: Group,
  contact: Preview['contact'],
): ReturnType<typeof render> {
  const [first] = group;
  const { interaction, revision, quoted } = first;
  const ownerEmail = deps.ownerOn(interaction.businessNumber, interaction.occurredAt.slice(0, 10));
  const context = {
    contact: contact ?? { type: 'contact', id: '(no contact found)' },
    timeZone: deps.timeZoneOf(destination),
    chatLink: deps.chatLink,
    ...(ownerEmail !== undefined && { ownerEmail }),
  };
  const rule = granularityOf(deps, destination, first);
  if (rule.by === 'message') {
    return render(interaction, { ...context, revision, ...(quoted !== undefined && { quoted }) });
  }
  const [oldest = first, ...later] = group.toSorted((one, other) =>
    one.interaction.occurredAt.localeCompare(other.interaction.occurredAt),
  );
  return renderConversation([oldest, ...later], {
    ...context,
    key: interaction.key,
    granularity: rule.by,
    part: 1,
  });
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
