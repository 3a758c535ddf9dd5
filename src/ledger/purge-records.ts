import type { Interaction } from '../core/interaction.ts';
import type { RetentionRule } from '../core/retention.ts';

export type { RetentionRule } from '../core/retention.ts';

/** By which rule content is destroyed, and who set it going. */
export interface PurgeOrder {
  /** names nobody */
  readonly rule: string;
  readonly kind: 'retention' | 'erasure';
  readonly actor: string;
}

/** What is to be destroyed. */
export interface PurgeSubject {
  /** of interactions */
  readonly keys?: readonly string[];
  /** ids of events that belong to no interaction */
  readonly events?: readonly number[];
}

export interface Purged {
  readonly interactions: number;
  readonly events: number;
  /** that are to be removed from the file store, where nobody else has them */
  readonly files: number;
  /** interactions and events that a hold keeps */
  readonly held: number;
  /** keys of what is on its way into the CRM right now: another time */
  readonly busy: readonly string[];
}

/** One line of the trail. Counts only. */
export interface Purge {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly kind: PurgeOrder['kind'];
  readonly rule: string;
  readonly interactions: number;
  readonly events: number;
  readonly files: number;
}

/** What is left of an interaction. */
export interface Tombstone {
  readonly key: string;
  readonly kind: Interaction['kind'];
  readonly source: string;
  readonly businessNumber: string;
  readonly occurredAt: string;
}

/** What a rule would destroy now, and what of it is held. */
export interface RuleCount {
  readonly rule: string;
  readonly interactions: number;
  readonly events: number;
  readonly files: number;
  readonly held: number;
}

/** Whom or what a hold is about: all that is given must fit. */
export interface HoldScope {
  /** phone number or user id; forgotten when the hold is released */
  readonly person?: string;
  readonly businessNumber?: string;
  readonly source?: string;
  /** user of the settings' `owners` */
  readonly owner?: string;
  /** UTC days, inclusive */
  readonly from?: string;
  readonly to?: string;
}

export interface Hold extends HoldScope {
  readonly id: number;
  readonly reason: string;
  readonly placedBy: string;
  readonly placedAt: string;
  readonly releasedBy?: string;
  readonly releasedAt?: string;
}

/** Who had which of the firm's numbers, by UTC days. */
export interface OwnerStretch {
  readonly user: string;
  readonly number: string;
  readonly from: string;
  readonly to?: string | undefined;
}

/** Everything that is known to be of one person. */
export interface PersonRecords {
  readonly addresses: readonly string[];
  readonly interactions: readonly PersonRecord<string>[];
  /** events that belong to no interaction and name the person */
  readonly events: readonly PersonRecord<number>[];
  readonly records: readonly CrmRecord[];
  /** events that nobody has read yet: whom they are about is not known */
  readonly unread: number;
}

interface PersonRecord<I> {
  readonly id: I;
  readonly held: boolean;
  /** a rule's obligation to keep it is not over */
  readonly obliged: boolean;
}

/** A record or file in a CRM that was made of an interaction. */
export interface CrmRecord {
  readonly destination: string;
  /** of the interaction */
  readonly key: string;
  readonly kind: Interaction['kind'] | 'file';
  readonly id: string;
}

export interface Erasure {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly reason: string;
  readonly found: number;
  readonly erased: number;
  readonly held: number;
  readonly obliged: number;
  /** was on its way into the CRM: follows by itself */
  readonly waiting: number;
  /** `refused`: nothing was erased, since all is held or must be kept by law */
  readonly state: 'done' | 'waiting' | 'partly-refused' | 'refused';
}

export interface NewErasure extends Pick<Erasure, 'actor' | 'reason' | 'held' | 'obliged'> {
  /** keyed hashes of all addresses of the person */
  readonly personHashes: readonly string[];
  /** what is to be erased */
  readonly subject: Required<PurgeSubject>;
}

/** What of a request is still to be done. */
export interface WaitingErasure {
  readonly id: number;
  readonly actor: string;
  readonly subject: Required<PurgeSubject>;
}

/** When the rules were applied; `unscrubbed`: content was destroyed whose bytes may still be in the database's files. */
export interface RetentionState {
  readonly appliedAt?: string;
  readonly unscrubbedSince?: string;
  readonly scrubbedAt?: string;
  /** something of a request for erasure is still to be done */
  readonly erasuresWait?: true;
}

/** What was done to the database's own files, and what could not be. */
export interface Scrubbed {
  /** tables that were written anew; the rest was only tidied up */
  readonly rewritten: number;
  readonly tables: number;
  /** bytes of these tables before */
  readonly bytes: number;
  /** milliseconds, and those that the longest one took: so long others waited for it */
  readonly ms: number;
  readonly longestMs: number;
  /** what is for the operator to do */
  readonly left: readonly string[];
}

/** A route whose parked interactions are destroyed after so many days. */
export interface ParkedPurge {
  readonly destination: string;
  readonly source: string;
  readonly businessNumbers?: readonly string[];
  readonly days: number;
}

/** What retention, holds and erasure need of the ledger. */
export interface PurgeStore {
  /**
   * Destroys content for good and leaves a tombstone: that something was, when and of which number. What is destroyed
   * already stays as it is; what is held or on its way is left alone.
   */
  purge(subject: PurgeSubject, order: PurgeOrder): Promise<Purged>;
  /** Only the files of these interactions; each says from then on which rule removed it. */
  purgeFiles(keys: readonly string[], order: PurgeOrder): Promise<Pick<Purged, 'interactions' | 'files'>>;
  /** Interactions (or with class `files` those with files, or events without one) that this rule is over for. Not held ones. */
  expired(
    rules: readonly RetentionRule[],
    rule: RetentionRule,
    limit: number,
  ): Promise<Required<PurgeSubject>>;
  /** Interactions whose every destination found an excluded person. Not held ones. */
  excludedLater(limit: number): Promise<string[]>;
  /** What was parked for too long and waits for nothing else. Not held ones. */
  parkedTooLong(rule: ParkedPurge, limit: number): Promise<string[]>;
  /** What a run would destroy. */
  expiredCounts(rules: readonly RetentionRule[], parked: readonly ParkedPurge[]): Promise<RuleCount[]>;

  /** Files that nobody has any more, in order of their hash. `since`: one that was put again after that stays for now. */
  doomedFiles(limit: number, after?: string): Promise<{ readonly sha256: string; readonly since: string }[]>;
  /** `removed`: it is not there any more. Otherwise it is looked at again another time. */
  settleDoomed(sha256: string, removed: boolean): Promise<void>;

  holds(): Promise<Hold[]>;
  placeHold(
    hold: HoldScope & { readonly reason: string; readonly by: string },
    owners: readonly OwnerStretch[],
  ): Promise<Hold>;
  /** false: there is no such hold, or it is released already */
  releaseHold(id: number, by: string, reason: string): Promise<boolean>;
  /** Brings holds up to date with what is known of their people, and with who had which number. */
  refreshHolds(owners: readonly OwnerStretch[]): Promise<void>;

  personRecords(address: string, rules: readonly RetentionRule[]): Promise<PersonRecords>;
  /** Keeps a request; what is to be erased waits from then on. */
  addErasure(erasure: NewErasure): Promise<Erasure>;
  /** The newest first; of one person by the hashes. */
  erasures(filter: { readonly personHashes?: readonly string[]; readonly limit: number }): Promise<Erasure[]>;
  /** Requests that are not done: broken off, or something was on its way into the CRM. */
  waitingErasures(): Promise<WaitingErasure[]>;
  /** What became of it; does nothing when somebody else has told that. */
  settleErasure(erasure: WaitingErasure, done: Pick<Purged, 'held' | 'busy'>): Promise<void>;

  /** What was destroyed on a UTC day, by rule. */
  purgedOn(day: string): Promise<readonly Omit<Purge, 'id' | 'at' | 'actor'>[]>;
  purges(filter: { readonly limit: number; readonly cursor?: string }): Promise<{
    readonly items: readonly Purge[];
    readonly cursor?: string;
  }>;
  tombstones(
    purge: number,
    filter: { readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly Tombstone[]; readonly cursor?: string }>;

  retentionState(): Promise<RetentionState>;
  markRetention(): Promise<void>;
  /**
   * Wipes what was destroyed from the database's own files: tables and their indexes are written anew where they have at
   * most `fullBelow` bytes together, and the write-ahead log of before is removed.
   */
  scrub(options: { readonly fullBelow: number; readonly actor: string }): Promise<Scrubbed>;
}
