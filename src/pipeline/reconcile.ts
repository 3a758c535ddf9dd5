import { fateOf } from '../core/errors.ts';
import type { QuotaUse } from '../core/budget.ts';
import type { CheckCounts, CheckScope, Ledger } from '../ledger/ledger.ts';
import { describeError } from './brake.ts';
import { checkRecords, type CheckDeps } from './check-records.ts';

/** What comparing with a CRM by the clock needs, of one destination. */
export interface ReconcileDeps extends CheckDeps {
  readonly ledger: CheckDeps['ledger'] &
    Pick<
      Ledger,
      | 'claimChecks'
      | 'countChecks'
      | 'checkPace'
      | 'spendChecks'
      | 'waitingDestinations'
      | 'destinationHealth'
    >;
  readonly quota: () => Promise<QuotaUse>;
  /** tells how many calls a piece of work made */
  readonly measure: <T>(work: () => Promise<T>, spent: (calls: number) => Promise<void>) => Promise<T>;
}

/** Longer than a round takes; only a dead process lets it run out. */
const leaseMs = 300_000;
/** Calls that a day is counted as having, where the CRM has not told. */
const assumedPerDay = 15_000;
/** After the CRM said what concerns comparing alone: a permission, a field. */
const troubleMs = 600_000;

/**
 * Step 7: compares what is due, a few calls at a time, spread over the day. Ends when nothing is due, the calls for now are
 * used up, something waits to be delivered, the destination has to wait, or the signal comes.
 */
export async function reconcile(deps: ReconcileDeps, signal: AbortSignal): Promise<void> {
  const { destination, ledger, rules } = deps;
  while (!signal.aborted && !(await mustWait(deps))) {
    const { perDay, most } = await paceOf(deps);
    if (perDay <= 0) return;
    if ((await ledger.checkPace(destination.id, perDay, most)) < 1) return;
    try {
      if ((await round(deps, { due: rules.schedule })) === undefined) return;
    } catch (error) {
      // The brake holds what concerns the destination as a whole.
      const { code } = describeError(error);
      if (fateOf(code) !== 'wait') await ledger.spendChecks(destination.id, 0, troubleMs);
      return;
    }
  }
}

/** Deliveries come first. */
async function mustWait({ destination, ledger, brake }: ReconcileDeps): Promise<boolean> {
  if (brake.isOn) return true;
  const health = (await ledger.destinationHealth()).find((one) => one.destination === destination.id);
  if (health?.pausedUntil !== undefined) return true;
  return (await ledger.waitingDestinations()).includes(destination.id);
}

/** Calls a day, and how many of them are saved up at most: those of an hour. */
async function paceOf({ quota, rules }: ReconcileDeps): Promise<{ perDay: number; most: number }> {
  const { ours, allowed = assumedPerDay } = await quota();
  const perDay = rules.share * Math.max(0, allowed - ours);
  return { perDay, most: Math.max(1, perDay / 24) };
}

interface Round {
  readonly counts: CheckCounts;
  readonly cursor?: string;
}

const none: CheckCounts = {
  checked: 0,
  missing: 0,
  changed: 0,
  moved: 0,
  double: 0,
  loggedAgain: 0,
  dropped: 0,
};

/** @returns undefined when the scope has no more records. @throws CrmError when the CRM cannot say */
async function round(deps: ReconcileDeps, scope: CheckScope): Promise<Round | undefined> {
  const { destination, ledger, owner } = deps;
  const { id, inspectSize } = destination;
  const { tasks, cursor, passedOver } = await ledger.claimChecks(id, scope, inspectSize, owner, leaseMs);
  if (tasks.length === 0 && passedOver === 0 && cursor === undefined) return undefined;
  const counts =
    tasks.length === 0
      ? none
      : await deps.measure(
          () => checkRecords(deps, tasks),
          (calls) => ledger.spendChecks(id, calls),
        );
  return { counts, ...(cursor !== undefined && { cursor }) };
}

/** One step of a check that a person asked for. */
export interface ReconcileStep extends CheckCounts {
  /** where to go on; absent: that was all */
  readonly next?: string;
  /** records that the check begins with; told with the first step */
  readonly total?: number;
}

/** What a person wants compared now: what is due, or everything of some days (UTC, inclusive). */
export interface ReconcileRequest {
  readonly from?: string;
  readonly to?: string;
  readonly all?: boolean;
  /** `next` of the step before */
  readonly after?: string;
}

const dueToken = 'due';

/**
 * Compares the next records of what a person asked for, without waiting for the pace of the day; our share of the CRM's
 * calls holds as ever. @throws CrmError when the CRM cannot say
 */
export async function reconcileStep(
  deps: ReconcileDeps,
  { from, to, all, after }: ReconcileRequest,
): Promise<ReconcileStep> {
  const { destination, ledger, rules } = deps;
  const isDue = !all && from === undefined && to === undefined;
  const scope: CheckScope = isDue
    ? { due: rules.schedule }
    : {
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(after !== undefined && { after }),
      };
  const total = after === undefined ? { total: await ledger.countChecks(destination.id, scope) } : {};
  const done = await round(deps, scope);
  if (done === undefined) return { ...none, ...total };
  const next = isDue ? dueToken : done.cursor;
  return { ...done.counts, ...total, ...(next !== undefined && { next }) };
}
