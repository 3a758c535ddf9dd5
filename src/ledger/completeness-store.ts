import {
  addSourceAnswers,
  exclusions,
  missing,
  present,
  sourceAnswers,
  touchedDays,
} from './completeness.ts';
import type { CompletenessStore } from './completeness-records.ts';
import {
  addReport,
  claimReportSend,
  dailyReport,
  dailyReports,
  reportSends,
  reportState,
  settleReportSend,
} from './daily-reports.ts';
import type { Sql } from './sql.ts';

/** {@link CompletenessStore} over a migrated database. */
export function completenessStore(sql: Sql): CompletenessStore {
  return {
    present: (keys, idHashes) => present(sql, keys, idHashes),
    exclusions: (day) => exclusions(sql, day),
    addSourceAnswers: (answers) => addSourceAnswers(sql, answers),
    sourceAnswers: (range) => sourceAnswers(sql, range),
    missing: (filter) => missing(sql, filter),
    touchedDays: (after) => touchedDays(sql, after),
    reportState: () => reportState(sql),
    addReport: (report, recipients) => addReport(sql, report, recipients),
    dailyReport: (day) => dailyReport(sql, day),
    dailyReports: (filter) => dailyReports(sql, filter),
    reportSends: (reports) => reportSends(sql, reports),
    claimReportSend: (recipients, leaseMs) => claimReportSend(sql, recipients, leaseMs),
    settleReportSend: (send, result) => settleReportSend(sql, send, result),
  };
}
