import { hashKey } from '../core/key.ts';
import type { Interaction } from '../core/interaction.ts';
import type { Outcome } from '../core/outcome.ts';
import { visibleState } from '../core/visible-state.ts';
import type { CrmUser, DeliveryItem, RelatedRecord, RelateSubject } from '../destinations/destination.ts';
import type { ClaimedActivity } from '../ledger/ledger.ts';
import { mapActivity, type KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { render } from '../mapping/render.ts';
import { rollsUp } from '../mapping/rollup.ts';
import { ownerOf, type OwnerRules } from './owners.ts';

export interface PrepareDeps {
  readonly mapping: Mapping;
  readonly knownFields: (kind: 'message' | 'call') => Promise<KnownFields>;
  readonly owners: OwnerRules;
  readonly related: { find(subjects: readonly RelateSubject[]): Promise<(readonly RelatedRecord[])[]> };
  /** IANA name; of times in the text, where the owner has none */
  readonly timeZone: string;
  /** what a change becomes: the record is brought up to date, or a further one is made */
  readonly changes: (source: string, businessNumber: string) => 'update' | 'insert-only';
}

/** A claimed activity with what is to be sent for it, or why nothing is. */
export interface Prepared {
  readonly claimed: ClaimedActivity;
  readonly item?: DeliveryItem;
  /** instead of an item: it could not be made, or the record shows it already */
  readonly settled?: Outcome;
  /** this record is a further one of the same interaction */
  readonly isFurther?: boolean;
  /** a record of it is told on the contact itself */
  readonly rollsUp?: boolean;
  readonly contentHash: string;
}

/**
 * Step 4: the activity's text for people, then the CRM's fields by the mapping. What cannot be made fails before any call,
 * and what the record shows already needs none. @throws CrmError when owners or related records cannot be asked for
 */
export async function prepare(deps: PrepareDeps, claimed: readonly ClaimedActivity[]): Promise<Prepared[]> {
  const owners = await Promise.all(claimed.map(({ interaction }) => ownerOf(deps.owners, interaction)));
  const prepared = await Promise.all(claimed.map((one, at) => prepareOne(deps, one, owners[at])));
  return withRelated(deps, prepared, owners);
}

async function prepareOne(
  deps: PrepareDeps,
  claimed: ClaimedActivity,
  owner: CrmUser | undefined,
): Promise<Prepared> {
  const { interaction, contact, key, recordId } = claimed;
  const insertOnly = isInsertOnly(deps, interaction);
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
      key: deliveryKey(deps, claimed),
      kind: interaction.kind,
      occurredAt: interaction.occurredAt,
      contact: { type: contact.type, id: contact.id },
      fields,
      createOnly,
      ...(recordId !== undefined && !isFurther && { recordId }),
    };
    return { ...base, item, contentHash };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    return {
      ...base,
      contentHash: '',
      settled: { kind: 'permanent', key, code: 'mapping-failed', reason: reason.slice(0, 300) },
    };
  }
}

/** The key of the record that this delivery makes: the interaction's own, or that of one further state of it. */
export function deliveryKey(deps: Pick<PrepareDeps, 'changes'>, claimed: ClaimedActivity): string {
  const { key, interaction, recordId } = claimed;
  if (recordId === undefined || !isInsertOnly(deps, interaction)) return key;
  return hashKey(key, 'change', visibleState(interaction));
}

function isInsertOnly(deps: Pick<PrepareDeps, 'changes'>, interaction: Interaction): boolean {
  return deps.changes(interaction.source, interaction.businessNumber) === 'insert-only';
}

function renderContext(
  { owners, timeZone }: PrepareDeps,
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
  };
}

async function withRelated(
  deps: PrepareDeps,
  prepared: readonly Prepared[],
  owners: readonly (CrmUser | undefined)[],
): Promise<Prepared[]> {
  const subjects = prepared.flatMap(({ item }, at) => {
    const ownerId = owners[at]?.id;
    if (item === undefined || item.recordId !== undefined) return [];
    return [{ ...item.contact, ...(ownerId !== undefined && { ownerId }) }];
  });
  const found = subjects.length === 0 ? [] : await deps.related.find(subjects);
  let next = 0;
  return prepared.map((one) => {
    if (one.item === undefined || one.item.recordId !== undefined) return one;
    const related = found[next++] ?? [];
    return related.length === 0 ? one : { ...one, item: { ...one.item, related } };
  });
}
