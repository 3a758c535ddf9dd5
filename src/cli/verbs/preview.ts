import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { shorten } from '../../observe/shorten.ts';
import type { Preview } from '../../pipeline/operations.ts';
import { common, knownDestination, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface PreviewOptions {
  readonly event?: string;
  readonly mapping?: string;
  readonly dryRun?: true;
  readonly full?: true;
  readonly json?: true;
}

/** `wcs preview`: the CRM records that the mapping makes, without sending them. */
export function addPreview(program: Command, context: Context): void {
  const command = program
    .command('preview')
    .argument('<destination>', 'a destination of the settings')
    .description('show the mapped records without sending them')
    .option('--event <file>', 'a webhook body (JSON; - for stdin) instead of the newest interactions')
    .option('--mapping <file>', 'a draft of the mapping instead of the one in use')
    .option('--dry-run', 'what a dry run of a route set aside, instead of the newest interactions')
    .option('--full', 'whole phone numbers');
  common(command, 'wcs preview sales --event message.json').action(
    async (destination: string, options: PreviewOptions) => {
      context.exitCode = await preview(context, destination, options);
    },
  );
}

async function preview(context: Context, named: string, options: PreviewOptions): Promise<number> {
  const request = {
    ...(options.event !== undefined && { event: readBody(options.event) }),
    ...(options.dryRun && { dryRun: true }),
    ...(options.mapping !== undefined && { mapping: readText(options.mapping) }),
  };
  const previews = await withOperations(context, (operations, settings) =>
    operations.preview(knownDestination(settings, named), request),
  );
  const { terminal } = context;
  const nothing = 'There is nothing to show: no message or call in it.';
  if (options.json) printJson(context, previews);
  else if (previews.length === 0) terminal.out(nothing);
  else terminal.out(previews.map((one) => formatPreview(one, options.full === true, terminal)).join('\n\n'));
  return previews.some((one) => one.mistakes.length > 0) ? 1 : 0;
}

function readBody(path: string): unknown {
  const name = path === '-' ? 'stdin' : path;
  const text = readText(path);
  try {
    const body: unknown = JSON.parse(text);
    if (body !== null && typeof body === 'object' && !Array.isArray(body)) return body;
  } catch {
    // Told below: the parser's own message repeats what is in the file.
  }
  throw new UsageError(`${name} is not a JSON object`);
}

/** A file, or stdin for `-`. @throws UsageError */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch {
    throw new UsageError(`${path === '-' ? 'stdin' : path} cannot be read`);
  }
}

/** One mapped record for people. */
export function formatPreview(
  preview: Preview,
  full: boolean,
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const { colors } = terminal;
  const show = full ? (text: string) => text : shorten;
  const table = formatTable(
    [{ head: 'field' }, { head: 'value', wraps: true, lines: true }],
    Object.entries(preview.fields).map(([name, value]) => [name, show(value === null ? '' : String(value))]),
    terminal,
  );
  const mistakes = preview.mistakes.map((text) => colors.red(`  ✗ ${oneLine(show(text))}`));
  const cuts = preview.cuts.map(({ field, length, limit }) =>
    colors.yellow(`  ! ${field}: ${length} characters are cut to ${limit}`),
  );
  const whose = preview.contact?.name ?? preview.contact?.id;
  const match = colors.dim(`  ${whose === undefined ? '' : `on ${oneLine(whose)}: `}${preview.match}`);
  const title = `${colors.bold(oneLine(show(preview.title)))} ${colors.dim(`→ ${oneLine(preview.object)}`)}`;
  return [title, match, table, ...cuts, ...mistakes].join('\n');
}
