import type { QuotaUse } from '../core/budget.ts';
import type { Readable } from 'node:stream';
import type { ContactRef, Fields } from '../core/activity.ts';
import type { OwnerLine, ReportLine } from '../core/daily-report.ts';
import type { CrmField, Finding } from '../destinations/destination.ts';
import type {
  Alert,
  AuditEntry,
  AuditFilter,
  Backlog,
  DestinationHealth,
  DriftCount,
  InteractionFilter,
  Ledger,
  MappingVersion,
  NewAuditEntry,
  ReportRow,
} from '../ledger/ledger.ts';
import type { Cut } from '../mapping/fields.ts';
import type { MappingPart, VocabularyEntry } from '../mapping/vocabulary.ts';
import type { EventDraft } from '../sources/source.ts';
import type { BackupOperations } from './backup-operations.ts';
import type { ChatOperations, LinkedActivity, LinkedView } from './chats.ts';
import type { KeyOperations } from './key-operations.ts';
import type { ExportOperations } from './export-operations.ts';
import type { DriftOperations } from './drift-operations.ts';
import type { ImportOutcome } from './import.ts';
import type { MappingHistoryEntry } from './mappings.ts';
import type { ReportOperations } from './report-operations.ts';
import type { RetentionOperations } from './retention-operations.ts';
import type { QuarantineOperations } from './quarantine-operations.ts';
import type { SealOperations } from './seal-operations.ts';
import type { Versions } from './versions.ts';
import type { WaitingOperations } from './waiting-operations.ts';

/** UTC days, inclusive; `by`: also summed up by who held the numbers */
export interface ReportRange {
  readonly from?: string;
  readonly to?: string;
  readonly by?: 'owner';
}

/** `report --json` and `/api/report`. */
export interface Report {
  readonly from: string;
  readonly to: string;
  readonly totals: Omit<ReportRow, 'source' | 'businessNumber' | 'day'>;
  readonly rows: readonly ReportLine[];
  /** where they were asked for: sums over the numbers that each owner held, by day */
  readonly owners?: readonly OwnerLine[];
}

/** `status` and `/api/status`: is it running, what waits, what is stopped and why. */
export interface Status {
  readonly version: string;
  readonly ledger: 'embedded' | 'postgres';
  readonly queue: 'redis' | 'postgres' | 'embedded';
  /** content is encrypted at rest: what was written cannot be searched */
  readonly isEncrypted?: true;
  readonly sources: readonly {
    readonly id: string;
    readonly kind: string;
    readonly businessNumbers: readonly string[] | 'all';
    /** ISO 8601: when it last gave something */
    readonly lastEventAt?: string;
    /** ISO 8601: of a source that is polled, when it last caught up */
    readonly polledAt?: string;
  }[];
  readonly destinations: readonly (DestinationHealth & {
    readonly type: string;
    /** ISO 8601: when it last took something */
    readonly lastDeliveredAt?: string;
    /** from receipt to record, of the last new records */
    readonly lagSeconds?: { readonly median: number; readonly p95: number };
    readonly directoryPulledAt?: string;
    /** API calls of the running day, ours and everybody's, as far as they are known */
    readonly quota?: QuotaUse;
  })[];
  readonly backlog: Backlog;
  /** records that are not as they were logged, by destination and kind */
  readonly drift: readonly DriftCount[];
  /** trouble of the sources: since when, what happened and what to do */
  readonly alerts: readonly Alert[];
}

/** One activity that waits for a person: parked, or a dead letter. */
export interface Waiting extends LinkedActivity {
  readonly title: string;
  readonly person: string;
  /** E.164 */
  readonly phone?: string;
  readonly occurredAt: string;
  /** what the code means and what to do, from the error table */
  readonly help?: string;
  /** people whose number ends alike, where the settings ask for it: a person decides */
  readonly proposals?: readonly (ContactRef & { readonly name: string })[];
}

/** What a mapping makes of an interaction, without sending it. */
export interface Preview {
  readonly destination: string;
  readonly object: string;
  readonly title: string;
  /** of the interaction; of a made-up one: `sample` */
  readonly key: string;
  readonly occurredAt: string;
  /** version of the mapping */
  readonly version: string;
  readonly fields: Fields;
  /** texts that are longer than their field, with the characters before and after */
  readonly cuts: readonly Cut[];
  /** whose record it would be on, and why */
  readonly contact?: ContactRef & { readonly name?: string };
  readonly match: string;
  readonly mistakes: readonly string[];
  /** ids of the chats that it shows something of */
  readonly conversations: readonly string[];
}

/** What shall be previewed. */
export interface PreviewRequest {
  /** a webhook body of a source; without it the newest interactions of the ledger, or samples where there are none */
  readonly event?: unknown;
  /** one interaction of the ledger */
  readonly key?: string;
  /** what a dry run set aside */
  readonly dryRun?: boolean;
  /** YAML of a draft; without it the mapping in use */
  readonly mapping?: string;
}

/** The mapping in use, with its text. */
export type MappingView =
  MappingVersion | (Pick<MappingVersion, 'destination' | 'version' | 'body'> & { readonly origin: 'file' });

/** What a mapping can use, of one part: the live fields of the CRM, and the names of values. */
export interface MappingFields {
  readonly part: MappingPart;
  readonly object: string;
  readonly fields: readonly CrmField[];
  readonly vocabulary: readonly VocabularyEntry[];
}

/** UTC days, inclusive; without them all */
export interface DayRange {
  readonly from?: string;
  readonly to?: string;
}

/** A change of a mapping. `rewrite`: logged records of these days are brought up to date by it. */
export interface MappingRequest {
  readonly by: string;
  readonly why: string;
  readonly rewrite?: DayRange;
}

export interface Published {
  readonly version: MappingVersion;
  /** records that are written again */
  readonly rewritten: number;
}

/** The mappings, for admins. Unknown destinations: RangeError. */
export interface MappingOperations {
  get(destination: string): Promise<MappingView>;
  history(destination: string): Promise<readonly MappingHistoryEntry[]>;
  fields(destination: string): Promise<readonly MappingFields[]>;
  /** What is wrong with a text; nothing is changed. */
  check(destination: string, text: string): Promise<readonly Finding[]>;
  /** @throws MappingRefused when it does not fit the CRM, or somebody else published one meanwhile */
  publish(
    destination: string,
    request: MappingRequest & { readonly text: string; readonly after?: string },
  ): Promise<Published>;
  /** @throws MappingRefused */
  rollBack(destination: string, request: MappingRequest & { readonly version: string }): Promise<Published>;
  /** How many records are written again by the mapping in use. */
  rewrite(destination: string, range: DayRange, by?: string): Promise<number>;
}

/**
 * What people ask of the running worker: the same for the API, the console and the command line (which talks to the API
 * when the embedded ledger is in another process's hands).
 */
export interface Operations {
  status(): Promise<Status>;
  /** UTC days, inclusive; without them the last 30 days */
  report(range: ReportRange): Promise<Report>;
  readonly reports: ReportOperations;
  interactions(
    filter: InteractionFilter,
  ): Promise<{ readonly items: readonly LinkedView[]; readonly cursor?: string }>;
  interaction(
    key: string,
  ): Promise<LinkedView<NonNullable<Awaited<ReturnType<Ledger['interaction']>>>> | undefined>;
  /** One interaction as it was after each of its events. */
  versions(key: string): Promise<Versions | undefined>;
  parked(filter: {
    readonly destination?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly items: readonly Waiting[]; readonly cursor?: string }>;
  assign(
    destination: string,
    keys: readonly string[],
    contact: ContactRef & { readonly name?: string },
    by?: string,
  ): Promise<number>;
  ignore(destination: string, keys: readonly string[], reason: string, by?: string): Promise<number>;
  failed(filter: {
    readonly destination?: string;
    readonly limit: number;
    readonly cursor?: string;
  }): Promise<{ readonly items: readonly Waiting[]; readonly cursor?: string }>;
  replay(
    filter: {
      readonly destination?: string;
      readonly keys?: readonly string[];
      readonly code?: string;
    },
    by?: string,
  ): Promise<number>;
  /** Who did what, newest first. */
  audit(filter: AuditFilter): Promise<{ readonly items: readonly AuditEntry[]; readonly cursor?: string }>;
  /** @throws MappingRefused when the draft cannot be read */
  preview(destination: string, request?: PreviewRequest): Promise<Preview[]>;
  readonly mappings: MappingOperations;
  readonly seals: SealOperations;
  readonly keys: KeyOperations;
  readonly retention: RetentionOperations;
  readonly quarantine: QuarantineOperations;
  readonly records: ExportOperations;
  readonly backup: BackupOperations;
  readonly drift: DriftOperations;
  /** Mapping and credentials against the live CRM. */
  check(
    destination?: string,
  ): Promise<{ readonly destination: string; readonly findings: readonly Finding[] }[]>;
  /**
   * Appends events of a chat export behind the gate of a source. `check`: only tells what would become of them.
   * One outcome for each, in their order. @throws ImportError
   */
  importDrafts(
    source: string,
    drafts: readonly EventDraft[],
    check?: boolean,
    by?: string,
  ): Promise<readonly ImportOutcome[]>;
  /** Keeps in the audit log that the CRM fields of a destination were made, and with how many findings of each level. */
  noteSetup(destination: string, findings: Readonly<Record<string, number>>, by: string): Promise<void>;
  /** Keeps a file of a chat export, for an event to refer to. @throws ImportError */
  putFile(stream: Readable): Promise<{ readonly sha256: string; readonly size: number }>;
}

/** What the console asks beyond that. */
export interface ConsoleOperations extends Operations {
  readonly chats: ChatOperations;
  readonly waiting: WaitingOperations;
  /** Keeps who looked at what, or took it out. */
  keepAudit(entry: NewAuditEntry): Promise<void>;
}
