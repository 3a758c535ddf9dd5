import type { FileResult } from '../core/interaction.ts';
import { hashKey } from '../core/key.ts';
import { SourceError, sourceErrorTable, sourceFateOf, type SourceErrorCode } from '../core/source-errors.ts';
import { FileTooLargeError, type FileStore } from '../files/file-store.ts';
import type { AppendEvent, Ledger, MediaTask } from '../ledger/ledger.ts';
import type { Queue } from '../queue/queue.ts';
import type { MediaSource } from '../sources/source.ts';
import type { MediaAlerts } from './media-alerts.ts';
import { isTypeAllowed, readHash } from './media-checks.ts';
import type { SourcePause } from './source-pause.ts';

export interface MediaDeps {
  readonly ledger: Pick<Ledger, 'append' | 'claimMedia' | 'settleMedia'>;
  readonly queue: Pick<Queue, 'wake'>;
  readonly files: FileStore;
  readonly source: MediaSource;
  /** of this source, kept from one wake-up to the next */
  readonly pause: SourcePause;
  readonly alerts: MediaAlerts;
  readonly maxBytes: number;
  /** MIME types that are kept; empty: all */
  readonly types: readonly string[];
  /** names this process in leases */
  readonly owner: string;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
  /** milliseconds that one file may take; 10 min */
  readonly fileMs?: number;
}

type Fetched = Exclude<FileResult, { state: 'removed' }>;
type Stored = Extract<FileResult, { state: 'stored' }>;

const lanes = 4;
const fileMsDefault = 600_000;
const maxAttempts = 8;
/** A file that comes so often with another hash than the one it was announced with is kept as it is. */
const maxWrongHashes = 3;
const storePauseMs = 30_000;

/** Milliseconds before try n + 1: 30 s, 2.5 min, 12.5 min, 1 h, 5 h, 26 h, 48 h. Eight tries take more than three days. */
export function mediaRetryDelay(attempt: number): number {
  return Math.min(30_000 * 5 ** (attempt - 1), 172_800_000);
}

/**
 * Step 6: fetches what is due of one source, checks it, keeps it and says so in the ledger, four files at a time. The
 * activities of these files do not wait for it. Ends when nothing is due or the source is to be left alone.
 * @throws when the ledger cannot be used
 */
export async function fetchMedia(deps: MediaDeps, signal: AbortSignal): Promise<void> {
  const leaseMs = (deps.fileMs ?? fileMsDefault) + 60_000;
  const lane = async () => {
    while (!signal.aborted && !deps.pause.isOn) {
      const [task] = await deps.ledger.claimMedia([deps.source.id], 1, deps.owner, leaseMs);
      if (task === undefined) return;
      await fetchOne(deps, task, signal);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function fetchOne(deps: MediaDeps, task: MediaTask, signal: AbortSignal): Promise<void> {
  const started = Date.now();
  let stored: Stored;
  try {
    stored = await bring(deps, task, signal);
  } catch (error) {
    if (signal.aborted) return putBack(deps, task, { delayMs: 0, burn: false, code: 'stopped' });
    if (error instanceof SourceError) return giveUpOrWait(deps, task, error);
    return storeFailed(deps, task, error);
  }
  deps.pause.succeed();
  await tell(deps, task, stored);
  deps.log.info(
    { source: deps.source.id, bytes: stored.size, durationMs: Date.now() - started },
    'file kept',
  );
  await deps.alerts.succeed(deps.source.id);
}

/** Fetches one file into the store. @throws SourceError; whatever the store says */
async function bring(deps: MediaDeps, task: MediaTask, signal: AbortSignal): Promise<Stored> {
  const { media, businessNumber, providerId } = task;
  const { source, types, maxBytes, files } = deps;
  if (media.mimeType !== undefined) checkType([media.mimeType], types);
  const tooLong = AbortSignal.timeout(deps.fileMs ?? fileMsDefault);
  const limits = { maxBytes, signal: AbortSignal.any([signal, tooLong]) };
  try {
    const fetched = await source.fetchMedia({ media, businessNumber, providerId }, limits);
    fetched.stream.once('error', () => undefined);
    const mimeType = media.mimeType ?? fetched.mimeType;
    const fileName = media.fileName ?? fetched.fileName;
    try {
      checkType([media.mimeType, fetched.mimeType], types);
    } catch (error) {
      fetched.stream.destroy();
      throw error;
    }
    const kept = await files.put(fetched.stream, maxBytes);
    await checkHash(deps, task, kept.sha256, [media.sha256, fetched.sha256]);
    return { state: 'stored', ...kept, ...(mimeType && { mimeType }), ...(fileName && { fileName }) };
  } catch (error) {
    if (error instanceof FileTooLargeError) throw new SourceError('media-too-large', '');
    if (tooLong.aborted && !signal.aborted) {
      throw new SourceError('source-unavailable', 'The file took too long.');
    }
    throw error;
  }
}

function checkType(said: readonly (string | undefined)[], types: readonly string[]): void {
  if (!isTypeAllowed(said, types)) throw new SourceError('media-type-refused', '');
}

/** Another hash than the announced ones: fetched again, and in the end kept with an alert. Nothing that came is dropped. */
async function checkHash(
  { alerts, source, log }: MediaDeps,
  { attempts, key }: MediaTask,
  sha256: string,
  announced: readonly (string | undefined)[],
): Promise<void> {
  const isWrong = announced.map(readHash).some((hash) => hash !== undefined && hash !== sha256);
  if (!isWrong) return;
  if (attempts + 1 < maxWrongHashes) throw new SourceError('media-hash-wrong', '');
  log.warn({ source: source.id, interaction: key, code: 'media-hash-wrong' }, 'file kept with a wrong hash');
  const text = `${sourceErrorTable['media-hash-wrong'].text} It was kept as it came (interaction ${key}).`;
  await alerts.raise(source.id, 'media-hash-wrong', text);
}

/** What the fate of an error means for one file. */
async function giveUpOrWait(deps: MediaDeps, task: MediaTask, error: SourceError): Promise<void> {
  const { source, pause, alerts, log } = deps;
  const { code, message, retryAfterMs } = error;
  const fate = sourceFateOf(code);
  const attempt = task.attempts + 1;
  log.warn({ source: source.id, interaction: task.key, code, attempt, reason: message }, 'file not fetched');
  if (fate === 'stop' || code === 'media-address-refused') await alerts.raise(source.id, code, message);
  // A clear no is an answer: the source is not down.
  if (code === 'media-expired') pause.succeed();
  if (code === 'media-expired' && isKeptYet(deps, task) && attempt < maxAttempts) {
    return hopeFor(deps, task, code, attempt);
  }
  if (fate === 'give-up') return giveUp(deps, task, code);
  if (fate !== 'wait' && isTooOld(deps, task)) return giveUp(deps, task, 'media-unavailable');
  if (fate === 'wait' || fate === 'stop') {
    return putBack(deps, task, { delayMs: pause.pull(fate, retryAfterMs), burn: false, code });
  }
  if (code === 'source-unavailable' && pause.fail()) {
    return putBack(deps, task, { delayMs: pause.pull('down', retryAfterMs), burn: false, code });
  }
  if (attempt >= maxAttempts) return giveUp(deps, task, 'media-unavailable');
  const delayMs = Math.max(mediaRetryDelay(attempt), retryAfterMs ?? 0);
  return putBack(deps, task, { delayMs, burn: true, code });
}

function isKeptYet({ source: { keepsMs } }: MediaDeps, { addedAt }: MediaTask): boolean {
  return keepsMs !== undefined && Date.now() - Date.parse(addedAt) <= keepsMs;
}

/**
 * "There is no such file" about one that the provider should still have may as well mean that the token does not see it
 * (Meta answers both alike): it is told as missing at once, and asked for again in case somebody mends the token.
 */
async function hopeFor(
  deps: MediaDeps,
  task: MediaTask,
  code: SourceErrorCode,
  attempt: number,
): Promise<void> {
  const { source, alerts } = deps;
  const hint = 'The provider says there are no such files, too early. May the token see this number?';
  await alerts.raise(source.id, code, hint);
  await append(deps, task, { state: 'missing', code, text: sourceErrorTable[code].text });
  await putBack(deps, task, { delayMs: mediaRetryDelay(attempt), burn: true, code });
}

function isTooOld({ source: { keepsMs } }: MediaDeps, { addedAt }: MediaTask): boolean {
  return keepsMs !== undefined && Date.now() - Date.parse(addedAt) > keepsMs;
}

/** The disk is full or gone: no file's fault, and none is asked for until it is tried again. */
async function storeFailed(deps: MediaDeps, task: MediaTask, error: unknown): Promise<void> {
  const { source, pause, alerts, log } = deps;
  const reason = (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : 'unknown');
  log.warn({ source: source.id, interaction: task.key, reason }, 'the file could not be kept');
  await alerts.raise(source.id, 'file-store-failed', `Files cannot be kept here: ${reason}.`);
  await putBack(deps, task, {
    delayMs: pause.pull('down', storePauseMs),
    burn: false,
    code: 'file-store-failed',
  });
}

function putBack(
  { ledger, owner }: MediaDeps,
  { key, media }: MediaTask,
  again: { readonly delayMs: number; readonly burn: boolean; readonly code: string },
): Promise<void> {
  return ledger.settleMedia({ key, mediaId: media.id }, { to: 'waiting', ...again }, owner);
}

function giveUp(deps: MediaDeps, task: MediaTask, code: SourceErrorCode): Promise<void> {
  return tell(deps, task, { state: 'missing', code, text: sourceErrorTable[code].text });
}

/** The result becomes an event first: a crash before the task is done fetches again and appends nothing. */
async function tell(deps: MediaDeps, task: MediaTask, result: Fetched): Promise<void> {
  await append(deps, task, result);
  await deps.ledger.settleMedia({ key: task.key, mediaId: task.media.id }, { to: 'done' }, deps.owner);
}

async function append({ ledger, queue, log }: MediaDeps, task: MediaTask, result: Fetched): Promise<void> {
  await ledger.append([eventOf(task, result)], []);
  queue
    .wake({ kind: 'process' })
    .catch(() => log.warn({}, 'the queue cannot be woken; the tick will find the work'));
}

function eventOf(task: MediaTask, result: Fetched): AppendEvent {
  const { key, source, sourceKind, businessNumber, providerId, media } = task;
  const what = result.state === 'stored' ? result.sha256 : result.code;
  return {
    source,
    sourceKind,
    kind: 'media',
    dedupeKey: hashKey(sourceKind, businessNumber, 'media', providerId, media.id, result.state, what),
    businessNumber,
    interactionKey: key,
    providerId,
    occurredAt: new Date().toISOString(),
    payload: { mediaId: media.id, result },
  };
}
