import type { CheckSchedule, Ledger } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';
import type { PollSource } from '../sources/source.ts';
import { dueStreams } from './poll.ts';
import { isReportDue, type ReportTime } from './reports.ts';
import { isRetentionDue } from './retention.ts';

export interface TickDeps {
  readonly ledger: Pick<
    Ledger,
    | 'clock'
    | 'waitingDestinations'
    | 'directoryState'
    | 'backlog'
    | 'pollStates'
    | 'waitingMedia'
    | 'waitingAttachments'
    | 'waitingRollups'
    | 'lastSeal'
    | 'reportState'
    | 'retentionState'
    | 'hasDueChecks'
  >;
  readonly queue: Pick<Queue, 'wake'>;
  readonly destinations: readonly {
    readonly id: string;
    /** milliseconds between two pulls of the directory */
    readonly directoryEvery: number;
    /** the same while somebody is parked */
    readonly directoryEveryWhileParked: number;
  }[];
  readonly polls: readonly Pick<PollSource, 'id' | 'everyMs' | 'streams'>[];
  /** milliseconds between two seals */
  readonly sealEvery: number;
  /** when the daily report is made */
  readonly reportTime: ReportTime;
  /** milliseconds between two runs of the retention rules */
  readonly retentionEvery: number;
  /** destinations that are compared with the ledger, by the clock */
  readonly checks: { readonly destinations: readonly string[]; readonly schedule: CheckSchedule };
}

/**
 * The net under all wake-ups: looks into the ledger for what there is to do and wakes the handlers for it, of whatever
 * role. Losing the whole queue loses nothing but the time until the next tick. What is done on a schedule (polls, pulls of
 * the directory) is due by what the ledger says: a job scheduler of BullMQ would be lost for good with the queue's store.
 */
export async function helpTick(deps: TickDeps): Promise<void> {
  const { ledger, queue } = deps;
  // What is due follows from times in the ledger: they are measured by its own clock.
  const now = await ledger.clock();
  await queue.wake({ kind: 'process' });
  for (const { id } of deps.destinations) await queue.wake({ kind: 'match', subject: id });
  for (const id of await ledger.waitingDestinations()) await queue.wake({ kind: 'deliver', subject: id });
  await wakePolls(deps, now);
  for (const id of await ledger.waitingMedia()) await queue.wake({ kind: 'media', subject: id });
  for (const id of await ledger.waitingAttachments()) await queue.wake({ kind: 'attach', subject: id });
  for (const id of await ledger.waitingRollups()) await queue.wake({ kind: 'rollup', subject: id });
  await wakeDirectories(deps, now);
  await wakeSealing(deps, now);
  await wakeReports(deps, now);
  await wakeRetention(deps, now);
  await wakeChecks(deps);
}

async function wakeReports({ ledger, queue, reportTime }: TickDeps, now: number): Promise<void> {
  if (isReportDue(await ledger.reportState(), reportTime, now)) await queue.wake({ kind: 'report' });
}

async function wakeChecks({ ledger, queue, checks }: TickDeps): Promise<void> {
  for (const id of checks.destinations) {
    if (await ledger.hasDueChecks(id, checks.schedule)) await queue.wake({ kind: 'reconcile', subject: id });
  }
}

async function wakeSealing({ ledger, queue, sealEvery }: TickDeps, now: number): Promise<void> {
  const last = await ledger.lastSeal();
  // A seal has the time of the process that made it, whose clock may have been ahead.
  const age = last === undefined ? Infinity : Math.abs(now - Date.parse(last.at));
  if (age >= sealEvery) await queue.wake({ kind: 'seal' });
}

async function wakeRetention({ ledger, queue, retentionEvery }: TickDeps, now: number): Promise<void> {
  const state = await ledger.retentionState();
  if (isRetentionDue(state, retentionEvery, now)) await queue.wake({ kind: 'retention' });
}

async function wakePolls({ ledger, queue, polls }: TickDeps, now: number): Promise<void> {
  for (const poll of polls) {
    const due = dueStreams(poll, await ledger.pollStates(poll.id), now);
    if (due.length > 0) await queue.wake({ kind: 'poll', subject: poll.id });
  }
}

async function wakeDirectories(deps: TickDeps, now: number): Promise<void> {
  const { ledger, queue } = deps;
  const { destinations } = await ledger.backlog();
  for (const { id, directoryEvery, directoryEveryWhileParked } of deps.destinations) {
    const parked = destinations.find((one) => one.destination === id)?.states.parked ?? 0;
    const every = parked > 0 ? Math.min(directoryEvery, directoryEveryWhileParked) : directoryEvery;
    const { pulledAt } = await ledger.directoryState(id);
    const age = pulledAt === undefined ? Infinity : now - Date.parse(pulledAt);
    if (age >= every) await queue.wake({ kind: 'directory', subject: id });
  }
}
