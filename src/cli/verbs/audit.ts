import type { Command } from 'commander';
import { z } from 'zod';
import { auditActions, type AuditAction } from '../../core/audit.ts';
import type { AuditEntry, AuditFilter } from '../../ledger/ledger.ts';
import { auditRows } from '../../observe/audit-rows.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface AuditOptions {
  readonly action?: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly csv?: true;
  readonly limit: string;
  readonly json?: true;
}

/** `wcs audit`: who did what, newest first. */
export function addAudit(program: Command, context: Context): void {
  const command = program
    .command('audit')
    .description('who did what and looked at what: people, and the program by itself')
    .option('--action <action>', auditActions.join(', '))
    .option('--actor <name>', 'only what this one did')
    .option('--subject <id>', 'only of this destination, source or chat')
    .option('--from <day>', 'first UTC day, like 2026-01-31')
    .option('--to <day>', 'last UTC day')
    .option('--csv', 'all that fits, as CSV; --limit does not count')
    .option('--limit <number>', 'at most so many', '50');
  common(command, 'wcs audit --action mapping.publish').action((options: AuditOptions) =>
    list(context, options),
  );
}

async function list(context: Context, options: AuditOptions): Promise<void> {
  const { limit, json, csv } = options;
  if (!/^[1-9]\d{0,2}$/.test(limit)) throw new UsageError(`"${limit}" is not a number from 1 to 999`);
  const filter = filterOf(options);
  if (csv) return printCsv(context, filter);
  const { items } = await withOperations(context, (operations) =>
    operations.audit({ ...filter, limit: Math.min(500, Number(limit)) }),
  );
  if (json) printJson(context, items);
  else
    context.terminal.out(
      items.length === 0 ? 'Nobody has done anything yet.' : formatAudit(items, context.terminal),
    );
}

function filterOf({ action, actor, subject, from, to }: AuditOptions): Omit<AuditFilter, 'limit'> {
  if (action !== undefined && !isAction(action)) {
    throw new UsageError(`there is no action "${action}"; there are: ${auditActions.join(', ')}`);
  }
  for (const day of [from, to]) {
    if (day !== undefined && !z.iso.date().safeParse(day).success) {
      throw new UsageError(`"${day}" is not a day like 2026-01-31`);
    }
  }
  return {
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
    ...(subject !== undefined && { subject }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

async function printCsv(context: Context, filter: Omit<AuditFilter, 'limit'>): Promise<void> {
  await withOperations(context, async (operations) => {
    for await (const rows of auditRows((page) => operations.audit({ ...filter, ...page })))
      context.terminal.out(rows.trimEnd());
  });
}

function isAction(text: string): text is AuditAction {
  return (auditActions as readonly string[]).includes(text);
}

function formatAudit(items: readonly AuditEntry[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  return formatTable(
    [
      { head: 'when (UTC)' },
      { head: 'who', wraps: true },
      { head: 'what' },
      { head: 'where' },
      { head: 'details', wraps: true },
    ],
    items.map(({ at, actor, action, subject, detail }) => [
      at.slice(0, 16).replace('T', ' '),
      oneLine(actor),
      action,
      subject === '' ? 'all' : subject,
      oneLine(actionText({ detail })),
    ]),
    terminal,
  );
}

/** `count: 3, reason: private`; the keys stand in --json. */
export function actionText({ detail: { keys: _keys, ...detail } }: Pick<AuditEntry, 'detail'>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
