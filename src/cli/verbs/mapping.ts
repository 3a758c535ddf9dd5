import type { Command } from 'commander';
import type { Finding } from '../../core/finding.ts';
import type { MappingHistoryEntry } from '../../pipeline/mappings.ts';
import type { Published } from '../../pipeline/operations.ts';
import { common, systemUser, knownDestination, printJson, withOperations, type Context } from '../context.ts';
import { manyLines, oneLine } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { readText } from './preview.ts';

interface Options {
  readonly why?: string;
  readonly by?: string;
  readonly from?: string;
  readonly to?: string;
  readonly rewrite?: true;
  readonly json?: true;
}

/** `wcs mapping`: the mapping in use, its versions, and changing it. */
export function addMapping(program: Command, context: Context): void {
  const mapping = program.command('mapping').description('the mapping in use, its versions, and changing it');
  const verb = (name: string, text: string) =>
    mapping.command(name).argument('<destination>', 'a destination of the settings').description(text);

  common(verb('show', 'the mapping in use, as YAML'), 'wcs mapping show sales > sales.yaml').action(
    (destination: string, options: Options) => show(context, destination, options),
  );
  common(verb('versions', 'who changed it, when, why and what'), 'wcs mapping versions sales').action(
    (destination: string, options: Options) => versions(context, destination, options),
  );
  common(
    changing(verb('publish', 'puts a mapping into use, if it fits the live CRM')).argument(
      '<file>',
      'YAML; - for stdin',
    ),
    'wcs mapping publish sales sales.yaml --why "priority for missed calls"',
  ).action((destination: string, file: string, options: Options) =>
    publish(context, destination, readText(file), options),
  );
  common(
    changing(verb('rollback', 'puts an earlier version into use again')).argument(
      '<version>',
      'of `wcs mapping versions`',
    ),
    'wcs mapping rollback sales 0f3a5b7c9d1e --why "wrong priority"',
  ).action((destination: string, version: string, options: Options) =>
    rollBack(context, destination, version, options),
  );
  common(
    verb('rewrite', 'writes logged records again, by the mapping in use')
      .option('--from <day>', 'first UTC day, like 2026-01-31')
      .option('--to <day>', 'last UTC day'),
    'wcs mapping rewrite sales --from 2026-01-01',
  ).action((destination: string, options: Options) => rewrite(context, destination, options));
}

function changing(command: Command): Command {
  return command
    .requiredOption('--why <text>', 'why, for the history')
    .option('--by <name>', 'who; default: the name of the system user')
    .option('--rewrite', 'write logged records again by it');
}

async function show(context: Context, named: string, options: Options): Promise<void> {
  const view = await withOperations(context, (operations, settings) =>
    operations.mappings.get(knownDestination(settings, named)),
  );
  if (options.json) printJson(context, view);
  else context.terminal.out(manyLines(view.body.trimEnd()));
}

async function versions(context: Context, named: string, options: Options): Promise<void> {
  const items = await withOperations(context, (operations, settings) =>
    operations.mappings.history(knownDestination(settings, named)),
  );
  if (options.json) printJson(context, items);
  else if (items.length === 0)
    context.terminal.out('Nothing was published yet: the worker does it at its first start.');
  else context.terminal.out(items.map((one, at) => formatVersion(context, one, at === 0)).join('\n\n'));
}

function formatVersion(
  { terminal: { colors } }: Context,
  { version, at, author, why, difference }: MappingHistoryEntry,
  inUse: boolean,
): string {
  const mark = inUse ? ` ${colors.green('in use')}` : '';
  const head = `${colors.bold(version)}${mark}  ${at.slice(0, 16).replace('T', ' ')} UTC  ${oneLine(author)}`;
  return [head, `  ${oneLine(why)}`, ...difference.map((line) => colors.dim(`  ${oneLine(line)}`))].join(
    '\n',
  );
}

async function publish(context: Context, named: string, text: string, options: Options): Promise<void> {
  await withOperations(context, async (operations, settings) => {
    const destination = knownDestination(settings, named);
    const mistakes = (await operations.mappings.check(destination, text)).filter(
      ({ level }) => level === 'error',
    );
    if (mistakes.length > 0) return refused(context, mistakes, options);
    tell(context, await operations.mappings.publish(destination, { text, ...requestOf(options) }), options);
  });
}

function refused(context: Context, mistakes: readonly Finding[], { json }: Options): void {
  const { terminal } = context;
  context.exitCode = 1;
  if (json) printJson(context, { published: false, mistakes });
  else {
    terminal.out('The mapping was not published; the one in use stays.');
    for (const { subject, text } of mistakes)
      terminal.out(terminal.colors.red(`  ✗ ${oneLine(`${subject}: ${text}`)}`));
  }
}

async function rollBack(context: Context, named: string, version: string, options: Options): Promise<void> {
  await withOperations(context, async (operations, settings) => {
    const destination = knownDestination(settings, named);
    tell(
      context,
      await operations.mappings.rollBack(destination, { version, ...requestOf(options) }),
      options,
    );
  });
}

async function rewrite(context: Context, named: string, options: Options): Promise<void> {
  const { from, to } = options;
  for (const day of [from, to]) {
    if (day !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(day)) {
      throw new UsageError(`"${day}" is no day like 2026-01-31`);
    }
  }
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const changed = await withOperations(context, (operations, settings) =>
    operations.mappings.rewrite(knownDestination(settings, named), range, systemUser()),
  );
  if (options.json) printJson(context, { changed });
  else context.terminal.out(`${changed} records are written again where the mapping makes a difference.`);
}

function requestOf({ why = '', by, rewrite: again }: Options) {
  return { why, by: by ?? systemUser(), ...(again && { rewrite: {} }) };
}

function tell(context: Context, { version, rewritten }: Published, { json }: Options): void {
  if (json) printJson(context, { version, rewritten });
  else {
    const more = rewritten > 0 ? ` ${rewritten} logged records are written again by it.` : '';
    context.terminal.out(`Version ${version.version} is in use.${more}`);
  }
}
