import { Option, type Command } from 'commander';
import { findingsOf } from '../../core/daily-report.ts';
import type { ReportView } from '../../pipeline/reports.ts';
import { reportCsv } from '../../reports/report-csv.ts';
import { reportHtml } from '../../reports/report-html.ts';
import { reportText } from '../../reports/report-text.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { manyLines, oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { day } from './day.ts';

interface ShowOptions {
  readonly format: 'text' | 'json' | 'csv' | 'html';
  readonly json?: true;
}

/** `wcs daily`: the reports that come by themselves, as they were kept. */
export function addDaily(program: Command, context: Context): void {
  const daily = program.command('daily').description('daily reports: kept, sealed and sent');
  const list = daily
    .command('list')
    .description('reports, the newest day first, and whom they were sent to')
    .option('--limit <number>', 'at most so many', '31');
  common(list, 'wcs daily list').action((options: { limit: string; json?: true }) =>
    listReports(context, options),
  );
  const show = daily
    .command('show')
    .description('the report of one day')
    .argument('<day>', 'UTC day, like 2026-01-31', day)
    .addOption(new Option('--format <format>').choices(['text', 'json', 'csv', 'html']).default('text'));
  common(show, 'wcs daily show 2026-01-31 --format html > report.html').action(
    async (of: string, options: ShowOptions) => {
      context.exitCode = await showReport(context, of, options);
    },
  );
  const run = daily
    .command('run')
    .description('makes the report of a day that is over; one that is there stays as it is')
    .argument('[day]', 'UTC day (default: yesterday)', day);
  common(run, 'wcs daily run 2026-01-31').action(
    async (of: string | undefined, { json }: { json?: true }) => {
      context.exitCode = await runReport(context, of, json === true);
    },
  );
}

async function listReports(context: Context, { limit, json }: { limit: string; json?: true }): Promise<void> {
  if (!/^([1-9]\d?|100)$/.test(limit)) throw new UsageError(`"${limit}" is not a number from 1 to 100`);
  const found = await withOperations(context, (operations) =>
    operations.reports.list({ limit: Number(limit) }),
  );
  if (json) printJson(context, found);
  else
    context.terminal.out(
      found.length === 0
        ? 'There is no report yet: the first one is made when a day is over.'
        : formatReports(found, context.terminal),
    );
}

function formatReports(found: readonly ReportView[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  return formatTable(
    [
      { head: 'day' },
      { head: 'number', align: 'right' },
      { head: 'made (UTC)' },
      { head: 'received', align: 'right' },
      { head: 'to look at', align: 'right' },
      { head: 'sent', wraps: true },
    ],
    found.map(({ number, day: of, at, report, sends }) => [
      of,
      number,
      at.slice(0, 16).replace('T', ' '),
      report.totals.received,
      findingsOf(report).length,
      sends.length === 0
        ? 'nobody is named in reports.daily.to'
        : sends.map(({ recipient, state, error }) => sendText(recipient, state, error)).join(', '),
    ]),
    terminal,
  );
}

function sendText(recipient: string, state: string, error: string | undefined): string {
  if (state === 'sent') return recipient;
  return oneLine(`${recipient} (waiting${error === undefined ? '' : `: ${error}`})`);
}

async function showReport(context: Context, of: string, { format, json }: ShowOptions): Promise<number> {
  const found = await withOperations(context, (operations) => operations.reports.get(of));
  if (found === undefined) {
    context.terminal.note(`wcs: there is no report of ${of}; wcs daily run ${of} makes it`);
    return 1;
  }
  print(context, found, json ? 'json' : format);
  return 0;
}

async function runReport(context: Context, of: string | undefined, json: boolean): Promise<number> {
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const today = new Date().toISOString().slice(0, 10);
  if (of !== undefined && of >= today) throw new UsageError(`${of} (UTC) is not over yet`);
  const found = await withOperations(context, (operations) => operations.reports.make(of ?? yesterday));
  print(context, found, json ? 'json' : 'text');
  return findingsOf(found.report).length === 0 ? 0 : 1;
}

function print(context: Context, view: ReportView, format: ShowOptions['format']): void {
  const { report, number, hash } = view;
  const sent = { number, report, hash, body: '' };
  if (format === 'json') printJson(context, view);
  else if (format === 'csv') context.terminal.out(reportCsv(report).trimEnd());
  else if (format === 'html') context.terminal.out(reportHtml(sent).trimEnd());
  else context.terminal.out(manyLines(reportText(sent).trimEnd()));
}
