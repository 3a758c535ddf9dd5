import type { Command } from 'commander';
import type { Quarantined } from '../../ledger/ledger.ts';
import type { QuarantineView } from '../../pipeline/quarantine-operations.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, safeJson, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface ListOptions {
  readonly all?: true;
  readonly source?: string;
  readonly limit: string;
  readonly json?: true;
}

/** `wcs quarantine`: what names no number of the firm, encrypted until somebody decides. */
export function addQuarantine(program: Command, context: Context): void {
  const quarantine = program
    .command('quarantine')
    .description('events that name no number of the firm: list, show, release, discard');

  const list = quarantine
    .command('list')
    .description('show what waits, newest first; exit 1 when something does')
    .option('--all', 'what was decided too')
    .option('--source <id>', 'only of this source')
    .option('--limit <number>', 'at most so many', '50');
  common(list, 'wcs quarantine list').action((options: ListOptions) => listItems(context, options));

  const show = quarantine
    .command('show')
    .argument('<id>', 'id as `quarantine list` shows it')
    .description('decrypt one and show it; the look is kept in the audit log');
  common(show, 'wcs quarantine show 4711').action((id: string, options: { json?: true }) =>
    showItem(context, idOf(id), options.json === true),
  );

  const release = quarantine
    .command('release')
    .argument('<id>', 'id as `quarantine list` shows it')
    .requiredOption('--number <number>', 'the number of the firm that it belongs to')
    .description('record one as if it had named this number');
  common(release, 'wcs quarantine release 4711 --number +15550783881').action(
    (id: string, options: { number: string; json?: true }) =>
      releaseItem(context, idOf(id), options.number, options.json === true),
  );

  const discard = quarantine
    .command('discard')
    .argument('<ids...>', 'ids as `quarantine list` shows them')
    .description('destroy what they say, for good');
  common(discard, 'wcs quarantine discard 4711').action((ids: string[], options: { json?: true }) =>
    discardItems(context, ids.map(idOf), options.json === true),
  );
}

async function listItems(context: Context, { all, source, limit, json }: ListOptions): Promise<void> {
  if (!/^[1-9]\d{0,2}$/.test(limit)) throw new UsageError(`"${limit}" is not a number from 1 to 999`);
  const filter = {
    limit: Math.min(500, Number(limit)),
    ...(all === undefined && { state: 'waiting' as const }),
    ...(source !== undefined && { source }),
  };
  const { items } = await withOperations(context, (operations) => operations.quarantine.list(filter));
  if (json) printJson(context, items);
  else
    context.terminal.out(
      items.length === 0 ? 'Nothing is in quarantine.' : formatItems(items, context.terminal),
    );
  context.exitCode = items.some(({ state }) => state === 'waiting') ? 1 : 0;
}

async function showItem(context: Context, id: number, json: boolean): Promise<void> {
  const view = await withOperations(context, (operations) => operations.quarantine.open(id, systemUser()));
  if (view === undefined) throw new UsageError(`nothing with the id ${id} is in quarantine`);
  if (json) printJson(context, view);
  else context.terminal.out(formatView(view));
  context.exitCode = view.problem === undefined ? 0 : 1;
}

async function releaseItem(context: Context, id: number, number: string, json: boolean): Promise<void> {
  if (!/^\+\d{5,20}$/.test(number)) throw new UsageError(`"${number}" is not a number like +15550783881`);
  const result = await withOperations(context, (operations) =>
    operations.quarantine.release(id, number, systemUser()),
  );
  if (result === undefined) throw new UsageError(`nothing with the id ${id} is in quarantine`);
  if (json) printJson(context, result);
  else {
    const what = result.understood ? 'Recorded' : 'Kept as an event of unknown shape';
    const dropped = result.excluded === 0 ? '' : `; ${result.excluded} of an excluded person not recorded`;
    context.terminal.out(`${what}: ${result.events} events${dropped}.`);
  }
}

async function discardItems(context: Context, ids: readonly number[], json: boolean): Promise<void> {
  const changed = await withOperations(context, (operations) =>
    operations.quarantine.discard(ids, systemUser()),
  );
  if (json) printJson(context, { changed });
  else context.terminal.out(`${changed} of ${ids.length} destroyed.`);
  context.exitCode = changed < ids.length ? 1 : 0;
}

function idOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`"${text}" is not an id of the quarantine`);
  return Number(text);
}

function formatItems(items: readonly Quarantined[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  return formatTable(
    [
      { head: 'id', align: 'right' },
      { head: 'received (UTC)' },
      { head: 'source' },
      { head: 'state' },
      { head: 'decided by', wraps: true },
    ],
    items.map(({ id, receivedAt, source, state, decidedBy }) => [
      String(id),
      receivedAt.slice(0, 16).replace('T', ' '),
      source,
      state,
      oneLine(decidedBy ?? ''),
    ]),
    terminal,
  );
}

function formatView({ id, source, receivedAt, state, outline, content, problem }: QuarantineView): string {
  const head = `${id} · ${source} · ${receivedAt} · ${state}`;
  const what = problem === undefined ? content : outline;
  return [head, ...(problem === undefined ? [] : [problem]), '', safeJson(what, 2)].join('\n');
}
