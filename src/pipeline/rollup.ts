import { fateOf, maxAttempts, retryDelay, type ErrorCode } from '../core/errors.ts';
import { hashKey } from '../core/key.ts';
import type { ContactOutcome, ContactUpdate, Destination, RecordKind } from '../destinations/destination.ts';
import type { Ledger, RollupSettlement, RollupTask } from '../ledger/ledger.ts';
import type { KnownFields } from '../mapping/fields.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { mapHistory, personKind } from '../mapping/rollup.ts';
import { pauseFor, type Brake } from './brake.ts';

/** What bringing contacts up to date needs, of one destination. */
export interface RollupDeps {
  readonly destination: Pick<Destination, 'id' | 'updateContacts'>;
  readonly ledger: Pick<Ledger, 'claimRollups' | 'settleRollups' | 'destinationHealth'>;
  readonly currentMapping: () => Promise<Mapping>;
  readonly knownFields: (kind: RecordKind) => Promise<KnownFields>;
  /** of dates */
  readonly timeZone: string;
  /** the destination's own: while the CRM is down, records come first */
  readonly brake: Brake;
  /** names this process in leases */
  readonly owner: string;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** Contacts of one round: one call for either CRM. */
const batch = 100;
/** Longer than a round takes; only a dead process lets it run out. */
const leaseMs = 120_000;

/**
 * Step 5c: writes on each contact what the ledger says of it as a whole (last message in, last one out, how many), where
 * the mapping asks for it. Until no contact is due, the destination has to wait, or the signal comes.
 */
export async function rollUp(deps: RollupDeps, signal: AbortSignal): Promise<void> {
  const { destination, ledger, owner } = deps;
  if (await isPaused(deps)) return;
  while (!signal.aborted && !deps.brake.isOn) {
    const tasks = await ledger.claimRollups(destination.id, batch, owner, leaseMs);
    if (tasks.length === 0) return;
    await writeAll(deps, tasks);
  }
}

async function isPaused({ ledger, destination }: RollupDeps): Promise<boolean> {
  const health = (await ledger.destinationHealth()).find((one) => one.destination === destination.id);
  return health?.pausedUntil !== undefined;
}

interface Planned {
  readonly task: RollupTask;
  readonly hash: string;
  /** absent: the contact shows it already, or nothing of it is mapped */
  readonly update?: ContactUpdate;
}

async function writeAll(deps: RollupDeps, tasks: readonly RollupTask[]): Promise<void> {
  const { destination, ledger, owner } = deps;
  const settled: RollupSettlement[] = [];
  const planned: Planned[] = [];
  for (const task of tasks) {
    try {
      planned.push(await plan(deps, task));
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 300) : 'unknown error';
      settled.push(givenUp(task, 'mapping-failed', reason));
    }
  }
  const updates = planned.flatMap(({ update }) => update ?? []);
  try {
    const outcomes = updates.length === 0 ? [] : await destination.updateContacts(updates);
    settled.push(...settlementsOf(planned, outcomes));
    if (outcomes.some(({ kind }) => kind === 'written')) await deps.brake.release();
  } catch (error) {
    // Nothing is known to be written: to write it again changes nothing.
    await pauseFor(deps, error);
    settled.push(...planned.map(({ task }) => waiting(task, 'unavailable', '', 0)));
  }
  await ledger.settleRollups(destination.id, settled, owner);
  logRound(deps, settled, updates.length);
}

async function plan(deps: RollupDeps, task: RollupTask): Promise<Planned> {
  const kind = personKind(task.contact);
  const mapping = await deps.currentMapping();
  const rules = mapping[kind] ?? [];
  const fields = mapHistory(rules, task.history, deps.timeZone, await deps.knownFields(kind));
  const hash = hashKey(JSON.stringify(fields), mapping.version);
  if (hash === task.writtenHash || Object.keys(fields).length === 0) return { task, hash };
  return { task, hash, update: { contact: task.contact, fields } };
}

function settlementsOf(planned: readonly Planned[], outcomes: readonly ContactOutcome[]): RollupSettlement[] {
  const byContact = new Map(outcomes.map((one) => [nameOf(one.contact), one]));
  return planned.map(({ task, hash, update }) => {
    if (update === undefined) return written(task, hash);
    const outcome = byContact.get(nameOf(task.contact));
    if (outcome?.kind === 'written') return written(task, hash);
    return rollupSettlement(task, outcome?.code ?? 'not-named', outcome?.reason ?? '');
  });
}

/** What a refusal means for one contact; a contact that the answer does not name is written again. */
export function rollupSettlement(task: RollupTask, code: ErrorCode, reason: string): RollupSettlement {
  const fate = fateOf(code);
  if (fate === 'wait' || fate === 'stop') return waiting(task, code, reason, 60_000);
  const attempt = task.attempts + 1;
  const isWorthIt = fate === 'retry' || fate === 'read-back';
  if (!isWorthIt || attempt >= maxAttempts) return givenUp(task, code, reason);
  return { ...waiting(task, code, reason, retryDelay(attempt)), burn: true };
}

function written({ contact, version }: RollupTask, hash: string): RollupSettlement {
  return { contact, version, to: 'written', hash };
}

function waiting(
  { contact, version }: RollupTask,
  code: ErrorCode,
  reason: string,
  delayMs: number,
): Extract<RollupSettlement, { to: 'waiting' | 'given-up' }> {
  return { contact, version, to: 'waiting', code, reason, delayMs };
}

/** Until the next activity is logged on the contact. */
function givenUp({ contact, version }: RollupTask, code: ErrorCode, reason: string): RollupSettlement {
  return { contact, version, to: 'given-up', code, reason };
}

function nameOf({ type, id }: RollupTask['contact']): string {
  return `${type}:${id}`;
}

function logRound(deps: RollupDeps, settled: readonly RollupSettlement[], calls: number): void {
  const { destination, log } = deps;
  const codes: Record<string, number> = {};
  for (const one of settled) if (one.to !== 'written') codes[one.code] = (codes[one.code] ?? 0) + 1;
  log.info({ destination: destination.id, contacts: settled.length, written: calls, codes }, 'rollups');
  const lost = settled.filter(({ to }) => to === 'given-up').length;
  if (lost > 0) {
    log.warn({ destination: destination.id, contacts: lost, codes }, 'contacts keep old rollups');
  }
}
