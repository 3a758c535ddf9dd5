import { fateOf, maxAttempts, retryDelay, type ErrorCode } from '../core/errors.ts';
import type { AttachItem, AttachOutcome, Destination } from '../destinations/destination.ts';
import type { FileStore } from '../files/file-store.ts';
import type { AttachmentSettlement, AttachmentTask, Ledger } from '../ledger/ledger.ts';
import type { Brake } from './brake.ts';
import { fileNames, mimeTypeOf } from './file-names.ts';

/** What attaching needs, for all destinations of a process. */
export interface AttachDeps {
  readonly ledger: Pick<Ledger, 'claimAttachments' | 'settleAttachments' | 'destinationHealth'>;
  readonly files: Pick<FileStore, 'open'>;
  readonly destinations: ReadonlyMap<string, AttachTarget>;
  /** names this process in leases */
  readonly owner: string;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** One destination, and what holds its files back. */
export interface AttachTarget {
  readonly destination: Pick<Destination, 'id' | 'attach'>;
  /** the destination's own: when the CRM is down, records wait too */
  readonly brake: Brake;
  /** for what concerns files alone, such as a missing permission: records go on */
  readonly fileBrake: Brake;
}

/** Records of one batch; a file is in memory only while it is sent. */
const batch = 20;
/** Longer than a batch takes; only a dead process lets it run out. */
const leaseMs = 600_000;

/** Codes that say that records cannot be written either. */
const aboutDestination: readonly ErrorCode[] = [
  'auth-failed',
  'certificate-wrong',
  'rate-limited',
  'quota-used-up',
  'unavailable',
];

/**
 * Step 6: attaches what is stored to the records that are delivered, until nothing is due, the destination or its files
 * have to wait, or the signal comes. A failed file never touches the record it belongs to.
 */
export async function attachAll(deps: AttachDeps, destinationId: string, signal: AbortSignal): Promise<void> {
  const target = deps.destinations.get(destinationId);
  if (target === undefined || (await isPaused(deps, destinationId))) return;
  while (!signal.aborted && !target.brake.isOn && !target.fileBrake.isOn) {
    const tasks = await deps.ledger.claimAttachments(destinationId, batch, deps.owner, leaseMs);
    if (tasks.length === 0) return;
    await attachBatch(deps, target, tasks, signal);
  }
}

async function isPaused({ ledger }: AttachDeps, id: string): Promise<boolean> {
  const health = (await ledger.destinationHealth()).find(({ destination }) => destination === id);
  return health?.pausedUntil !== undefined;
}

async function attachBatch(
  deps: AttachDeps,
  target: AttachTarget,
  tasks: readonly AttachmentTask[],
  signal: AbortSignal,
): Promise<void> {
  const started = Date.now();
  const items = tasks.map((task) => toItem(deps.files, task, signal));
  const outcomes = new Map<string, AttachOutcome>();
  for (const part of oncePerRecord(items)) {
    for (const outcome of await target.destination.attach(part)) outcomes.set(outcome.key, outcome);
  }
  const settlements = tasks.map((task) =>
    attachmentSettlement(task, outcomes.get(task.key), !signal.aborted),
  );
  await applyBrakes(deps, target, [...outcomes.values()]);
  await deps.ledger.settleAttachments(target.destination.id, settlements, deps.owner);
  const codes: Record<string, number> = {};
  for (const { code } of settlements) if (code !== undefined) codes[code] = (codes[code] ?? 0) + 1;
  deps.log.info(
    {
      destination: target.destination.id,
      records: tasks.length,
      attached: settlements.filter(({ to }) => to === 'done').length,
      codes,
      durationMs: Date.now() - started,
    },
    'files attached',
  );
}

/** A record that shows several messages gets the files of one after those of the other. */
function oncePerRecord(items: readonly AttachItem[]): AttachItem[][] {
  const parts: AttachItem[][] = [];
  for (const item of items) {
    const free = parts.find((part) => part.every(({ recordId }) => recordId !== item.recordId));
    if (free === undefined) parts.push([item]);
    else free.push(item);
  }
  return parts;
}

function toItem(store: Pick<FileStore, 'open'>, task: AttachmentTask, signal: AbortSignal): AttachItem {
  const { key, kind, recordId, contact, attached, interaction } = task;
  const names = fileNames(interaction, task.files);
  const files = task.files.map((file, at) => ({
    name: names[at] ?? file.sha256,
    mimeType: mimeTypeOf(interaction, file),
    size: file.size,
    sha256: file.sha256,
    async read() {
      signal.throwIfAborted();
      const chunks: Buffer[] = [];
      for await (const chunk of await store.open(file.sha256)) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  }));
  return { key, kind, recordId, contact, files, attached };
}

/**
 * What an outcome means for one record's files. A record that the answer does not name is tried again: to attach twice
 * changes nothing.
 *
 * @param burn false: this try does not count
 */
export function attachmentSettlement(
  task: Pick<AttachmentTask, 'key' | 'attempts' | 'attached'>,
  outcome: AttachOutcome | undefined,
  burn: boolean,
): AttachmentSettlement {
  const { key } = task;
  if (outcome?.kind === 'done') return { key, to: 'done', attached: outcome.attached };
  const { attached, code, reason } = outcome ?? {
    attached: task.attached,
    code: 'not-named' as const,
    reason: '',
  };
  const base = { key, attached, code, reason };
  switch (fateOf(code)) {
    case 'wait':
    case 'stop':
      return { ...base, to: 'waiting' };
    case 'retry':
    case 'read-back': {
      if (!burn) return { ...base, to: 'waiting' };
      const attempt = task.attempts + 1;
      return attempt >= maxAttempts
        ? { ...base, to: 'failed', burn }
        : { ...base, to: 'waiting', delayMs: retryDelay(attempt), burn };
    }
    case 'rematch':
    case 'park':
    case 'dead-letter':
      return { ...base, to: 'failed', burn: true };
  }
}

/** What concerns everybody holds everybody back, what concerns files holds back files. */
async function applyBrakes(
  { log }: AttachDeps,
  { destination, brake, fileBrake }: AttachTarget,
  outcomes: readonly AttachOutcome[],
): Promise<void> {
  for (const outcome of outcomes) {
    if (outcome.kind === 'done' || !['wait', 'stop'].includes(fateOf(outcome.code))) continue;
    const { code, reason } = outcome;
    const held = aboutDestination.includes(code) ? brake : fileBrake;
    const pauseMs = await held.pull(code, reason);
    const what = held === brake ? 'destination waits' : 'files of the destination wait; records go on';
    log.warn({ destination: destination.id, code, reason, pauseMs }, what);
    return;
  }
  if (!outcomes.some(({ kind }) => kind === 'done')) return;
  await fileBrake.release();
  await brake.release();
}
