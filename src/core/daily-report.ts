/** A day's report as it is kept, sealed and sent: counts, ids and the firm's own numbers; nobody's name, number or text. */

/** received = logged + pending + parked + excluded + ignored + failed; `withoutContent` is part of the others */
export interface ReportCounts {
  readonly received: number;
  readonly logged: number;
  readonly pending: number;
  readonly parked: number;
  readonly excluded: number;
  readonly ignored: number;
  readonly failed: number;
  readonly withoutContent: number;
}

/** One of the firm's numbers on one UTC day. */
export interface ReportLine extends ReportCounts {
  readonly source: string;
  /** E.164; '' : of numbers that are not configured */
  readonly businessNumber: string;
  readonly day: string;
  /** who held the number on that day */
  readonly owner?: string;
}

/** What one owner's numbers received, all together. */
export interface OwnerLine extends ReportCounts {
  /** absent: of numbers that nobody held */
  readonly owner?: string;
}

/** What a source was asked for about one day of one of the firm's numbers, and what it said. */
export interface SourceLine {
  readonly source: string;
  readonly businessNumber: string;
  /** UTC, YYYY-MM-DD */
  readonly day: string;
  /** what was asked for: `messages`, `calls`, `history`, `sent` */
  readonly question: string;
  /** by id, by count, or not at all */
  readonly method: 'ids' | 'counts' | 'none';
  /** ISO 8601 */
  readonly askedAt: string;
  readonly theirs: number;
  readonly ours: number;
  /** of theirs: those that the privacy gate dropped; by count: all of the day, whatever they were */
  readonly excluded: number;
  /** they have and we did not when they were asked */
  readonly missing: number;
  /** of these: what the source could give, and is in the ledger since */
  readonly filled: number;
  /** we have and they do not */
  readonly extra: number;
  /** keys of interactions, at most 1,000 each */
  readonly missingKeys: readonly string[];
  readonly extraKeys: readonly string[];
  /** why it could not be asked: a code of the error table, with its reason */
  readonly code?: string;
  readonly reason?: string;
}

/** Numbers of seals: those after one, up to and with another one. */
export interface VerifiedPart {
  readonly new: { readonly after: number; readonly upTo: number };
  readonly older: { readonly after: number; readonly upTo: number };
  readonly records: number;
  /** how much is not as it was sealed, and the first of it in words */
  readonly findings: number;
  readonly texts: readonly string[];
}

export interface DailyReport {
  readonly format: 'wcs-daily-report-1';
  /** UTC, YYYY-MM-DD */
  readonly day: string;
  /** ISO 8601 */
  readonly madeAt: string;
  readonly totals: ReportCounts;
  readonly rows: readonly ReportLine[];
  readonly owners: readonly OwnerLine[];
  /** earlier days whose numbers are not those that were told last */
  readonly changed: readonly (ReportLine & { readonly before?: ReportCounts })[];
  /** of this day, and once more of a day a week before */
  readonly sources: readonly SourceLine[];
  /** sources that can never be asked, and why */
  readonly notAsked: readonly { readonly source: string; readonly reason: string }[];
  readonly waiting: {
    /** events that are not folded yet, and those of them whose fold failed */
    readonly inbox: number;
    readonly inboxAgeSeconds: number;
    readonly stuck: number;
    /** events in no known shape, of all time */
    readonly unrecognised: number;
    readonly groups: readonly {
      readonly state: 'parked' | 'failed';
      readonly destination: string;
      readonly cause: string;
      readonly count: number;
      /** ISO 8601 */
      readonly since: string;
    }[];
  };
  readonly alerts: readonly {
    readonly source: string;
    readonly subject: string;
    readonly code: string;
    readonly text: string;
    readonly since: string;
  }[];
  readonly seals: {
    readonly last?: {
      readonly number: number;
      readonly at: string;
      readonly hash: string;
      readonly signed: boolean;
    };
    readonly copies: readonly { readonly place: string; readonly number: number; readonly error?: string }[];
  };
  /** records in the CRMs that are not as they were logged, when the report was made */
  readonly drift: readonly { readonly destination: string; readonly kind: string; readonly count: number }[];
  /** what names no number of the firm and waits for somebody to decide */
  readonly quarantine: readonly {
    readonly source: string;
    readonly waiting: number;
    readonly since: string;
  }[];
  /** content that was destroyed on this day, by its rule */
  readonly destroyed: readonly {
    readonly rule: string;
    readonly kind: string;
    readonly interactions: number;
    readonly events: number;
    readonly files: number;
  }[];
  /** what of the seals was compared with their records: all new ones, and some of the older ones in turn */
  readonly verified: VerifiedPart;
  /** newest event that it knows of: the next report looks for what came late after it */
  readonly upToEvent: number;
}

/** What somebody who reads the report should look at; empty: nothing. */
export function findingsOf(report: DailyReport): string[] {
  const { totals, sources, waiting, alerts, seals, drift, quarantine } = report;
  const some = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  const sum = (of: (line: SourceLine) => number) => sources.reduce((total, line) => total + of(line), 0);
  const differing = drift.reduce((total, { count }) => total + count, 0);
  const quarantined = quarantine.reduce((total, { waiting: count }) => total + count, 0);
  const refused = new Set(sources.filter(({ method }) => method === 'none').map(({ source }) => source)).size;
  return [
    ...some(
      sum(({ missing, filled }) => missing - filled),
      'message or call that the source has is missing here',
      'messages and calls that the sources have are missing here',
    ),
    ...some(
      sum(({ filled }) => filled),
      'message or call had not reached us and was fetched when its source was asked',
      'messages and calls had not reached us and were fetched when their source was asked',
    ),
    ...some(
      sum(({ extra }) => extra),
      'message or call is here and its source does not have it',
      'messages and calls are here and their source does not have them',
    ),
    ...some(refused, 'source could not be asked what it has', 'sources could not be asked what they have'),
    ...some(totals.failed, 'of the day failed', 'of the day failed'),
    ...some(totals.parked, 'of the day is parked', 'of the day are parked'),
    ...some(
      totals.withoutContent,
      'outgoing message of which the content was not captured',
      'outgoing messages of which the content was not captured',
    ),
    ...some(
      waiting.stuck,
      'event cannot be read and is tried again',
      'events cannot be read and are tried again',
    ),
    ...some(
      report.verified.findings,
      'record or seal is not as it was sealed',
      'records and seals are not as they were sealed',
    ),
    ...some(
      differing,
      'record in a CRM is not as it was logged',
      'records in the CRMs are not as they were logged',
    ),
    ...some(
      quarantined,
      'event in quarantine waits for a decision',
      'events in quarantine wait for a decision',
    ),
    ...some(alerts.length, 'alert is raised', 'alerts are raised'),
    ...some(
      seals.copies.filter(({ error }) => error !== undefined).length,
      'place of copies of seals cannot be reached',
      'places of copies of seals cannot be reached',
    ),
  ];
}
