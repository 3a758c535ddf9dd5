import type { Command } from 'commander';
import { columnOfState, type ReportColumn } from '../../core/activity.ts';
import { alertText, inboxNotes, quotaText, troubleText } from '../../observe/words.ts';
import type { Status } from '../../pipeline/operations.ts';
import type { SealState } from '../../pipeline/seal-operations.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, type Terminal } from '../terminal.ts';

/** `wcs status`: is it running, what waits, what is stopped and why. */
export function addStatus(program: Command, context: Context): void {
  const command = program
    .command('status')
    .description(
      'what waits, what is stopped and why; exit 1 when a destination is stopped, a source has trouble or something failed',
    );
  common(command, 'wcs status').action(async (options: { json?: true }) => {
    const [status, seals] = await withOperations(context, (operations) =>
      Promise.all([operations.status(), operations.seals.state()]),
    );
    if (options.json) printJson(context, { ...status, seals });
    else context.terminal.out(formatStatus(status, seals, context.terminal));
    context.exitCode = needsSomebody(status) ? 1 : 0;
  });
}

function needsSomebody(status: Status): boolean {
  return (
    status.alerts.length > 0 ||
    status.destinations.some((one) => one.state === 'stopped') ||
    status.backlog.destinations.some((one) => (one.states.failed ?? 0) > 0)
  );
}

/** The status for people. */
export function formatStatus(
  status: Status,
  seals: SealState,
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const { backlog } = status;
  const rows = status.destinations.map((one) => {
    const waits = backlog.destinations.find((entry) => entry.destination === one.destination);
    const counts = countsOf(waits?.states ?? {});
    return [
      one.destination,
      one.type,
      one.state,
      counts.logged,
      counts.pending,
      counts.parked,
      counts.failed,
      `${Math.round(waits?.backlogAgeSeconds ?? 0)} s`,
      one.directoryPulledAt?.slice(0, 16).replace('T', ' ') ?? 'never',
    ];
  });
  const table = formatTable(
    [
      { head: 'destination' },
      { head: 'type' },
      { head: 'state' },
      { head: 'logged', align: 'right' },
      { head: 'pending', align: 'right' },
      { head: 'parked', align: 'right' },
      { head: 'failed', align: 'right' },
      { head: 'oldest waits', align: 'right' },
      { head: 'contacts read' },
    ],
    rows,
    terminal,
  );
  const title = `whatsapp-crm-sync ${status.version} · ledger ${status.ledger} · queue ${status.queue}`;
  return [title, '', table, ...notes(status, sealNotes(seals, terminal), terminal)].join('\n');
}

function sealNotes({ last, copies }: SealState, { colors }: Pick<Terminal, 'colors'>): string[] {
  if (last === undefined) return ['Nothing is sealed yet.'];
  const behind = copies
    .filter(({ number, error }) => number < last.number || error !== undefined)
    .map(({ place, number, error }) => {
      const why = error === undefined ? '' : `: ${oneLine(error)}`;
      return colors.yellow(
        `${oneLine(place)} has copies of the seals up to ${number} of ${last.number}${why}.`,
      );
    });
  return [`Seal ${last.number} is the last, of ${last.at.slice(0, 19)}Z (wcs verify).`, ...behind];
}

function countsOf(states: Status['backlog']['destinations'][number]['states']) {
  const counts: Record<ReportColumn, number> = {
    failed: 0,
    parked: 0,
    pending: 0,
    logged: 0,
    ignored: 0,
    excluded: 0,
  };
  for (const [state, count] of Object.entries(states)) {
    counts[columnOfState[state as keyof typeof columnOfState]] += count;
  }
  return counts;
}

function notes(
  { alerts, destinations, backlog, drift }: Status,
  seals: readonly string[],
  { colors }: Pick<Terminal, 'colors'>,
): string[] {
  const troubles = destinations
    .filter((one) => one.state !== 'running')
    .map((one) => {
      const until = one.pausedUntil === undefined ? '' : ` Goes on at ${one.pausedUntil.slice(0, 19)}Z.`;
      const paint = one.state === 'stopped' ? colors.red : colors.yellow;
      return paint(`${one.destination} is ${one.state}: ${oneLine(troubleText(one))}${until}`);
    });
  const raised = alerts.map((one) => colors.red(oneLine(alertText(one))));
  const quotas = destinations.flatMap(({ destination, quota }) => {
    const words = quotaText(quota);
    return words === undefined ? [] : [`${destination}: ${words}.`];
  });
  const drifts = drift.map(({ destination, kind, count }) =>
    colors.yellow(
      `${destination}: ${count} ${count === 1 ? 'record is' : 'records are'} ${kind} (wcs drift list).`,
    ),
  );
  return ['', ...raised, ...troubles, ...quotas, ...drifts, ...inboxNotes(backlog), ...seals];
}
