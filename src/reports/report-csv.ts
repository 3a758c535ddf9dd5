import type { DailyReport } from '../core/daily-report.ts';
import { formatCsv } from '../observe/csv.ts';
import { countNames } from './count-names.ts';

/** The day's rows for a spreadsheet, then those of earlier days that have changed. */
export function reportCsv({ rows, changed }: DailyReport): string {
  const head = ['day', 'source', 'businessNumber', 'owner', ...countNames];
  const cells = [...rows, ...changed].map((row) => [
    row.day,
    row.source,
    row.businessNumber,
    row.owner ?? '',
    ...countNames.map((name) => row[name]),
  ]);
  return formatCsv(head, cells);
}
