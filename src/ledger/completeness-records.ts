import type { SourceLine } from '../core/daily-report.ts';

/** A source's answer as it is kept. */
export interface SourceAnswer extends SourceLine {
  /** the first time, and once more days later */
  readonly round: 'first' | 'late';
}

/** Something of which the ledger has less than there was, named so that it can be looked for elsewhere. */
export interface MissingItem {
  /** no content: only delivery states were seen; `unrecognised`: in no known shape; `file`: could not be had */
  readonly what: 'content' | 'unrecognised' | 'file';
  /** key of the interaction, or `event <number>` where there is none */
  readonly id: string;
  /** the provider's id of the message, as long as it is kept */
  readonly messageId?: string;
  readonly source: string;
  /** '' where nobody knows */
  readonly businessNumber: string;
  /** UTC, YYYY-MM-DD */
  readonly day: string;
  /** of a file: the provider's id of it, and why there is none */
  readonly file?: { readonly id: string; readonly code: string };
}

export interface MissingFilter {
  /** UTC days, inclusive */
  readonly from: string;
  readonly to: string;
  readonly limit: number;
  /** from the page before */
  readonly cursor?: string;
}

/** A report as it was made: never changed. */
export interface KeptReport {
  /** from 1, without gaps */
  readonly number: number;
  /** UTC, YYYY-MM-DD: the day that it is about */
  readonly day: string;
  /** ISO 8601 */
  readonly at: string;
  /** JSON: the very bytes that are hashed, sealed and sent */
  readonly body: string;
  /** lower-case hex sha256 of the body */
  readonly hash: string;
}

/** What became of sending a report to somebody. */
export interface ReportSend {
  readonly report: number;
  readonly recipient: string;
  readonly state: 'waiting' | 'sent';
  readonly attempts: number;
  readonly error?: string;
  /** ISO 8601 */
  readonly sentAt?: string;
}

/** Where the daily reports stand. */
export interface ReportState {
  /** UTC, YYYY-MM-DD: the newest day with a report */
  readonly lastDay?: string;
  /** UTC, YYYY-MM-DD: when the first event came in */
  readonly firstDay?: string;
  /** a report waits to be sent, and may be sent now */
  readonly isSendDue: boolean;
}

/** What the completeness of the ledger is told with. */
export interface CompletenessStore {
  /** Which of these interactions have an event, and which of these keyed hashes are counted as excluded. */
  present(
    keys: readonly string[],
    idHashes: readonly string[],
  ): Promise<{ readonly keys: ReadonlySet<string>; readonly excluded: ReadonlySet<string> }>;
  /** How many the privacy gate dropped on a UTC day. */
  exclusions(
    day: string,
  ): Promise<readonly { readonly source: string; readonly businessNumber: string; readonly count: number }[]>;
  addSourceAnswers(answers: readonly Omit<SourceAnswer, 'askedAt'>[]): Promise<void>;
  /** The newest answer to each question about these days (UTC, inclusive), by round. */
  sourceAnswers(range: { readonly from: string; readonly to: string }): Promise<SourceAnswer[]>;
  /** What is missing of these days, the oldest first, a page at a time. */
  missing(filter: MissingFilter): Promise<{
    readonly items: readonly MissingItem[];
    readonly cursor?: string;
  }>;
  /** UTC days of interactions that had an event appended in this span of event ids; and the newest id. */
  touchedDays(after: number): Promise<{ readonly days: readonly string[]; readonly upTo: number }>;

  reportState(): Promise<ReportState>;
  /** Keeps a report with those whom it is to be sent to. false: the day has one already */
  addReport(
    report: Pick<KeptReport, 'day' | 'body' | 'hash'>,
    recipients: readonly string[],
  ): Promise<boolean>;
  /** The report of a day. */
  dailyReport(day: string): Promise<KeptReport | undefined>;
  /** The newest day first. */
  dailyReports(filter: { readonly before?: string; readonly limit: number }): Promise<KeptReport[]>;
  /** Of these reports, or of one. */
  reportSends(reports: readonly number[]): Promise<ReportSend[]>;
  /** Leases what is due to be sent to one of these. */
  claimReportSend(
    recipients: readonly string[],
    leaseMs: number,
  ): Promise<(ReportSend & { readonly kept: KeptReport }) | undefined>;
  settleReportSend(
    send: Pick<ReportSend, 'report' | 'recipient'>,
    result:
      { readonly to: 'sent' } | { readonly to: 'waiting'; readonly delayMs: number; readonly error: string },
  ): Promise<void>;
}
