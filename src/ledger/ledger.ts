import type { ContactRef } from '../core/activity.ts';
import type { AlertChange } from '../core/fact.ts';
import type { StoredEvent } from '../sources/source.ts';
import type {
  Alert,
  AppendEvent,
  AppendResult,
  AttachmentSettlement,
  AttachmentTask,
  Backlog,
  Claim,
  ClaimOptions,
  ClaimedActivity,
  DestinationHealth,
  ExcludedId,
  Exclusion,
  FoldReport,
  FoldSubject,
  Folded,
  InteractionFilter,
  InteractionView,
  Learned,
  MediaTask,
  PollState,
  Receipt,
  ReportRow,
  Settlement,
} from './records.ts';
import type { AuditEntry, AuditFilter, NewAuditEntry } from './audit-records.ts';
import type {
  Conversation,
  ConversationFilter,
  DeliveryActivity,
  SourceActivity,
  WaitingChoice,
  WaitingFilter,
  WaitingGroup,
  WaitingPerson,
} from './conversation-records.ts';
import type { CompletenessStore } from './completeness-records.ts';
import type { Digest, DigestClosed, DigestJoin, DigestSettlement } from './digest-records.ts';
import type {
  DirectoryContact,
  DirectoryEntry,
  DirectoryState,
  MatchDecision,
  MatchSubject,
  ParkedLimit,
} from './match-records.ts';
import type { KeyStore } from './key-records.ts';
import type { ExportStore } from './export-records.ts';
import type { MappingVersion, NewMapping } from './mapping-records.ts';
import type { QuarantineStore } from './quarantine-records.ts';
import type { RollupSettlement, RollupTask } from './rollup-records.ts';
import type { PurgeStore } from './purge-records.ts';
import type { CheckStore } from './check-records.ts';
import type { SealStore } from './seal-records.ts';

export type * from './records.ts';
export type * from './audit-records.ts';
export type * from './completeness-records.ts';
export type * from './check-records.ts';
export type * from './conversation-records.ts';
export type * from './digest-records.ts';
export type * from './key-records.ts';
export type * from './export-records.ts';
export type * from './mapping-records.ts';
export type * from './match-records.ts';
export type * from './purge-records.ts';
export type * from './quarantine-records.ts';
export type * from './rollup-records.ts';
export type * from './seal-records.ts';

/**
 * The port to the append-only store of events and to the state of what is made of them. Times come from the database's
 * clock, so that processes with different clocks agree. Everything here is durable when the promise resolves.
 */
export interface Ledger
  extends SealStore, CompletenessStore, KeyStore, PurgeStore, QuarantineStore, ExportStore, CheckStore {
  /** Appends what is new. Calls that arrive together share one transaction (group commit). */
  append(events: readonly AppendEvent[], exclusions: readonly Exclusion[]): Promise<AppendResult>;
  /** Remembers user ids of excluded people. */
  excludeIds(ids: readonly ExcludedId[]): Promise<void>;
  /** Because of which numbers these user ids are excluded people's, as far as they are; all as keyed hashes. */
  excludedIds(idHashes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Which of these events are there already. */
  known(dedupeKeys: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * Takes events from the inbox, hands each touched interaction with all its events to `rebuild` and each event without
   * an interaction (and each number change) to `learn`, keeps the results; all in one transaction. Interactions of which
   * something else was learned (their person's other address, their group's name) go through the inbox again.
   */
  fold(
    limit: number,
    rebuild: (subject: FoldSubject) => Folded,
    learn?: (event: StoredEvent) => Learned,
  ): Promise<FoldReport>;
  /** Alerts that are raised now. */
  alerts(): Promise<Alert[]>;
  /** Raises or ends an alert; older news than what is known changes nothing. */
  setAlert(change: AlertChange & { readonly source: string; readonly at?: string }): Promise<void>;

  pollStates(source: string): Promise<PollState[]>;
  /** Keeps where a poll stands; `caughtUp`: it has seen everything for now. Given together with a pause, that is kept too. */
  putPollState(
    source: string,
    stream: string,
    state: { readonly cursor?: string; readonly caughtUp?: boolean; readonly pauseMs?: number },
  ): Promise<void>;

  /** Leases files of these sources that are due, oldest first. */
  claimMedia(sources: readonly string[], limit: number, owner: string, leaseMs: number): Promise<MediaTask[]>;
  /** `done`: its result is an event by now. `waiting`: again after a pause. */
  settleMedia(
    task: Pick<MediaTask, 'key'> & { readonly mediaId: string },
    settlement:
      | { readonly to: 'done' }
      | { readonly to: 'waiting'; readonly delayMs: number; readonly burn: boolean; readonly code: string },
    owner: string,
  ): Promise<void>;
  /** Sources that have a file to fetch now. */
  waitingMedia(): Promise<string[]>;
  /** Leases records of one destination with stored files that are not attached; delivered records only. */
  claimAttachments(
    destination: string,
    limit: number,
    owner: string,
    leaseMs: number,
  ): Promise<AttachmentTask[]>;
  settleAttachments(
    destination: string,
    settlements: readonly AttachmentSettlement[],
    owner: string,
  ): Promise<void>;
  /** Destinations that have a file to attach now. */
  waitingAttachments(): Promise<string[]>;

  /** Leases contacts whose rollups are due, with what the ledger says of each; see {@link Settlement.rollsUp}. */
  claimRollups(destination: string, limit: number, owner: string, leaseMs: number): Promise<RollupTask[]>;
  settleRollups(destination: string, settlements: readonly RollupSettlement[], owner: string): Promise<void>;
  /** Destinations that have a rollup due now. */
  waitingRollups(): Promise<string[]>;

  /** What waits for its match, of one destination or of all. */
  matchSubjects(limit: number, destination?: string): Promise<MatchSubject[]>;
  /** Only activities still in `matching` change; a `parked` one goes straight back when the directory knows it by now. */
  settleMatches(decisions: readonly MatchDecision[]): Promise<void>;

  findContacts(destination: string, addresses: readonly string[]): Promise<DirectoryEntry[]>;
  /** Replaces these contacts' entries. */
  putContacts(destination: string, contacts: readonly DirectoryContact[], cursor?: string): Promise<void>;
  directoryState(destination: string): Promise<DirectoryState>;
  markPulled(destination: string): Promise<void>;
  /**
   * The next pull begins at the beginning.
   *
   * @param markedBy the fields that are read for {@link DirectoryEntry.marks}, in one text
   */
  restartPull(destination: string, markedBy: string): Promise<void>;
  /** Entries with marks: under these addresses, or all. */
  markedContacts(destination: string, addresses?: readonly string[]): Promise<DirectoryEntry[]>;
  /** People whose number ends with the same seven digits as one of these; at most 500. */
  similarContacts(destination: string, phones: readonly string[]): Promise<DirectoryEntry[]>;
  /** Parked activities whose person is in the directory now go back to `matching`; how many. */
  unpark(destination: string): Promise<number>;
  /** Entries of a contact that is gone are removed. */
  forgetContact(destination: string, contact: ContactRef): Promise<void>;

  claim(options: ClaimOptions): Promise<Claim>;
  /** Leases `unknown` ones, and those whose lease ran out (they become unknown), for reading back. */
  claimUnknown(
    destination: string,
    limit: number,
    owner: string,
    leaseMs: number,
  ): Promise<ClaimedActivity[]>;
  /**
   * Writes outcomes and their receipts. Of a delivery that lost its lease meanwhile (`owner` does not hold it any more)
   * only the record id is taken: its failure says nothing about what the next one does.
   */
  settle(destination: string, settlements: readonly Settlement[], owner?: string): Promise<void>;
  /**
   * Puts leased activities into the records that show several of one contact, making what is missing. @returns the key of
   * each one's record. A record that something leaves (its person became another contact) is written again.
   */
  joinDigests(destination: string, joins: readonly DigestJoin[]): Promise<ReadonlyMap<string, string>>;
  readDigests(destination: string, keys: readonly string[]): Promise<Digest[]>;
  /** Those that have a record and nothing to show any more, and whose record does not say so yet. */
  emptyDigests(destination: string): Promise<string[]>;
  /** Nothing is added to this record any more; these activities go into the next part. @returns its key */
  splitDigest(destination: string, key: string, moved: readonly string[], why: DigestClosed): Promise<string>;
  settleDigests(destination: string, settlements: readonly DigestSettlement[]): Promise<void>;
  /** Leases of an owner that is known to be dead (the embedded store's last process) end now. */
  releaseLeases(exceptOwner: string): Promise<number>;
  /**
   * Leases of an owner that stops end now. `isCalling`: calls of its are out whose answer nobody will hear; what they are
   * about keeps its lease, since it may still arrive. @returns how many
   */
  giveBackLeases(owner: string, isCalling: boolean): Promise<number>;
  /** Destinations that have something to send now. */
  waitingDestinations(): Promise<string[]>;

  setDestinationHealth(health: {
    readonly destination: string;
    readonly state: DestinationHealth['state'];
    readonly pauseMs?: number;
    readonly code?: string;
    readonly reason?: string;
  }): Promise<void>;
  destinationHealth(): Promise<DestinationHealth[]>;

  report(range: { readonly from?: string; readonly to?: string }): Promise<ReportRow[]>;
  /** Ages are of now; counts of a large ledger may be some minutes old, unless they have to be `exact`. */
  backlog(options?: { readonly exact?: boolean }): Promise<Backlog>;
  interactions(filter: InteractionFilter): Promise<{
    readonly items: readonly InteractionView[];
    readonly cursor?: string;
  }>;
  interaction(key: string): Promise<
    | (InteractionView & {
        readonly events: readonly StoredEvent[];
        readonly receipts: readonly Receipt[];
      })
    | undefined
  >;
  /** Chats, the one with the newest message first. */
  conversations(
    filter: ConversationFilter,
  ): Promise<{ readonly items: readonly Conversation[]; readonly cursor?: string }>;
  conversation(id: string): Promise<Conversation | undefined>;
  /** What waits for a person, by cause; and by chat, the newest first. */
  waitingGroups(state: 'parked' | 'failed'): Promise<WaitingGroup[]>;
  waitingPeople(
    state: 'parked' | 'failed',
    filter: WaitingFilter,
  ): Promise<{ readonly items: readonly WaitingPerson[]; readonly cursor?: string }>;
  /** Keys of what waits in these chats, or which of these keys wait; the oldest first, at most 10,000. */
  waitingKeys(
    state: 'parked' | 'failed',
    destination: string,
    choice: WaitingChoice & { readonly cause?: string },
  ): Promise<string[]>;
  /** What was ignored, by a person or the policy, goes back to its match. How many. */
  reconsider(destination: string, keys: readonly string[], by: string): Promise<number>;
  sourceActivity(sources: readonly string[]): Promise<SourceActivity[]>;
  deliveryActivity(destinations: readonly string[]): Promise<DeliveryActivity[]>;
  /** A person's decision about parked ones: to a contact, back to matching, or never. How many changed. */
  decideParked(
    destination: string,
    keys: readonly string[],
    decision:
      | {
          readonly to: 'ready';
          readonly contact: ContactRef & { readonly name?: string };
        }
      | { readonly to: 'ignored'; readonly reason: string },
    by?: string,
  ): Promise<number>;
  /**
   * Parked ones that wait for longer than these days are given up: `ignored`, or a dead letter with `parked-too-long`. Only
   * those of one source and, where they are given, of these numbers; never those of a dry run. How many.
   */
  giveUpParked(destination: string, rule: ParkedLimit): Promise<number>;
  /** What a dry run parked goes back to `matching`: of one source and, where they are given, of these numbers. How many. */
  releaseDryRun(
    destination: string,
    of: { readonly source: string; readonly businessNumbers?: readonly string[] },
  ): Promise<number>;
  /** Dead letters back to `ready` (or `matching` without a contact); all of a destination or these keys. How many. */
  replayFailed(
    filter: {
      readonly destination?: string;
      readonly keys?: readonly string[];
      readonly code?: string;
    },
    by?: string,
  ): Promise<number>;

  /** Published mappings of a destination, the newest (the one in use) first. */
  mappingVersions(destination: string, limit?: number): Promise<MappingVersion[]>;
  /** Publishes a mapping. undefined: `after` is not the newest one any more, or somebody published the same just now. */
  addMapping(mapping: NewMapping): Promise<MappingVersion | undefined>;
  /** Logged records of these days (UTC, inclusive) are due to be written by the mapping in use. How many. */
  rewrite(
    destination: string,
    range: { readonly from?: string; readonly to?: string },
    by?: string,
  ): Promise<number>;

  /** Who did what: for deeds that change nothing else; all others are kept in the transaction of the deed. */
  keepAudit(entry: NewAuditEntry): Promise<void>;
  /** Who did what, newest first. */
  audit(filter: AuditFilter): Promise<{ readonly items: readonly AuditEntry[]; readonly cursor?: string }>;

  /** Throws when the store cannot commit. */
  ping(): Promise<void>;
  /** Milliseconds since 1970 by the database's clock: the one that all processes have in common. */
  clock(): Promise<number>;
  close(): Promise<void>;
}
