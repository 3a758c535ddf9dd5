import { Option, type Command } from 'commander';
import { reportColumns } from '../../core/activity.ts';
import type { Report } from '../../pipeline/operations.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatCsv } from '../../observe/csv.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { day } from './day.ts';
import { reportMissing } from './report-missing.ts';

interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
  readonly by?: 'owner';
  readonly missing?: true;
  readonly format: 'table' | 'json' | 'csv';
  readonly json?: true;
}

/** `wcs report`: received = logged + pending + parked + excluded + ignored + failed, per number and day. */
export function addReport(program: Command, context: Context): void {
  const command = program
    .command('report')
    .description('interactions by source, business number and UTC day')
    .option('--from <day>', 'first UTC day, like 2026-01-01 (default: 29 days before the last)', day)
    .option('--to <day>', 'last UTC day (default: today)', day)
    .addOption(new Option('--by <what>', 'sums by who held the numbers on each day').choices(['owner']))
    .option('--missing', 'by id: messages without content, unknown shapes, files that could not be had')
    .addOption(new Option('--format <format>').choices(['table', 'json', 'csv']).default('table'));
  common(command, 'wcs report --from 2026-01-01 --to 2026-01-31 --format csv > january.csv').action(
    async (options: ReportOptions) => {
      context.exitCode = await report(context, options);
    },
  );
}

async function report(
  context: Context,
  { from, to, by, missing, format, json }: ReportOptions,
): Promise<number> {
  if (from !== undefined && to !== undefined && to < from) throw new UsageError('--to is before --from');
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  if (missing) return reportMissing(context, range, json === true || format === 'json');
  const found = await withOperations(context, (operations) =>
    operations.report({ ...range, ...(by !== undefined && { by }) }),
  );
  const { terminal } = context;
  if (json || format === 'json') printJson(context, found);
  else if (format === 'csv') terminal.out(formatReportCsv(found).trimEnd());
  else terminal.out(formatReport(found, terminal));
  if (addsUp(found)) return 0;
  terminal.note('wcs: the columns do not add up to what was received; the ledger may be damaged');
  return 1;
}

const counts = ['received', 'logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'] as const;

function addsUp({ totals, rows, owners = [] }: Report): boolean {
  return [totals, ...rows, ...owners].every(
    (row) => row.received === reportColumns.reduce((sum, column) => sum + row[column], 0),
  );
}

/** The report for people, with a line of totals. */
export function formatReport(report: Report, terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const { totals, rows, owners } = report;
  const named = owners === undefined ? ['day', 'source', 'number'] : ['owner'];
  const lines =
    owners === undefined
      ? rows.map((row) => [
          row.day,
          row.source,
          row.businessNumber === '' ? 'not configured' : row.businessNumber,
          ...counts.map((name) => row[name]),
        ])
      : owners.map((row) => [row.owner ?? 'nobody', ...counts.map((name) => row[name])]);
  const table = formatTable(
    [...named.map((head) => ({ head })), ...counts.map((head) => ({ head, align: 'right' as const }))],
    [...lines, ['total', ...named.slice(1).map(() => ''), ...counts.map((name) => totals[name])]],
    terminal,
  );
  const without =
    totals.withoutContent > 0
      ? `\n\nContent not captured: ${totals.withoutContent} of these are outgoing messages of which only delivery states ` +
        'were seen (--missing names them).'
      : '';
  return `${report.from} to ${report.to} (UTC)\n\n${table}${without}`;
}

/** The report's rows as CSV, without totals, so that a spreadsheet may add them up itself. */
export function formatReportCsv(report: Report): string {
  const columns = [...counts, 'withoutContent'] as const;
  if (report.owners !== undefined) {
    const sums = report.owners.map((row) => [row.owner ?? '', ...columns.map((name) => row[name])]);
    return formatCsv(['owner', ...columns], sums);
  }
  return formatCsv(
    ['day', 'source', 'businessNumber', ...columns],
    report.rows.map((row) => [row.day, row.source, row.businessNumber, ...columns.map((name) => row[name])]),
  );
}
