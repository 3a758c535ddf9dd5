import type { InteractionView, Receipt } from './records.ts';
import type { SealedRange, StoredRecord } from './seal-records.ts';

/** A number of the firm in somebody's hands: UTC days, inclusive. */
export interface NumberHolding {
  readonly number: string;
  readonly from: string;
  /** absent: to this day */
  readonly to?: string;
}

/** Which interactions are taken out, with all that belongs to them. What is absent does not narrow it down. */
export interface ExportFilter {
  readonly businessNumber?: string;
  /** UTC days, inclusive, of what happened */
  readonly from?: string;
  readonly to?: string;
  /** id of a chat */
  readonly conversation?: string;
  /** these and no others: see {@link ExportStore.keysOfPerson} */
  readonly keys?: readonly string[];
  /** one of these holds */
  readonly held?: readonly NumberHolding[];
}

/** The last rows that are taken out, by their id: those of the last seal. */
export interface ExportEnd {
  readonly events: number;
  readonly receipts: number;
  readonly audit: number;
}

/** A rule or request by which content was destroyed. */
export interface PurgeNote {
  readonly id: number;
  /** ISO 8601 */
  readonly at: string;
  readonly kind: string;
  readonly rule: string;
}

export interface ExportedInteraction extends InteractionView {
  /** its content was destroyed */
  readonly purge?: PurgeNote;
  /** events came for it after the last row that is taken out: it says more than these */
  readonly isNewer: boolean;
}

/** What an export needs of the ledger: everything a page at a time. */
export interface ExportStore {
  /** By chat, in each the oldest first. */
  exportedInteractions(
    filter: ExportFilter,
    page: { readonly end: ExportEnd; readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly ExportedInteraction[]; readonly cursor?: string }>;
  /** How many that are. */
  exportedCount(filter: ExportFilter, end: ExportEnd): Promise<number>;
  /** Rows of these ranges that belong to them, in the order of the leaves; of the audit log all. */
  exportedRecords(filter: ExportFilter, ranges: readonly SealedRange[]): Promise<StoredRecord[]>;
  /** Which of these keys and chats they have. */
  exportedAmong(
    filter: ExportFilter,
    named: { readonly keys: readonly string[]; readonly conversations: readonly string[] },
  ): Promise<ReadonlySet<string>>;
  /** What was told of their deliveries, by key; the oldest first. */
  exportedReceipts(keys: readonly string[], end: ExportEnd): Promise<ReadonlyMap<string, Receipt[]>>;
  /**
   * Keys of everything with one person: by a phone number, a WhatsApp user id, or the id of a CRM contact, and by all that
   * is known to have been theirs at the time.
   */
  keysOfPerson(person: string): Promise<string[]>;
}
