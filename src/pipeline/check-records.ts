import { fateOf } from '../core/errors.ts';
import { changeKey } from '../core/visible-state.ts';
import type { Destination, RecordFound, RecordSought } from '../destinations/destination.ts';
import type {
  CheckCounts,
  CheckResult,
  CheckSchedule,
  CheckTask,
  DriftFinding,
  Ledger,
} from '../ledger/ledger.ts';
import type { KnownFields } from '../mapping/fields.ts';
import { changedFields } from '../mapping/shown.ts';
import { describeError, pauseFor, type Brake } from './brake.ts';
import { isInsertOnly, type RecordRules } from './record-rules.ts';

/** What the settings say of comparing with the CRM. */
export interface CheckRules {
  readonly schedule: CheckSchedule;
  readonly missing: 'log-again' | 'report';
  readonly changed: 'report' | 'ignore';
  /** 0 to 1: of the calls that our share of the day leaves */
  readonly share: number;
  /** names of fields that others may change */
  readonly ignored: ReadonlySet<string>;
}

/** What looking at records needs, of one destination. */
export interface CheckDeps {
  readonly destination: Pick<Destination, 'id' | 'inspect' | 'inspectSize'>;
  readonly ledger: Pick<Ledger, 'settleChecks' | 'releaseChecks' | 'interaction'>;
  readonly knownFields: (kind: 'message' | 'call') => Promise<KnownFields>;
  /** the CRM's fields may be others by now */
  readonly forgetFields: () => void;
  readonly recordRules: Pick<RecordRules, 'changes'>;
  readonly rules: CheckRules;
  readonly brake: Brake;
  /** names this process in leases */
  readonly owner: string;
  /** something is due to be logged again */
  readonly wake: () => void;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** So many missing at once, and most of what was looked at: somebody cleared up, or these are the wrong credentials. */
const manyMissing = 20;

/**
 * Looks at leased records and keeps what differs. A look that failed says nothing: everything stays as it was.
 *
 * @throws CrmError when the CRM cannot say; the destination waits then, where the reason concerns it as a whole
 */
export async function checkRecords(deps: CheckDeps, tasks: readonly CheckTask[]): Promise<CheckCounts> {
  const { destination, ledger, owner, rules, log } = deps;
  let results: CheckResult[];
  try {
    results = await resultsOf(deps, tasks);
  } catch (error) {
    await giveBack(deps, tasks, error);
    throw error;
  }
  const missing = results.filter(isMissing).length;
  const tooMany = missing >= manyMissing && missing > results.length / 2;
  if (tooMany) {
    log.warn(
      { destination: destination.id, missing, checked: results.length },
      'most records are missing at once: none is logged again by itself; see wcs drift',
    );
    results = results.map(({ logAgain: _again, ...result }) => result);
  }
  const counts = await ledger.settleChecks(destination.id, results, owner, rules.schedule);
  log.info({ destination: destination.id, ...counts }, 'records compared');
  if (counts.loggedAgain > 0) deps.wake();
  return counts;
}

const isMissing = ({ findings }: CheckResult) => findings.some(({ kind }) => kind === 'missing');

async function giveBack(deps: CheckDeps, tasks: readonly CheckTask[], error: unknown): Promise<void> {
  const { destination, ledger, owner, log } = deps;
  const { code, reason } = describeError(error);
  const keys = tasks.map(({ key }) => key);
  await ledger.releaseChecks(destination.id, keys, owner);
  if (code === 'field-unknown') deps.forgetFields();
  // That something cannot be read is no reason not to write.
  if (fateOf(code) === 'wait' || ['auth-failed', 'certificate-wrong'].includes(code))
    await pauseFor(deps, error);
  else log.warn({ destination: destination.id, code, reason }, 'records cannot be compared');
}

async function resultsOf(deps: CheckDeps, tasks: readonly CheckTask[]): Promise<CheckResult[]> {
  const sought = await soughtFor(deps, tasks);
  const found = new Map((await deps.destination.inspect(sought)).map((one) => [one.key, one]));
  const results: CheckResult[] = [];
  for (const [index, task] of tasks.entries()) {
    const one = found.get(task.key);
    // What the answer does not name was not looked at.
    if (one === undefined) throw new Error('a record was not looked at');
    const result = resultOf(task, one, sought[index]?.fields ?? []);
    const again = isMissing(result) && deps.rules.missing === 'log-again' && (await canLogAgain(deps, task));
    results.push(again ? { ...result, logAgain: true } : result);
  }
  return results;
}

/** Records with the fields that can be compared. @throws CrmError when the CRM does not tell its fields */
export async function soughtFor(
  { knownFields, rules }: Pick<CheckDeps, 'knownFields' | 'rules'>,
  tasks: readonly CheckTask[],
): Promise<RecordSought[]> {
  const known = {
    message: tasks.some(({ kind }) => kind === 'message') ? await knownFields('message') : undefined,
    call: tasks.some(({ kind }) => kind === 'call') ? await knownFields('call') : undefined,
  };
  return tasks.map(({ key, kind, recordId, contact, shown = {} }) => {
    const names = rules.changed === 'ignore' ? [] : Object.keys(shown);
    const fields = names.filter((name) => !rules.ignored.has(name) && (known[kind]?.has(name) ?? true));
    return { key, kind, recordId, contact, fields };
  });
}

/** What a look at one record says. */
export function resultOf(task: CheckTask, found: RecordFound, compared: readonly string[]): CheckResult {
  const base = { key: task.key, recordId: task.recordId };
  if (found.state === 'elsewhere') return { ...base, findings: [], foundAs: found.recordId };
  if (found.state === 'missing') {
    return { ...base, findings: [{ kind: 'missing', detail: { deleted: found.deleted } }] };
  }
  const { values, movedTo, others, follows } = found;
  const shown = Object.fromEntries(
    compared.flatMap((name) => {
      const hash = task.shown?.[name];
      return hash === undefined ? [] : [[name, hash] as const];
    }),
  );
  const fields = changedFields(shown, values);
  const [contact] = movedTo ?? [];
  const findings: DriftFinding[] = [
    ...(fields.length > 0 ? [{ kind: 'changed', fields } as const] : []),
    ...(movedTo === undefined ? [] : [{ kind: 'moved', detail: { ...(contact && { contact }) } } as const]),
    ...(others.length > task.doubles ? [{ kind: 'double', detail: { others } } as const] : []),
  ];
  return { ...base, findings, ...(follows !== undefined && { follows }) };
}

/** A further record can only be made of the state that is the newest one. */
export async function canLogAgain(
  { ledger, recordRules }: Pick<CheckDeps, 'ledger' | 'recordRules'>,
  { part, key, activityKey }: CheckTask,
): Promise<boolean> {
  if (part !== 'further') return true;
  const view = activityKey === undefined ? undefined : await ledger.interaction(activityKey);
  return (
    view !== undefined && isInsertOnly(recordRules, view.interaction) && changeKey(view.interaction) === key
  );
}
