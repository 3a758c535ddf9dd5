import type { Seal, SealedRange, SealedRecord } from '../core/seal.ts';

export type { Seal, SealedRange, SealedRecord } from '../core/seal.ts';

/** Rows that are to be sealed next. */
export interface Sealable {
  /** the seal that they come after; undefined: they are the first ones. Another one may have been made meanwhile. */
  readonly last: { readonly number: number; readonly hash: string } | undefined;
  readonly ranges: readonly SealedRange[];
  readonly records: readonly SealedRecord[];
}

/** A row of a seal's ranges as it stands in the database now. */
export interface StoredRecord extends SealedRecord {
  /** of an event: what its `content_hash` is the commitment to, with the JSON text as it came in */
  readonly content?: {
    readonly nonce: string;
    readonly providerId: string | null;
    readonly payload: string;
  };
  /** of an event: the rule by which its content was destroyed */
  readonly purgeId?: number;
}

/** How far a place outside has its copies. */
export interface SealCopies {
  readonly place: string;
  readonly number: number;
  readonly error?: string;
  /** ISO 8601: since when it takes none */
  readonly since?: string;
}

/** What the sealing needs of the ledger. */
export interface SealStore {
  /**
   * The next rows that no seal holds and before which nothing can be added any more; undefined: there are none, or
   * somebody is still adding.
   */
  sealable(limit: number): Promise<Sealable | undefined>;
  /** false: there is a seal of this number already. */
  addSeal(seal: Seal): Promise<boolean>;
  /** In their order. */
  seals(filter: { readonly after?: number; readonly limit: number }): Promise<Seal[]>;
  /** The last one, without its leaves. */
  lastSeal(): Promise<Omit<Seal, 'leaves'> | undefined>;
  /** The rows of these ranges as they are now, in the order of the leaves. */
  sealedRecords(ranges: readonly SealedRange[]): Promise<StoredRecord[]>;
  /** The rows of one interaction: its events and receipts, with the number of the seal that holds each. */
  recordsOf(key: string): Promise<readonly (SealedRecord & { readonly seal?: number })[]>;
  sealCopies(): Promise<SealCopies[]>;
  putSealCopies(copies: SealCopies): Promise<void>;
}
