import type { Ledger, MissingFilter, MissingItem } from '../ledger/ledger.ts';
import { byOwner, linesOf } from './daily-report.ts';
import type { Report, ReportRange } from './operations.ts';
import { reportDay, viewsOf, type ReportDeps, type ReportView } from './reports.ts';
import { totalsOf } from './report-totals.ts';

/** What people ask about completeness beyond the report's counts. */
export interface ReportOperations {
  /** What is missing, by id, the oldest first; the last 30 days unless told. */
  missing(filter: Partial<MissingFilter> & { readonly limit: number }): Promise<{
    readonly items: readonly MissingItem[];
    readonly cursor?: string;
  }>;
  /** Daily reports, the newest day first. */
  list(filter: { readonly before?: string; readonly limit: number }): Promise<readonly ReportView[]>;
  /** The one of a day. */
  get(day: string): Promise<ReportView | undefined>;
  /** Makes the report of a day that is over; one that is there stays as it is. @throws RangeError */
  make(day: string): Promise<ReportView>;
}

const dayMs = 86_400_000;
/** Asking the sources takes its time; whoever waits for it does not wait for ever. */
const makeMs = 110_000;

function rangeOf({ from, to }: Pick<ReportRange, 'from' | 'to'>): { from: string; to: string } {
  const last = to ?? new Date().toISOString().slice(0, 10);
  return { from: from ?? new Date(Date.parse(last) - 29 * dayMs).toISOString().slice(0, 10), to: last };
}

/** See {@link Report}. */
export async function reportOf(
  deps: { readonly ledger: Pick<Ledger, 'report'>; readonly ownerOn: ReportDeps['ownerOn'] },
  { by, ...given }: ReportRange,
): Promise<Report> {
  const range = rangeOf(given);
  const rows = linesOf(deps, await deps.ledger.report(range));
  return { ...range, totals: totalsOf(rows), rows, ...(by === 'owner' && { owners: byOwner(rows) }) };
}

/** {@link ReportOperations} over a ledger. */
export function reportOperations(deps: ReportDeps): ReportOperations {
  const { ledger } = deps;
  const viewOf = async (kept: Awaited<ReturnType<Ledger['dailyReport']>>) =>
    kept === undefined ? undefined : (await viewsOf(ledger, [kept]))[0];
  return {
    missing: (filter) => ledger.missing({ ...filter, ...rangeOf(filter) }),
    list: async (filter) => viewsOf(ledger, await ledger.dailyReports(filter)),
    get: async (day) => viewOf(await ledger.dailyReport(day)),
    make: async (day) =>
      (await viewOf(await reportDay(deps, day, AbortSignal.timeout(makeMs)))) as ReportView,
  };
}
