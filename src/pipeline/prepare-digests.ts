import { hashKey } from '../core/key.ts';
import type { CrmUser, DeliveryItem } from '../destinations/destination.ts';
import type { ClaimedActivity, Digest, DigestJoin, Shown } from '../ledger/ledger.ts';
import { mapActivity } from '../mapping/fields.ts';
import { dayIn } from '../mapping/readable-time.ts';
import { renderConversation, type ConversationEntry } from '../mapping/render-conversation.ts';
import { rollsUp } from '../mapping/rollup.ts';
import { changedFields, shownOf } from '../mapping/shown.ts';
import { mappingFailed, type Prepared, type PrepareDeps } from './prepared.ts';
import type { Granularity } from './record-rules.ts';

/** A record that shows several messages and calls, ready to be sent. */
export interface PlannedDigest {
  /** of the record */
  readonly key: string;
  /** absent: it shows everything already, or could not be made */
  readonly item?: DeliveryItem;
  /** hashes of what it shows then; see mapping/shown.ts */
  readonly shown: Shown;
  /** what it shows now */
  readonly before?: Shown;
  /** CRM user id */
  readonly ownerId?: string;
}

/** Characters of a text with which a record is full: well under what either CRM's field takes. */
const fullAt = 28_000;

type Owners = ReadonlyMap<string, CrmUser | undefined>;

/** One digest on its way: its members that this delivery claimed, and what was made of it. */
interface Draft {
  readonly digest: Digest;
  readonly claimed: readonly ClaimedActivity[];
}

/**
 * Records that show a day or a conversation, each made anew of all that it shows. What a person has changed in the CRM is
 * left as it is: what is new goes into a further record. @throws CrmError when the CRM cannot say what the records show
 */
export async function prepareDigests(
  deps: PrepareDeps,
  claimed: readonly ClaimedActivity[],
  owners: Owners,
): Promise<{ prepared: Prepared[]; digests: PlannedDigest[] }> {
  const { ledger, destination } = deps;
  const joins = claimed.map((one) => joinOf(deps, one, owners.get(one.key)));
  const places = await ledger.joinDigests(destination.id, joins);
  const abandoned = await ledger.emptyDigests(destination.id);
  const byDigest = groupBy(claimed, ({ key }) => places.get(key) ?? '');
  const drafts = (await ledger.readDigests(destination.id, [...byDigest.keys()])).map((digest) => ({
    digest,
    claimed: byDigest.get(digest.key) ?? [],
  }));
  const whole = await splitFull(deps, await splitChanged(deps, drafts), owners);
  const planned = await Promise.all(whole.map((draft) => plan(deps, draft, owners)));
  return {
    prepared: planned.flatMap(({ prepared }) => prepared),
    digests: [...planned.flatMap(({ digest }) => digest ?? []), ...(await abandonedItems(deps, abandoned))],
  };
}

function joinOf(deps: PrepareDeps, claimed: ClaimedActivity, owner: CrmUser | undefined): DigestJoin {
  const { key, interaction, contact } = claimed;
  const { source, businessNumber, occurredAt } = interaction;
  const rule: Granularity = deps.rules.granularity(source, businessNumber);
  const zone = owner?.timeZone ?? deps.timeZone;
  const when = rule.by === 'conversation' ? [] : [dayIn(occurredAt, zone)];
  return {
    key,
    slot: hashKey(rule.by, contact.type, contact.id, businessNumber, ...when),
    contact: { type: contact.type, id: contact.id },
    at: occurredAt,
    ...(rule.by === 'conversation' && { gapMs: rule.gapMs }),
  };
}

/** What a person has changed is not written over: everything of this delivery goes into a further record. */
async function splitChanged(deps: PrepareDeps, drafts: readonly Draft[]): Promise<Draft[]> {
  const { destination, log } = deps;
  const known = drafts.filter(({ digest: { recordId, shown, sent } }) => recordId && (shown ?? sent));
  if (known.length === 0) return [...drafts];
  const now = await destination.readRecords(
    'message',
    known.flatMap(({ digest: { recordId } }) => recordId ?? []),
    [...new Set(known.flatMap(({ digest: { shown, sent } }) => Object.keys({ ...shown, ...sent })))],
  );
  const result: Draft[] = [];
  for (const draft of drafts) {
    const { digest, claimed } = draft;
    const { shown, changed } = comparedWith(digest, now.get(digest.recordId ?? ''));
    if (changed.length === 0) {
      result.push({ claimed, digest: { ...digest, ...(shown !== undefined && { shown }) } });
      continue;
    }
    log.warn(
      { destination: destination.id, record: digest.recordId, fields: changed },
      'a person has changed a record; it stays so, and what is new goes into a further one',
    );
    result.push(await splitOff(deps, digest.key, claimed, 'changed'));
  }
  return result;
}

/** What a record shows: what it was known to show, or what was sent since; else what a person has changed of it. */
function comparedWith(
  { shown, sent }: Digest,
  record: Readonly<Record<string, unknown>> | undefined,
): { readonly shown: Shown | undefined; readonly changed: readonly string[] } {
  if (record === undefined) return { shown, changed: [] };
  const known = [shown, sent].filter((one) => one !== undefined);
  const fits = known.find((one) => changedFields(one, record).length === 0);
  const [first] = known;
  return fits !== undefined || first === undefined
    ? { shown: fits, changed: [] }
    : { shown, changed: changedFields(first, record) };
}

/** A record holds only so much text: what is new goes into the next one. */
async function splitFull(deps: PrepareDeps, drafts: readonly Draft[], owners: Owners): Promise<Draft[]> {
  const open = [...drafts];
  const result: Draft[] = [];
  for (let draft = open.shift(); draft !== undefined; draft = open.shift()) {
    const moved = overflow(deps, draft, owners);
    if (moved.length === 0) {
      result.push(draft);
      continue;
    }
    const keys = new Set(moved.map(({ key }) => key));
    open.push(await splitOff(deps, draft.digest.key, moved, 'full'));
    const members = draft.digest.members.filter(({ key }) => !keys.has(key));
    const stays = draft.claimed.filter(({ key }) => !keys.has(key));
    if (stays.length > 0) result.push({ digest: { ...draft.digest, members }, claimed: stays });
  }
  return result;
}

async function splitOff(
  { ledger, destination }: PrepareDeps,
  key: string,
  claimed: readonly ClaimedActivity[],
  why: 'full' | 'changed',
): Promise<Draft> {
  const next = await ledger.splitDigest(
    destination.id,
    key,
    claimed.map((one) => one.key),
    why,
  );
  const [digest] = await ledger.readDigests(destination.id, [next]);
  if (digest === undefined) throw new Error('a digest was not kept');
  return { digest, claimed };
}

/** The newest of what is new here, so much of it that the rest fits; at least one stays. */
function overflow(deps: PrepareDeps, { digest, claimed }: Draft, owners: Owners): ClaimedActivity[] {
  const { members } = digest;
  const isNew = new Map(
    claimed.filter(({ recordId }) => recordId === undefined).map((one) => [one.key, one]),
  );
  const movable = members.filter(({ key }) => isNew.has(key));
  const fits = (count: number) => {
    const moved = new Set(movable.slice(movable.length - count).map(({ key }) => key));
    const rest = members.filter(({ key }) => !moved.has(key));
    return textOf(deps, digest, rest, owners, claimed).length <= fullAt;
  };
  if (fits(0)) return [];
  const most = movable.length === members.length ? movable.length - 1 : movable.length;
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) high = middle;
    else low = middle + 1;
  }
  return movable.slice(movable.length - high).flatMap(({ key }) => isNew.get(key) ?? []);
}

function textOf(
  deps: PrepareDeps,
  digest: Digest,
  entries: readonly ConversationEntry[],
  owners: Owners,
  claimed: readonly ClaimedActivity[],
): string {
  const [first, ...rest] = entries;
  return first === undefined ? '' : activityOf(deps, digest, [first, ...rest], owners, claimed).text;
}

function activityOf(
  deps: PrepareDeps,
  digest: Digest,
  entries: readonly [ConversationEntry, ...ConversationEntry[]],
  owners: Owners,
  claimed: readonly ClaimedActivity[],
): ReturnType<typeof renderConversation> {
  const [{ interaction: first }] = entries;
  const holder = deps.owners.holderOn(first.businessNumber, first.occurredAt.slice(0, 10));
  const owner = ownerAmong(owners, claimed);
  const rule = deps.rules.granularity(first.source, first.businessNumber);
  const contact = claimed.at(-1)?.contact;
  return renderConversation(entries, {
    key: digest.key,
    granularity: rule.by === 'conversation' ? 'conversation' : 'day',
    contact: { ...contact, ...digest.contact },
    part: digest.part,
    timeZone: owner?.timeZone ?? deps.timeZone,
    chatLink: deps.chatLink,
    ...(holder !== undefined && { ownerEmail: holder }),
    ...(owner !== undefined && { owner: { id: owner.id, email: owner.email, name: owner.name } }),
  });
}

function ownerAmong(owners: Owners, claimed: readonly ClaimedActivity[]): CrmUser | undefined {
  return claimed.map(({ key }) => owners.get(key)).find((owner) => owner !== undefined);
}

async function plan(
  deps: PrepareDeps,
  draft: Draft,
  owners: Owners,
): Promise<{ prepared: Prepared[]; digest?: PlannedDigest }> {
  const { digest, claimed } = draft;
  const { key, contact, recordId, members } = digest;
  const base = claimed.map((one) => ({
    claimed: one,
    digest: key,
    ...(rollsUp(deps.mapping, contact) && { rollsUp: true }),
  }));
  const [first, ...rest] = members;
  try {
    if (first === undefined) throw new Error('the record would show nothing');
    const activity = activityOf(deps, digest, [first, ...rest], owners, claimed);
    const { fields, createOnly } = mapActivity(deps.mapping, activity, await deps.knownFields('message'));
    const shown = shownOf(fields);
    const contentHash = hashKey(JSON.stringify(fields), contact.type, contact.id);
    const isShown = digest.shown !== undefined && JSON.stringify(digest.shown) === JSON.stringify(shown);
    if (recordId !== undefined && isShown) {
      return {
        prepared: base.map((one) => ({
          ...one,
          contentHash,
          settled: { kind: 'delivered', key: one.claimed.key, recordId, adopted: true },
        })),
      };
    }
    const item: DeliveryItem = {
      key,
      kind: 'message',
      occurredAt: activity.occurredAt,
      contact,
      fields,
      createOnly,
      ...(recordId !== undefined && { recordId }),
    };
    const ownerId = ownerAmong(owners, claimed)?.id;
    return {
      prepared: base.map((one) => ({ ...one, contentHash })),
      digest: {
        key,
        item,
        shown,
        ...(digest.shown !== undefined && { before: digest.shown }),
        ...(ownerId !== undefined && { ownerId }),
      },
    };
  } catch (error) {
    const prepared = base.map((one) => ({
      ...one,
      contentHash: '',
      settled: mappingFailed(one.claimed.key, error),
    }));
    return { prepared };
  }
}

/** Records of which everything went to another contact say so. */
async function abandonedItems(deps: PrepareDeps, keys: readonly string[]): Promise<PlannedDigest[]> {
  if (keys.length === 0) return [];
  const known = await deps.knownFields('message');
  const digests = await deps.ledger.readDigests(deps.destination.id, keys);
  return digests.flatMap(({ key, recordId, contact, members }) => {
    if (recordId === undefined || members.length > 0) return [];
    const text = 'What this record showed belongs to another contact; it stands there now.';
    const rules = deps.mapping.conversation?.fields ?? [];
    const texts = rules.filter(({ field, choices }) => {
      const type = known?.get(field)?.type;
      return (
        (type === undefined || type === 'string') &&
        choices.some(({ rule }) => /\btext\b/.test(rule.path ?? rule.template ?? ''))
      );
    });
    const fields = Object.fromEntries(texts.map(({ field }) => [field, text]));
    const occurredAt = new Date(0).toISOString();
    return [
      {
        key,
        item: { key, kind: 'message', occurredAt, contact, fields, createOnly: {}, recordId },
        shown: shownOf(fields),
      },
    ];
  });
}

function groupBy<T>(list: readonly T[], of: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) groups.set(of(one), [...(groups.get(of(one)) ?? []), one]);
  return groups;
}
