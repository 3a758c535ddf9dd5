import { reportColumns } from '../core/activity.ts';
import type { ReportCounts } from '../core/daily-report.ts';

const names = ['received', ...reportColumns, 'withoutContent'] as const;

/** Sums of the report's columns. */
export function totalsOf(rows: readonly ReportCounts[]): ReportCounts {
  const sum = (name: (typeof names)[number]) => rows.reduce((total, row) => total + row[name], 0);
  return Object.fromEntries(names.map((name) => [name, sum(name)])) as unknown as ReportCounts;
}
