import type { QuarantineState } from '../core/quarantine.ts';

/** What named no number of the firm: its outline is an event, what it said is here, encrypted, until it is decided. */
export interface Quarantined {
  /** of the event that has its outline */
  readonly id: number;
  readonly source: string;
  /** ISO 8601 */
  readonly receivedAt: string;
  readonly state: QuarantineState;
  /** of the key that it was encrypted with */
  readonly keyName: string;
  readonly decidedAt?: string;
  readonly decidedBy?: string;
}

/** One of them with what there is of it. */
export interface QuarantinedItem extends Quarantined {
  readonly dedupeKey: string;
  /** while it waits */
  readonly ciphertext?: string;
  /** names and types of what came, without values */
  readonly outline: unknown;
}

export interface QuarantineFilter {
  readonly state?: QuarantineState;
  readonly source?: string;
  readonly limit: number;
  /** from the page before */
  readonly cursor?: string;
}

/** What waits in quarantine, of one source. */
export interface QuarantineCount {
  readonly source: string;
  readonly waiting: number;
  /** ISO 8601: since when the oldest waits */
  readonly since: string;
}

export interface QuarantineStore {
  /** The newest first. */
  quarantined(
    filter: QuarantineFilter,
  ): Promise<{ readonly items: readonly Quarantined[]; readonly cursor?: string }>;
  quarantinedItem(id: number): Promise<QuarantinedItem | undefined>;
  /** Sources with something that waits. */
  quarantineCounts(): Promise<QuarantineCount[]>;
  /** Decides those that wait, destroys what they said, and keeps who did it. How many. */
  decideQuarantined(
    ids: readonly number[],
    state: 'released' | 'discarded',
    by: string,
    detail?: Readonly<Record<string, unknown>>,
  ): Promise<number>;
  /** Destroys what has waited for more than so many days. How many. */
  expireQuarantined(days: number): Promise<number>;
}
