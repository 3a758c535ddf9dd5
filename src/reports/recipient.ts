import type { DailyReport } from '../core/daily-report.ts';

/** A report as it is sent. */
export interface SentReport {
  /** from 1, without gaps */
  readonly number: number;
  readonly report: DailyReport;
  /** the very bytes that are kept and sealed */
  readonly body: string;
  /** lower-case hex sha256 of the body: the same report again has the same one */
  readonly hash: string;
}

/** The port to somebody who gets the daily reports. */
export interface ReportRecipient {
  /** what people call it, without secrets: `folder /mnt/reports` */
  readonly name: string;
  /** Resolves when it has been taken; the same one again changes nothing where that can be told. @throws */
  send(sent: SentReport): Promise<void>;
}
