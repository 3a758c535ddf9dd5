import type { Command } from 'commander';
import { auditActions, type AuditAction } from '../../core/audit.ts';
import type { AuditEntry } from '../../ledger/ledger.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface AuditOptions {
  readonly action?: string;
  readonly actor?: string;
  readonly limit: string;
  readonly json?: true;
}

/** `wcs audit`: who did what, newest first. */
export function addAudit(program: Command, context: Context): void {
  const command = program
    .command('audit')
    .description('who did what: decisions, replays, mappings')
    .option('--action <action>', auditActions.join(', '))
    .option('--actor <name>', 'only what this one did')
    .option('--limit <number>', 'at most so many', '50');
  common(command, 'wcs audit --action mapping.publish').action((options: AuditOptions) =>
    list(context, options),
  );
}

async function list(context: Context, { action, actor, limit, json }: AuditOptions): Promise<void> {
  if (!/^[1-9]\d{0,2}$/.test(limit)) throw new UsageError(`"${limit}" is not a number from 1 to 999`);
  if (action !== undefined && !isAction(action)) {
    throw new UsageError(`there is no action "${action}"; there are: ${auditActions.join(', ')}`);
  }
  const filter = {
    limit: Math.min(500, Number(limit)),
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
  };
  const { items } = await withOperations(context, (operations) => operations.audit(filter));
  if (json) printJson(context, items);
  else
    context.terminal.out(
      items.length === 0 ? 'Nobody has done anything yet.' : formatAudit(items, context.terminal),
    );
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
      oneLine(detailText(detail)),
    ]),
    terminal,
  );
}

/** `count: 3, reason: private`; the keys stand in --json. */
function detailText({ keys: _keys, ...detail }: AuditEntry['detail']): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
