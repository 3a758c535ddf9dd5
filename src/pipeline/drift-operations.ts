import { CrmError } from '../core/errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { CheckTask, Drift, DriftFilter, Ledger } from '../ledger/ledger.ts';
import { shownNow, shownOf } from '../mapping/shown.ts';
import { resultOf, soughtFor } from './check-records.ts';
import { preview, type PreviewDeps } from './preview.ts';
import { reconcileStep, type ReconcileDeps, type ReconcileRequest, type ReconcileStep } from './reconcile.ts';
import { isInsertOnly } from './record-rules.ts';

/** A finding with addresses of what it is about, where they are known. */
export type LinkedDrift = Drift & { readonly recordUrl?: string; readonly contactUrl?: string };

/** What a field shows in the CRM, beside what the ledger says. */
export interface Difference {
  readonly field: string;
  /** what the CRM shows */
  readonly now: string;
  /** what the mapping in use makes of it today; absent: a record of several, or of a state that is not the newest */
  readonly ours?: string;
  /** `ours` is exactly what was written; else the mapping or the message has changed since */
  readonly isAsWritten: boolean;
}

/** A record that differs, with the values. */
export interface DriftView {
  readonly findings: readonly LinkedDrift[];
  /** what it is at this moment: kinds that the CRM shows now; empty: it is as it was logged */
  readonly now: readonly Drift['kind'][];
  readonly differences: readonly Difference[];
}

/** What a person asks for cannot be done, in a sentence that says why. */
export class DriftRefused extends Error {
  override readonly name = 'DriftRefused';
}

/** What people ask about records that are not as they were logged. */
export interface DriftOperations {
  list(filter: DriftFilter): Promise<{ readonly items: readonly LinkedDrift[]; readonly cursor?: string }>;
  /** With what the CRM shows now, for those who may read; the look is kept. undefined: nothing is known of it */
  show(destination: string, key: string, by: string): Promise<DriftView | undefined>;
  /** Writes ours again. false: there is nothing to restore. @throws DriftRefused */
  restore(destination: string, key: string, by: string): Promise<boolean>;
  /** Keeps theirs. false: there is nothing to accept. */
  accept(destination: string, key: string, by: string): Promise<boolean>;
  /** Compares the next records now. @throws CrmError when the CRM cannot say */
  reconcile(destination: string, request: ReconcileRequest): Promise<ReconcileStep>;
}

export interface DriftDeps extends PreviewDeps {
  readonly ledger: PreviewDeps['ledger'] &
    Pick<Ledger, 'drift' | 'recordCheck' | 'restoreDrift' | 'acceptDrift' | 'keepAudit'>;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly checks: ReadonlyMap<string, ReconcileDeps>;
  /** something is due to be written */
  readonly wake: () => void;
}

/** {@link DriftOperations} over a ledger and its destinations. */
export function driftOperations(deps: DriftDeps): DriftOperations {
  const { ledger } = deps;
  return {
    list: async (filter) => {
      const page = await ledger.drift(filter);
      return { ...page, items: page.items.map((one) => linked(deps, one)) };
    },
    show: (destination, key, by) => show(deps, destination, key, by),
    restore: async (destination, key, by) => {
      await assertRestorable(deps, destination, key);
      const isDone = await ledger.restoreDrift(destination, key, by);
      if (isDone) deps.wake();
      return isDone;
    },
    accept: (destination, key, by) => accept(deps, destination, key, by),
    reconcile: async (destination, request) => reconcileStep(checksOf(deps, destination), request),
  };
}

function checksOf({ checks }: DriftDeps, destination: string): ReconcileDeps {
  const found = checks.get(destination);
  if (found === undefined) throw new RangeError(`there is no destination "${destination}"`);
  return found;
}

function linked({ destinations }: DriftDeps, drift: Drift): LinkedDrift {
  const crm = destinations.get(drift.destination);
  const recordUrl = drift.kind === 'missing' ? undefined : crm?.recordUrl(drift.recordKind, drift.recordId);
  const contactUrl = crm?.recordUrl('contact', drift.contact.id);
  return { ...drift, ...(recordUrl && { recordUrl }), ...(contactUrl && { contactUrl }) };
}

async function show(
  deps: DriftDeps,
  destination: string,
  key: string,
  by: string,
): Promise<DriftView | undefined> {
  const { items } = await deps.ledger.drift({ destination, key, resolved: true, limit: 50 });
  if (items.length === 0) return undefined;
  await deps.ledger.keepAudit({ actor: by, action: 'drift.view', subject: destination, detail: { key } });
  const findings = items.map((one) => linked(deps, one));
  const task = await deps.ledger.recordCheck(destination, key);
  if (task === undefined) return { findings, now: [], differences: [] };
  const { result, values } = await lookAt(deps, destination, task);
  const fields = result.findings.flatMap((one) => one.fields ?? []);
  const ours = fields.length === 0 ? undefined : await oursOf(deps, destination, task);
  const differences = fields.map((field): Difference => {
    const value = ours?.[field];
    const text = value === undefined ? undefined : String(value ?? '');
    return {
      field,
      now: String(values[field] ?? ''),
      ...(text !== undefined && { ours: text }),
      isAsWritten: value !== undefined && shownOf({ [field]: value })[field] === task.shown?.[field],
    };
  });
  return { findings, now: result.findings.map(({ kind }) => kind), differences };
}

/** One record, at this moment. @throws CrmError when the CRM cannot say */
async function lookAt(deps: DriftDeps, destination: string, task: CheckTask) {
  const checks = checksOf(deps, destination);
  const [sought] = await soughtFor(checks, [task]);
  const [found] = sought === undefined ? [] : await checks.destination.inspect([sought]);
  if (found === undefined) throw new CrmError('unavailable', 'The answer does not name the record.');
  const values: Readonly<Record<string, unknown>> = found.state === 'there' ? found.values : {};
  return { found, values, result: resultOf(task, found, sought?.fields ?? []) };
}

/** Fields that the mapping in use makes of it, where one interaction is what the record shows. */
async function oursOf(deps: DriftDeps, destination: string, { part, activityKey }: CheckTask) {
  if (part !== 'own' || activityKey === undefined) return undefined;
  const [made] = await preview(deps, destination, { key: activityKey });
  return made?.fields;
}

/** @throws DriftRefused where a record that was once made must not be written again */
async function assertRestorable(deps: DriftDeps, destination: string, key: string): Promise<void> {
  const { items } = await deps.ledger.drift({ destination, key, limit: 10 });
  const kinds = new Set(items.map(({ kind }) => kind));
  if (kinds.size === 1 && kinds.has('double')) {
    throw new DriftRefused(
      'Nobody but a person can say which of several records is to go: delete it in the CRM.',
    );
  }
  const task = await deps.ledger.recordCheck(destination, key);
  if (task?.activityKey === undefined) return;
  const { recordRules } = checksOf(deps, destination);
  const view = await deps.ledger.interaction(task.activityKey);
  if (view === undefined || !isInsertOnly(recordRules, view.interaction)) return;
  if (kinds.has('missing') && task.part === 'own') return;
  throw new DriftRefused(
    'The policy changes: insert-only says that a record is never written again; accept it, or mend it in the CRM.',
  );
}

async function accept(deps: DriftDeps, destination: string, key: string, by: string): Promise<boolean> {
  const task = await deps.ledger.recordCheck(destination, key);
  if (task === undefined) return false;
  const { found, values, result } = await lookAt(deps, destination, task);
  const others = found.state === 'there' ? found.others : [];
  const [contact] = found.state === 'there' ? (found.movedTo ?? []) : [];
  const isChanged = result.findings.some(({ kind }) => kind === 'changed');
  return deps.ledger.acceptDrift(
    destination,
    key,
    {
      recordId: task.recordId,
      doubles: others.length,
      ...(contact !== undefined && { contact }),
      ...(isChanged && task.shown !== undefined && { shown: shownNow(task.shown, values) }),
    },
    by,
  );
}
