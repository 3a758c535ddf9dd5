import type { CheckSchedule, Ledger } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';
import type { PollSource } from '../sources/source.ts';
import { dueStreams } from './poll.ts';
import { isReportDue, type ReportTime } from './reports.ts';
import { isRetentionDue } from './retention.ts';

export interface TickDeps {
  readonly ledger: Pick<
    Ledger,
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
  await queue.wake({ kind: 'process' });
  for (const { id } of deps.destinations) await queue.wake({ kind: 'match', subject: id });
  for (const id of await ledger.waitingDestinations()) await queue.wake({ kind: 'deliver', subject: id });
  await wakePolls(deps);
  for (const id of await ledger.waitingMedia()) await queue.wake({ kind: 'media', subject: id });
  for (const id of await ledger.waitingAttachments()) await queue.wake({ kind: 'attach', subject: id });
  for (const id of await ledger.waitingRollups()) await queue.wake({ kind: 'rollup', subject: id });
  await wakeDirectories(deps);
  await wakeSealing(deps);
  await wakeReports(deps);
  await wakeRetention(deps);
  await wakeChecks(deps);
}

async function wakeReports({ ledger, queue, reportTime }: TickDeps): Promise<void> {
  if (isReportDue(await ledger.reportState(), reportTime, Date.now())) await queue.wake({ kind: 'report' });
}

async function wakeChecks({ ledger, queue, checks }: TickDeps): Promise<void> {
  for (const id of checks.destinations) {
    if (await ledger.hasDueChecks(id, checks.schedule)) await queue.wake({ kind: 'reconcile', subject: id });
  }
}

async function wakeSealing({ ledger, queue, sealEvery }: TickDeps): Promise<void> {
  const last = await ledger.lastSeal();
  if (last === undefined || Date.now() - Date.parse(last.at) >= sealEvery) await queue.wake({ kind: 'seal' });
}

async function wakeRetention({ ledger, queue, retentionEvery }: TickDeps): Promise<void> {
  const state = await ledger.retentionState();
  if (isRetentionDue(state, retentionEvery)) await queue.wake({ kind: 'retention' });
}

async function wakePolls({ ledger, queue, polls }: TickDeps): Promise<void> {
  for (const poll of polls) {
    const due = dueStreams(poll, await ledger.pollStates(poll.id), Date.now());
    if (due.length > 0) await queue.wake({ kind: 'poll', subject: poll.id });
  }
}

async function wakeDirectories(deps: TickDeps): Promise<void> {
  const { ledger, queue } = deps;
  const { destinations } = await ledger.backlog();
  for (const { id, directoryEvery, directoryEveryWhileParked } of deps.destinations) {
    const parked = destinations.find((one) => one.destination === id)?.states.parked ?? 0;
    const every = parked > 0 ? Math.min(directoryEvery, directoryEveryWhileParked) : directoryEvery;
    const { pulledAt } = await ledger.directoryState(id);
    const age = pulledAt === undefined ? Infinity : Date.now() - Date.parse(pulledAt);
    if (age >= every) await queue.wake({ kind: 'directory', subject: id });
  }
}
