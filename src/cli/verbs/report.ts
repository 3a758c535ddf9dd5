import { Option, type Command } from 'commander';
import { reportColumns } from '../../core/activity.ts';
import type { Report } from '../../pipeline/operations.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatCsv } from '../../observe/csv.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface ReportOptions {
  readonly from?: string;
  readonly to?: string;
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
    .addOption(new Option('--format <format>').choices(['table', 'json', 'csv']).default('table'));
  common(command, 'wcs report --from 2026-01-01 --to 2026-01-31 --format csv > january.csv').action(
    async (options: ReportOptions) => {
      context.exitCode = await report(context, options);
    },
  );
}

async function report(context: Context, { from, to, format, json }: ReportOptions): Promise<number> {
  if (from !== undefined && to !== undefined && to < from) throw new UsageError('--to is before --from');
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const found = await withOperations(context, (operations) => operations.report(range));
  const { terminal } = context;
  if (json || format === 'json') printJson(context, found);
  else if (format === 'csv') terminal.out(formatReportCsv(found).trimEnd());
  else terminal.out(formatReport(found, terminal));
  if (addsUp(found)) return 0;
  terminal.note('wcs: the columns do not add up to what was received; the ledger may be damaged');
  return 1;
}

/** A UTC day of the command line. @throws UsageError */
export function day(text: string): string {
  const parsed = new Date(`${text}T00:00:00Z`);
  const real = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(parsed.getTime());
  if (!real || parsed.toISOString().slice(0, 10) !== text) {
    throw new UsageError(`"${text}" is not a day like 2026-01-31`);
  }
  return text;
}

const counts = ['received', 'logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'] as const;

function addsUp({ totals, rows }: Report): boolean {
  return [totals, ...rows].every(
    (row) => row.received === reportColumns.reduce((sum, column) => sum + row[column], 0),
  );
}

/** The report for people, with a line of totals. */
export function formatReport(report: Report, terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const { totals, rows } = report;
  const lines = rows.map((row) => [
    row.day,
    row.source,
    row.businessNumber === '' ? 'not configured' : row.businessNumber,
    ...counts.map((name) => row[name]),
  ]);
  const table = formatTable(
    [
      { head: 'day' },
      { head: 'source' },
      { head: 'number' },
      ...counts.map((head) => ({ head, align: 'right' as const })),
    ],
    [...lines, ['total', '', '', ...counts.map((name) => totals[name])]],
    terminal,
  );
  const without =
    totals.withoutContent > 0
      ? `\n\n${totals.withoutContent} of these are outgoing messages of which only delivery states were seen.`
      : '';
  return `${report.from} to ${report.to} (UTC)\n\n${table}${without}`;
}

/** The report's rows as CSV, without totals, so that a spreadsheet may add them up itself. */
export function formatReportCsv(report: Report): string {
  const columns = [...counts, 'withoutContent'] as const;
  return formatCsv(
    ['day', 'source', 'businessNumber', ...columns],
    report.rows.map((row) => [row.day, row.source, row.businessNumber, ...columns.map((name) => row[name])]),
  );
}
