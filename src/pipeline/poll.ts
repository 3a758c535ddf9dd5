import { SourceError, sourceErrorTable, sourceFateOf, type SourceErrorCode } from '../core/source-errors.ts';
import type { Ledger, PollState } from '../ledger/ledger.ts';
import type { PollSource } from '../sources/source.ts';
import { record, type CaptureDeps } from './capture.ts';

export interface PollDeps extends Omit<CaptureDeps, 'ledger'> {
  readonly ledger: CaptureDeps['ledger'] &
    Pick<Ledger, 'clock' | 'known' | 'pollStates' | 'putPollState' | 'alerts' | 'setAlert'>;
  readonly polls: ReadonlyMap<string, PollSource>;
  /** failures in a row per source and stream, of this process; empty at first */
  readonly failures: Map<string, number>;
  readonly log: { info(fields: object, text: string): void; warn(fields: object, text: string): void };
}

/** Where the source asks to slow down without saying for how long. */
const throttlePauseMs = 60_000;
const firstRetryMs = 5_000;
const longestPauseMs = 300_000;
/** A source that asks for more is asked again after this. */
const longestAskedMs = 3_600_000;

/** Streams of a source that may and should be asked now: their time has come and no pause lasts. */
export function dueStreams(
  poll: Pick<PollSource, 'streams' | 'everyMs'>,
  states: readonly PollState[],
  now: number,
): string[] {
  return poll.streams.filter((stream) => {
    const { polledAt, notBefore } = stateOf(states, stream);
    const isPaused = notBefore !== undefined && now < Date.parse(notBefore);
    return !isPaused && (polledAt === undefined || now - Date.parse(polledAt) >= poll.everyMs);
  });
}

/**
 * Asks a source for what happened, stream by stream, and puts it through the same way into the ledger as its webhooks.
 * The cursor follows the events: a crash between the two repeats a page, whose events are there already.
 * @throws when the ledger cannot be used, or for what is no {@link SourceError}
 */
export async function pollAll(deps: PollDeps, sourceId: string, signal: AbortSignal): Promise<void> {
  const poll = deps.polls.get(sourceId);
  if (poll === undefined) return;
  let caughtUp = false;
  for (const stream of poll.streams) {
    // Read for each anew: what the last one met may hold back all of the source.
    const states = await deps.ledger.pollStates(sourceId);
    if (signal.aborted) return;
    if (!dueStreams(poll, states, await deps.ledger.clock()).includes(stream)) continue;
    const done = await pollStream(deps, poll, stream, stateOf(states, stream).cursor, signal);
    caughtUp ||= done;
  }
  if (caughtUp) await endAlerts(deps, poll);
}

/** Ends pauses of sources whose alert is raised: a start is a new try for whoever has mended the credentials. */
export async function forgetPollPauses(deps: Pick<PollDeps, 'ledger' | 'polls'>): Promise<void> {
  const raised = new Set((await deps.ledger.alerts()).filter(isOurs).map(({ source }) => source));
  for (const { id } of [...deps.polls.values()].filter((poll) => raised.has(poll.id))) {
    for (const { stream } of await deps.ledger.pollStates(id)) {
      await deps.ledger.putPollState(id, stream, { pauseMs: 0 });
    }
  }
}

/** @returns whether it has seen everything for now */
async function pollStream(
  deps: PollDeps,
  poll: PollSource,
  stream: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { ledger, failures, log } = deps;
  const known = (keys: readonly string[]) => ledger.known(keys);
  let events = 0;
  try {
    for await (const page of poll.pages(stream, { cursor, now: new Date(), signal, known })) {
      events += await record(deps, poll.id, page.drafts);
      await ledger.putPollState(poll.id, stream, { cursor: page.cursor });
      failures.delete(failureKey(poll, stream));
      // What is left goes on from the cursor, in whatever process comes next.
      if (signal.aborted) return false;
    }
  } catch (error) {
    if (signal.aborted) return false;
    if (!(error instanceof SourceError)) throw error;
    await hold(deps, poll, stream, error);
    return false;
  }
  failures.delete(failureKey(poll, stream));
  await ledger.putPollState(poll.id, stream, { caughtUp: true });
  if (events > 0) log.info({ source: poll.id, stream, events }, 'the poll found events');
  return true;
}

/** Pauses after an error as its fate says: the stream, or all of the source when it asks to slow down. */
async function hold(deps: PollDeps, poll: PollSource, stream: string, error: SourceError): Promise<void> {
  const { ledger, failures, log } = deps;
  const { code, message } = error;
  const fate = sourceFateOf(code);
  const key = failureKey(poll, stream);
  const inARow = (failures.get(key) ?? 0) + 1;
  failures.set(key, inARow);
  const pauseMs = pauseOf(fate, inARow, error.retryAfterMs);
  const held = fate === 'wait' ? poll.streams : [stream];
  for (const each of held) await ledger.putPollState(poll.id, each, { pauseMs });
  log.warn({ source: poll.id, stream, code, pauseMs, reason: message }, 'the source could not be polled');
  if (fate === 'stop') {
    await ledger.setAlert({ source: poll.id, subject: '', code, raised: true, text: message });
  }
}

function pauseOf(fate: ReturnType<typeof sourceFateOf>, inARow: number, askedMs: number | undefined): number {
  if (fate === 'stop') return longestPauseMs;
  if (askedMs !== undefined) return Math.min(askedMs, longestAskedMs);
  return fate === 'wait' ? throttlePauseMs : Math.min(firstRetryMs * 2 ** (inARow - 1), longestPauseMs);
}

/** Ends the source's alerts once no stream of it is held back: one list that answers says nothing about another. */
async function endAlerts({ ledger }: PollDeps, poll: PollSource): Promise<void> {
  const raised = (await ledger.alerts()).filter((alert) => alert.source === poll.id && isOurs(alert));
  if (raised.length === 0) return;
  const states = await ledger.pollStates(poll.id);
  const now = await ledger.clock();
  const isHeld = (stream: string) => Date.parse(stateOf(states, stream).notBefore ?? '') > now;
  if (poll.streams.some(isHeld)) return;
  for (const { source, subject, code, text } of raised) {
    await ledger.setAlert({ source, subject, code, raised: false, text });
  }
}

/** Alerts that a poll raises: about the source as a whole, because it refuses us. */
function isOurs({ subject, code }: { readonly subject: string; readonly code: string }): boolean {
  return (
    subject === '' &&
    Object.hasOwn(sourceErrorTable, code) &&
    sourceFateOf(code as SourceErrorCode) === 'stop'
  );
}

function stateOf(states: readonly PollState[], stream: string): PollState {
  return states.find((state) => state.stream === stream) ?? { stream };
}

function failureKey({ id }: PollSource, stream: string): string {
  return `${id} ${stream}`;
}
