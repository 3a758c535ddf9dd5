import type { Command } from 'commander';
import type { Operations } from '../../pipeline/operations.ts';
import type { ReconcileRequest, ReconcileStep } from '../../pipeline/reconcile.ts';
import { common, knownDestination, printJson, withOperations, type Context } from '../context.ts';
import { startProgress } from '../progress.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface ReconcileOptions {
  readonly destination?: string;
  readonly from?: string;
  readonly to?: string;
  readonly all?: true;
  readonly json?: true;
}

/** What a check of one destination found. */
interface Compared extends Omit<ReconcileStep, 'next' | 'total'> {
  readonly destination: string;
}

/** `wcs reconcile`: compares what was logged with what the CRMs show, now. */
export function addReconcile(program: Command, context: Context): void {
  const command = program
    .command('reconcile')
    .description('compares the records in the CRMs with the ledger, now; exit 1 when something differs')
    .option('--destination <id>', 'only this destination')
    .option('--from <day>', 'records of what happened on this UTC day and later, due or not')
    .option('--to <day>', 'the same up to this day')
    .option('--all', 'all records, not only those that are due');
  common(command, 'wcs reconcile --destination sales --from 2026-01-01').action(
    async (options: ReconcileOptions) => {
      context.exitCode = await reconcile(context, options);
    },
  );
}

async function reconcile(context: Context, options: ReconcileOptions): Promise<number> {
  const { destination, from, to, all, json } = options;
  for (const day of [from, to]) {
    if (day !== undefined && !isDay(day)) throw new UsageError(`"${day}" is not a day like 2026-01-31`);
  }
  const request = { ...(from && { from }), ...(to && { to }), ...(all && { all }) };
  const compared = await withOperations(context, async (operations, settings) => {
    const ids =
      destination === undefined
        ? settings.destinations.map(({ id }) => id)
        : [knownDestination(settings, destination)];
    const done: Compared[] = [];
    for (const id of ids) done.push(await compare(context, operations, id, request, json === true));
    return done;
  });
  if (json) printJson(context, { destinations: compared });
  else context.terminal.out(formatCompared(compared, context.terminal));
  return compared.some((one) => one.missing + one.changed + one.moved + one.double > 0) ? 1 : 0;
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

const nothing = { checked: 0, missing: 0, changed: 0, moved: 0, double: 0, loggedAgain: 0, dropped: 0 };

async function compare(
  { terminal }: Context,
  operations: Operations,
  destination: string,
  request: ReconcileRequest,
  json: boolean,
): Promise<Compared> {
  let sum = nothing;
  let step = await operations.drift.reconcile(destination, request);
  const progress = startProgress(terminal, json, step.total ?? 0);
  try {
    for (;;) {
      sum = added(sum, step);
      progress.update(sum.checked);
      if (step.next === undefined) return { destination, ...sum };
      step = await operations.drift.reconcile(destination, { ...request, after: step.next });
    }
  } finally {
    progress.stop();
  }
}

function added(sum: typeof nothing, step: ReconcileStep): typeof nothing {
  return {
    checked: sum.checked + step.checked,
    missing: sum.missing + step.missing,
    changed: sum.changed + step.changed,
    moved: sum.moved + step.moved,
    double: sum.double + step.double,
    loggedAgain: sum.loggedAgain + step.loggedAgain,
    dropped: sum.dropped + step.dropped,
  };
}

function formatCompared(compared: readonly Compared[], terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const table = formatTable(
    [
      { head: 'destination' },
      { head: 'compared', align: 'right' },
      { head: 'missing', align: 'right' },
      { head: 'logged again', align: 'right' },
      { head: 'changed', align: 'right' },
      { head: 'moved', align: 'right' },
      { head: 'double', align: 'right' },
    ],
    compared.map((one) => [
      one.destination,
      one.checked,
      one.missing,
      one.loggedAgain,
      one.changed,
      one.moved,
      one.double,
    ]),
    terminal,
  );
  const isFound = compared.some((one) => one.missing + one.changed + one.moved + one.double > 0);
  return isFound ? `${table}\n\nwcs drift list says which.` : table;
}
