import type { Interaction } from '../core/interaction.ts';
import { changeKey } from '../core/visible-state.ts';
import type { ClaimedActivity } from '../ledger/ledger.ts';

/** How much stands in one record. */
export type Granularity =
  | { readonly by: 'message' }
  | { readonly by: 'day' }
  /** quiet for so many milliseconds: the next message begins another record */
  | { readonly by: 'conversation'; readonly gapMs: number };

/** What the policies say of records; by source and business number, which is by route. */
export interface RecordRules {
  /** what a change becomes: the record is brought up to date, or a further one is made */
  readonly changes: (source: string, businessNumber: string) => 'update' | 'insert-only';
  readonly granularity: (source: string, businessNumber: string) => Granularity;
  /** everything is done but the write */
  readonly isDryRun: (source: string, businessNumber: string) => boolean;
}

export function isInsertOnly(
  rules: Pick<RecordRules, 'changes'>,
  { source, businessNumber }: Interaction,
): boolean {
  return rules.changes(source, businessNumber) === 'insert-only';
}

/** Is it shown in one record with others? What has a record keeps it as it was made, whatever the policy says by now. */
export function isInDigest(
  rules: RecordRules,
  { digestKey, recordId, interaction }: Pick<ClaimedActivity, 'digestKey' | 'recordId' | 'interaction'>,
): boolean {
  if (digestKey !== undefined) return true;
  const { source, businessNumber } = interaction;
  return recordId === undefined && rules.granularity(source, businessNumber).by !== 'message';
}

/** The key of the record that a delivery makes: the interaction's own, that of one further state of it, or its digest's. */
export function deliveryKey(rules: RecordRules, claimed: ClaimedActivity): string {
  const { key, interaction, recordId, digestKey } = claimed;
  if (digestKey !== undefined) return digestKey;
  if (recordId === undefined || !isInsertOnly(rules, interaction)) return key;
  return changeKey(interaction);
}
