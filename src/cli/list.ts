import type { Command } from 'commander';
import type { Operations } from '../pipeline/operations.ts';
import { common, knownDestination, printJson, withOperations, type Context } from './context.ts';
import { UsageError } from './usage-error.ts';
import { formatWaiting, takePages, type WaitingPage } from './waiting.ts';

interface ListOptions {
  readonly destination?: string;
  readonly limit: number;
  readonly full?: true;
  readonly json?: true;
}

interface WaitingList {
  readonly example: string;
  /** what is said when there is nothing */
  readonly empty: string;
  list(
    operations: Operations,
    filter: { readonly destination?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<WaitingPage>;
}

/** Adds the `list` of a verb that shows what waits. */
export function addWaitingList(
  parent: Command,
  context: Context,
  { example, empty, list }: WaitingList,
): void {
  const command = parent
    .command('list')
    .description('show them, newest first')
    .option('--destination <id>', 'only this destination')
    .option('--limit <number>', 'at most so many', positive, 50)
    .option('--full', 'whole phone numbers and ids');
  common(command, example).action(async (options: ListOptions) => {
    const { items, more } = await withOperations(context, async (operations, settings) => {
      const only =
        options.destination === undefined
          ? {}
          : { destination: knownDestination(settings, options.destination) };
      return takePages((page) => list(operations, { ...only, ...page }), options.limit);
    });
    const { terminal } = context;
    if (options.json) return printJson(context, { items, more });
    terminal.out(items.length === 0 ? empty : formatWaiting(items, options.full === true, terminal));
    if (more) terminal.note(`There are more than ${options.limit}; see --limit.`);
  });
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError(`"${text}" is not a number above 0`);
  return Number(text);
}
