import type { Command } from 'commander';
import type { RetentionRun } from '../../pipeline/retention.ts';
import type { RetentionView } from '../../pipeline/retention-operations.ts';
import type { Purge, Tombstone } from '../../ledger/ledger.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface RetentionOptions {
  readonly run?: true;
  readonly history?: true;
  readonly tombstones?: string;
  readonly limit: string;
  readonly json?: true;
}

/** `wcs retention`: what the rules would destroy, what they have destroyed, and what is left of it. */
export function addRetention(program: Command, context: Context): void {
  const command = program
    .command('retention')
    .description('what the rules would destroy now; applies them, shows what they have destroyed')
    .option('--run', 'applies the rules now, and wipes the files of the database')
    .option('--history', 'what was destroyed by which rule, newest first')
    .option('--tombstones <purge>', 'what is left of the interactions of one purge, by its number')
    .option('--limit <number>', 'at most so many', '50');
  common(command, 'wcs retention --run').action((options: RetentionOptions) => retention(context, options));
}

async function retention(context: Context, options: RetentionOptions): Promise<void> {
  const { run, history, tombstones, json } = options;
  if ([run, history, tombstones].filter((one) => one !== undefined).length > 1)
    throw new UsageError('--run, --history and --tombstones are told one at a time');
  if (!/^[1-9]\d{0,2}$/.test(options.limit))
    throw new UsageError(`"${options.limit}" is not a number from 1 to 999`);
  const limit = Math.min(500, Number(options.limit));
  const show = <T>(value: T, format: (value: T, terminal: Terminal) => string) => {
    if (json) printJson(context, value);
    else context.terminal.out(format(value, context.terminal));
  };
  await withOperations(context, async ({ retention: operations }) => {
    if (run) show(await operations.run(systemUser()), formatRun);
    else if (history) show((await operations.purges({ limit })).items, formatPurges);
    else if (tombstones !== undefined) {
      if (!/^[1-9]\d{0,14}$/.test(tombstones))
        throw new UsageError('--tombstones takes the number of a purge');
      show((await operations.tombstones(Number(tombstones), { limit })).items, formatTombstones);
    } else show(await operations.view(), formatView);
  });
}

type Shape = Pick<Terminal, 'width' | 'colors'>;

const minute = (at: string) => at.slice(0, 16).replace('T', ' ');

/** What the rules are over for. */
export function formatView({ rules, appliedAt, unscrubbedSince }: RetentionView, terminal: Shape): string {
  const table = formatTable(
    [
      { head: 'rule' },
      { head: 'messages and calls', align: 'right' },
      { head: 'with files', align: 'right' },
      { head: 'notices', align: 'right' },
      { head: 'kept by a hold', align: 'right' },
    ],
    rules.map(({ rule, interactions, files, events, held }) => [rule, interactions, files, events, held]),
    terminal,
  );
  const lines = [
    appliedAt === undefined
      ? 'The rules were never applied.'
      : `The rules were applied at ${minute(appliedAt)} UTC.`,
    ...(unscrubbedSince === undefined
      ? []
      : ['Bytes of what was destroyed may still be in the files of the database; --run wipes them.']),
  ];
  return `To be destroyed now:\n\n${table}\n\n${lines.join('\n')}`;
}

function formatRun({ interactions, events, files, removed, wiped }: RetentionRun, { colors }: Shape): string {
  const head = `Destroyed: ${interactions} messages and calls, ${events} events, ${files} files (${removed} taken from the disk).`;
  if (wiped === undefined) return `${head}\nThere was nothing to wipe from the files of the database.`;
  const { rewritten, tables, ms, longestMs, left } = wiped;
  return [
    head,
    `Wiped: ${rewritten} of ${tables} tables written anew in ${ms} ms; others waited for ${longestMs} ms at most.`,
    ...left.map((text) => colors.yellow(`! ${text}`)),
  ].join('\n');
}

function formatPurges(purges: readonly Purge[], terminal: Shape): string {
  if (purges.length === 0) return 'Nothing was destroyed yet.';
  return formatTable(
    [
      { head: 'purge', align: 'right' },
      { head: 'when (UTC)' },
      { head: 'by' },
      { head: 'why' },
      { head: 'rule' },
      { head: 'messages and calls', align: 'right' },
      { head: 'events', align: 'right' },
      { head: 'files', align: 'right' },
    ],
    purges.map(({ id, at, actor, kind, rule, interactions, events, files }) => [
      id,
      minute(at),
      actor,
      kind,
      rule,
      interactions,
      events,
      files,
    ]),
    terminal,
  );
}

function formatTombstones(stones: readonly Tombstone[], terminal: Shape): string {
  if (stones.length === 0) return 'No message or call was destroyed by this purge.';
  return formatTable(
    [{ head: 'id' }, { head: 'what' }, { head: 'source' }, { head: 'number' }, { head: 'when (UTC)' }],
    stones.map(({ key, kind, source, businessNumber, occurredAt }) => [
      key.slice(0, 12),
      kind,
      source,
      businessNumber,
      minute(occurredAt),
    ]),
    terminal,
  );
}
