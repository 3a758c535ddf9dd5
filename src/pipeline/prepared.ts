import type { ChatLink } from '../core/chat-link.ts';
import type { Outcome } from '../core/outcome.ts';
import type { DeliveryItem, Destination, RelatedRecord, RelateSubject } from '../destinations/destination.ts';
import type { ClaimedActivity, Ledger, Shown } from '../ledger/ledger.ts';
import type { KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { OwnerRules } from './owners.ts';
import type { RecordRules } from './record-rules.ts';

/** What making records of activities needs. */
export interface PrepareDeps {
  readonly mapping: Mapping;
  readonly destination: Pick<Destination, 'id' | 'readRecords'>;
  readonly ledger: Pick<Ledger, 'joinDigests' | 'readDigests' | 'emptyDigests' | 'splitDigest'>;
  readonly knownFields: (kind: 'message' | 'call') => Promise<KnownFields>;
  readonly owners: OwnerRules;
  readonly related: { find(subjects: readonly RelateSubject[]): Promise<(readonly RelatedRecord[])[]> };
  /** IANA name; of times in the text, where the owner has none */
  readonly timeZone: string;
  readonly chatLink?: ChatLink | undefined;
  /** what becomes a record of its own, and what a change becomes */
  readonly rules: RecordRules;
  readonly log: { warn(fields: object, text: string): void };
}

/** A claimed activity with what is to be sent for it, or why nothing is. */
export interface Prepared {
  readonly claimed: ClaimedActivity;
  readonly item?: DeliveryItem;
  /** hashes of what the item makes its record show; see mapping/shown.ts */
  readonly shown?: Shown;
  /** key of the record that shows it together with others */
  readonly digest?: string;
  /** instead of an item: it could not be made, or the record shows it already */
  readonly settled?: Outcome;
  /** this record is a further one of the same interaction */
  readonly isFurther?: boolean;
  /** a record of it is told on the contact itself */
  readonly rollsUp?: boolean;
  readonly contentHash: string;
}

/** The outcome of an activity of which no record can be made. */
export function mappingFailed(key: string, error: unknown): Outcome {
  const reason = error instanceof Error ? error.message : 'unknown error';
  return { kind: 'permanent', key, code: 'mapping-failed', reason: reason.slice(0, 300) };
}
