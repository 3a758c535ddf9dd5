import { CrmError } from '../core/errors.ts';
import { hashKey } from '../core/key.ts';
import { visibleState } from '../core/visible-state.ts';
import type { CrmUser, DeliveryItem } from '../destinations/destination.ts';
import type { ClaimedActivity } from '../ledger/ledger.ts';
import { mapActivity } from '../mapping/fields.ts';
import { render } from '../mapping/render.ts';
import { rollsUp } from '../mapping/rollup.ts';
import { shownOf } from '../mapping/shown.ts';
import { ownerOf } from './owners.ts';
import { mappingFailed, type Prepared, type PrepareDeps } from './prepared.ts';
import { prepareDigests, type PlannedDigest } from './prepare-digests.ts';
import { deliveryKey, isInsertOnly, isInDigest } from './record-rules.ts';

/** A batch, ready to be sent. */
export interface Plan {
  readonly prepared: readonly Prepared[];
  /** records that show several of them; one that everybody has left comes too */
  readonly digests: readonly PlannedDigest[];
}

/**
 * Step 4: the activity's text for people, then the CRM's fields by the mapping. What cannot be made fails before any call,
 * and what the record shows already needs none. @throws CrmError when the CRM cannot be asked for owners or records,
 * or the mapping cannot make such records at all
 */
export async function prepare(deps: PrepareDeps, claimed: readonly ClaimedActivity[]): Promise<Plan> {
  const owners = new Map<string, CrmUser | undefined>();
  for (const { key, interaction } of claimed) owners.set(key, await ownerOf(deps.owners, interaction));
  const isDry = ({ interaction: { source, businessNumber } }: ClaimedActivity) =>
    deps.rules.isDryRun(source, businessNumber);
  const isTogether = (one: ClaimedActivity) => isInDigest(deps.rules, one) && !isDry(one);
  const alone = claimed.filter((one) => !isTogether(one));
  const together = claimed.filter(isTogether);
  const made = await Promise.all(alone.map((one) => prepareOne(deps, one, owners.get(one.key))));
  if (together.length > 0 && deps.mapping.conversation === undefined) {
    throw new CrmError('mapping-incomplete', `mapping ${deps.mapping.version} has no part "conversation"`);
  }
  const prepared = made.map((one) => (isDry(one.claimed) ? setAside(one) : one));
  const plan =
    together.length === 0 ? { prepared: [], digests: [] } : await prepareDigests(deps, together, owners);
  const ownerOfItem = (key: string) => owners.get(key)?.id;
  return {
    prepared: [
      ...(await withRelated(deps, prepared, ({ claimed: { key } }) => ownerOfItem(key))),
      ...plan.prepared,
    ],
    digests: await withRelated(deps, plan.digests, ({ ownerId }) => ownerId),
  };
}

/** Of a dry run: it would have been sent. What could not be made is told as ever. */
function setAside({ item, shown: _shown, ...prepared }: Prepared): Prepared {
  if (item === undefined) return prepared;
  const { key, contact } = prepared.claimed;
  const whom = contact.name === undefined ? contact.id : `${contact.name} (${contact.id})`;
  const reason = `would be logged on the ${contact.type.toLowerCase()} ${whom}`;
  return { ...prepared, settled: { kind: 'permanent', key, code: 'dry-run', reason } };
}

async function prepareOne(
  deps: PrepareDeps,
  claimed: ClaimedActivity,
  owner: CrmUser | undefined,
): Promise<Prepared> {
  const { interaction, contact, key, recordId } = claimed;
  const insertOnly = isInsertOnly(deps.rules, interaction);
  const isFurther = insertOnly && recordId !== undefined;
  const base = {
    claimed,
    ...(isFurther && { isFurther }),
    ...(rollsUp(deps.mapping, contact) && { rollsUp: true }),
  };
  try {
    const activity = render(interaction, renderContext(deps, claimed, owner, isFurther));
    const known = await deps.knownFields(interaction.kind);
    const { fields, createOnly } = mapActivity(deps.mapping, activity, known);
    const contentHash = insertOnly
      ? visibleState(interaction)
      : hashKey(JSON.stringify(fields), contact.type, contact.id);
    if (recordId !== undefined && claimed.deliveredHash === contentHash) {
      return { ...base, contentHash, settled: { kind: 'delivered', key, recordId, adopted: true } };
    }
    const item: DeliveryItem = {
      key: deliveryKey(deps.rules, claimed),
      kind: interaction.kind,
      occurredAt: interaction.occurredAt,
      contact: { type: contact.type, id: contact.id },
      fields,
      createOnly,
      ...(recordId !== undefined && !isFurther && { recordId }),
    };
    return { ...base, item, shown: shownOf(fields), contentHash };
  } catch (error) {
    return { ...base, contentHash: '', settled: mappingFailed(key, error) };
  }
}

function renderContext(
  { owners, timeZone, chatLink }: PrepareDeps,
  { interaction, revision, contact, quoted }: ClaimedActivity,
  owner: CrmUser | undefined,
  isChange: boolean,
): Parameters<typeof render>[1] {
  const holder = owners.holderOn(interaction.businessNumber, interaction.occurredAt.slice(0, 10));
  return {
    revision,
    contact,
    timeZone: owner?.timeZone ?? timeZone,
    ...(holder !== undefined && { ownerEmail: holder }),
    ...(owner !== undefined && { owner: { id: owner.id, email: owner.email, name: owner.name } }),
    ...(quoted !== undefined && { quoted }),
    ...(isChange && { isChange: true as const }),
    chatLink,
  };
}

/** A new record is put on what else the rules say. */
async function withRelated<T extends { readonly item?: DeliveryItem }>(
  deps: PrepareDeps,
  planned: readonly T[],
  ownerOfOne: (one: T) => string | undefined,
): Promise<T[]> {
  const isNew = ({ item }: T) => item !== undefined && item.recordId === undefined;
  const subjects = planned.filter(isNew).flatMap((one) => {
    const ownerId = ownerOfOne(one);
    return one.item === undefined ? [] : [{ ...one.item.contact, ...(ownerId !== undefined && { ownerId }) }];
  });
  const found = subjects.length === 0 ? [] : await deps.related.find(subjects);
  let next = 0;
  return planned.map((one) => {
    if (!isNew(one)) return one;
    const related = found[next++] ?? [];
    return related.length === 0 ? one : { ...one, item: { ...one.item, related } };
  });
}
