import { hashKey } from '../core/key.ts';
import type { Outcome } from '../core/outcome.ts';
import type { DeliveryItem } from '../destinations/destination.ts';
import type { ClaimedActivity } from '../ledger/ledger.ts';
import { mapActivity, type KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { render } from '../mapping/render.ts';

export interface PrepareDeps {
  readonly mapping: Mapping;
  readonly knownFields: (kind: 'message' | 'call') => Promise<KnownFields>;
  readonly ownerOn: (businessNumber: string, day: string) => string | undefined;
}

/** A claimed activity with what is to be sent for it, or why nothing can be. */
export interface Prepared {
  readonly claimed: ClaimedActivity;
  readonly item?: DeliveryItem;
  readonly failed?: Outcome;
  readonly contentHash: string;
}

/** Step 4: the activity's text for people, then the CRM's fields by the mapping. What cannot be made fails before any call. */
export async function prepare(deps: PrepareDeps, claimed: ClaimedActivity): Promise<Prepared> {
  const { interaction, contact, revision, key } = claimed;
  try {
    const ownerEmail = deps.ownerOn(interaction.businessNumber, interaction.occurredAt.slice(0, 10));
    const activity = render(interaction, {
      revision,
      contact,
      ...(ownerEmail === undefined ? {} : { ownerEmail }),
    });
    const { fields, createOnly } = mapActivity(
      deps.mapping,
      activity,
      await deps.knownFields(interaction.kind),
    );
    const item: DeliveryItem = {
      key,
      kind: interaction.kind,
      occurredAt: interaction.occurredAt,
      contact: { type: contact.type, id: contact.id },
      fields,
      createOnly,
      ...(claimed.recordId === undefined ? {} : { recordId: claimed.recordId }),
    };
    return { claimed, item, contentHash: hashKey(JSON.stringify(fields), JSON.stringify(createOnly)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    return {
      claimed,
      contentHash: '',
      failed: { kind: 'permanent', key, code: 'mapping-failed', reason: reason.slice(0, 300) },
    };
  }
}
