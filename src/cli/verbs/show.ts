import type { Command } from 'commander';
import type { AuditEntry } from '../../ledger/ledger.ts';
import type { Operations } from '../../pipeline/operations.ts';
import type { Version } from '../../pipeline/versions.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, safeJson, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { actionText } from './audit.ts';

/** All that is known of one interaction. */
interface History {
  readonly view: NonNullable<Awaited<ReturnType<Operations['interaction']>>>;
  readonly versions: readonly Version[];
  /** by row, like `events 7`: the number of the seal that holds it */
  readonly seals: Readonly<Record<string, number>>;
  /** rows that are not sealed yet */
  readonly unsealed: number;
  readonly audit: readonly AuditEntry[];
}

/** `wcs show`: one message or call with its history. */
export function addShow(program: Command, context: Context): void {
  const command = program
    .command('show')
    .argument('<id>', 'id of a message or call: 64 hex digits, as its CRM record carries it')
    .option('--versions', 'each version in full')
    .description('one message or call: its versions, records in the CRMs, seals, who decided what');
  common(command, `wcs show ${'4f1c09d2ab31'.padEnd(16, '0')}…`).action(
    async (key: string, options: { versions?: true; json?: true }) => {
      if (!/^[0-9a-f]{64}$/.test(key)) throw new UsageError('the id of an interaction has 64 hex digits');
      const found = await withOperations(context, (operations) => historyOf(operations, key));
      if (found === undefined) throw new UsageError('there is no interaction with this id');
      if (options.json) printJson(context, found);
      else context.terminal.out(formatHistory(found, options.versions === true, context.terminal));
    },
  );
}

async function historyOf(operations: Operations, key: string): Promise<History | undefined> {
  // First: it is the look that is kept.
  const view = await operations.interaction(key);
  if (view === undefined) return undefined;
  const [versions, proofs, audit] = [
    await operations.versions(key),
    await operations.seals.proofs(key),
    await operations.audit({ names: key, limit: 500 }),
  ];
  const seals = (proofs?.proofs ?? []).map(
    ({ record, seal }) => [`${record.table} ${record.id}`, seal.number] as const,
  );
  return {
    view,
    versions: versions?.versions ?? [],
    seals: Object.fromEntries(seals),
    unsealed: proofs?.unsealed ?? 0,
    audit: audit.items,
  };
}

type Paint = Pick<Terminal, 'width' | 'colors'>;

function formatHistory(found: History, whole: boolean, terminal: Paint): string {
  const { view, versions, unsealed } = found;
  const { kind, direction, businessNumber, occurredAt, key } = view.interaction;
  const parts = [
    `${direction} ${kind} of ${businessNumber} at ${occurredAt}\n${key}`,
    eventTable(found, terminal),
    ...(view.activities.length === 0 ? [] : [activityTable(found, terminal)]),
    ...(view.receipts.length === 0 ? [] : [receiptTable(found, terminal)]),
    ...(found.audit.length === 0 ? [] : [auditTable(found, terminal)]),
    ...(unsealed === 0 ? [] : [`${unsealed} of its rows are not sealed yet.`]),
    ...(whole ? versions.map((one) => `Version ${one.number}\n${safeJson(one.interaction, 2)}`) : []),
  ];
  return parts.join('\n\n');
}

function eventTable({ versions, seals }: History, terminal: Paint): string {
  return formatTable(
    [
      { head: 'version', align: 'right' },
      { head: 'arrived (UTC)' },
      { head: 'event' },
      { head: 'by' },
      { head: 'seal', align: 'right' },
      { head: 'changed', wraps: true },
    ],
    versions.map(({ number, at, event, by, changed }) => [
      number,
      at.slice(0, 19).replace('T', ' '),
      `${event.kind} ${event.id}`,
      by,
      seals[`events ${event.id}`] ?? '',
      number === 1 ? 'made' : changed.join(', '),
    ]),
    terminal,
  );
}

function activityTable({ view }: History, terminal: Paint): string {
  return formatTable(
    [{ head: 'destination' }, { head: 'state' }, { head: 'record' }, { head: 'why', wraps: true }],
    view.activities.map(({ destination, state, recordId, code, reason, match }) => [
      destination,
      state,
      recordId ?? '',
      oneLine([code, reason ?? match].filter(Boolean).join(' ')),
    ]),
    terminal,
  );
}

function receiptTable({ view }: History, terminal: Paint): string {
  return formatTable(
    [
      { head: 'answered (UTC)' },
      { head: 'destination' },
      { head: 'revision', align: 'right' },
      { head: 'outcome' },
      { head: 'mapping' },
    ],
    view.receipts.map(({ at, destination, revision, outcome, mappingVersion }) => [
      at.slice(0, 19).replace('T', ' '),
      destination,
      revision,
      outcome,
      mappingVersion,
    ]),
    terminal,
  );
}

function auditTable({ audit }: History, terminal: Paint): string {
  return formatTable(
    [
      { head: 'when (UTC)' },
      { head: 'who', wraps: true },
      { head: 'what' },
      { head: 'details', wraps: true },
    ],
    audit.map((entry) => [
      entry.at.slice(0, 19).replace('T', ' '),
      oneLine(entry.actor),
      entry.action,
      oneLine(actionText(entry)),
    ]),
    terminal,
  );
}
