import { CrmError, fateOf, type ErrorCode } from '../core/errors.ts';
import type { Outcome } from '../core/outcome.ts';

const firstPause: Partial<Record<ErrorCode, number>> = {
  'rate-limited': 10_000,
  'quota-used-up': 300_000,
  'share-used-up': 300_000,
  unavailable: 2_000,
  'answer-lost': 2_000,
  'auth-failed': 15_000,
  'certificate-wrong': 15_000,
};
const longestPause: Partial<Record<ErrorCode, number>> = {
  'rate-limited': 60_000,
  'quota-used-up': 3_600_000,
  'share-used-up': 3_600_000,
  unavailable: 60_000,
  'answer-lost': 60_000,
};

/** What a brake tells about its destination. */
export interface BrakeNews {
  readonly state: 'running' | 'waiting' | 'stopped';
  readonly pauseMs?: number;
  readonly code?: ErrorCode;
  readonly reason?: string;
}

/**
 * Holds one destination back in this process, and tells the ledger so for all others. The pause grows while nothing gets
 * through, and ends with a success.
 */
export class Brake {
  #until = 0;
  #pulls = 0;
  #lostInARow = 0;
  // After a start nobody knows what an earlier process wrote about this destination: the first success says it anew.
  #told = true;
  readonly #tell: (news: BrakeNews) => Promise<void>;

  constructor(tell: (news: BrakeNews) => Promise<void>) {
    this.#tell = tell;
  }

  get isOn(): boolean {
    return performance.now() < this.#until;
  }

  /** @returns milliseconds of the pause: what the other side asked for, else growing with each pull in a row */
  async pull(code: ErrorCode, reason: string, askedMs?: number): Promise<number> {
    if (!this.isOn) this.#pulls += 1;
    const grown = (firstPause[code] ?? 30_000) * 2 ** Math.max(0, this.#pulls - 1);
    const pauseMs = askedMs ?? Math.min(grown, longestPause[code] ?? 300_000);
    this.#until = Math.max(this.#until, performance.now() + pauseMs);
    this.#told = true;
    await this.#tell({ state: fateOf(code) === 'stop' ? 'stopped' : 'waiting', pauseMs, code, reason });
    return pauseMs;
  }

  /** Calls went out, several in a row, and of none anything came back: that is no fault of what was in them. */
  get isLosing(): boolean {
    return this.#lostInARow > 1;
  }

  /** Nothing came back of a call. Once may happen; when it happens again, the destination is left alone for a while. */
  async lose(reason: string): Promise<void> {
    this.#lostInARow += 1;
    if (this.isLosing) await this.pull('answer-lost', reason);
  }

  /** After a success. */
  async release(): Promise<void> {
    this.#lostInARow = 0;
    // A success of a call that began before the brake was pulled proves nothing.
    if (this.isOn || !this.#told) return;
    this.#pulls = 0;
    this.#told = false;
    await this.#tell({ state: 'running' });
  }
}

/** A destination that is throttled, down or refuses us as a whole pauses as a whole. */
export async function brakeAfter(brake: Brake, outcomes: readonly Outcome[]): Promise<void> {
  const isDelivered = outcomes.some(({ kind }) => kind === 'delivered');
  const lost = isDelivered ? undefined : outcomes.find((one) => one.kind === 'unknown');
  if (lost !== undefined) await brake.lose(lost.reason);
  for (const outcome of outcomes) {
    if (outcome.kind === 'delivered' || !['wait', 'stop'].includes(fateOf(outcome.code))) continue;
    // What was not sent since nothing came back of the call before it waits for the same cause.
    const { code, reason } = lost !== undefined && outcome.code === 'unavailable' ? lost : outcome;
    await brake.pull(code, reason, outcome.kind === 'throttled' ? outcome.retryAfterMs : undefined);
    return;
  }
  if (isDelivered) await brake.release();
}

/** What an adapter threw, in the words of the error table. An error that is none of ours counts as an outage. */
export function describeError(error: unknown): { code: ErrorCode; reason: string; retryAfterMs?: number } {
  if (!(error instanceof CrmError)) {
    return { code: 'unavailable', reason: error instanceof Error ? error.name : 'unknown error' };
  }
  const { code, message, retryAfterMs } = error;
  return { code, reason: message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** What was thrown in the place of an answer holds the destination back, and says so. */
export async function pauseFor(
  {
    brake,
    destination,
    log,
  }: {
    readonly brake: Brake;
    readonly destination: { readonly id: string };
    readonly log: { warn(fields: object, text: string): void };
  },
  error: unknown,
): Promise<void> {
  const { code, reason, retryAfterMs } = describeError(error);
  const pauseMs = await brake.pull(code, reason, retryAfterMs);
  log.warn({ destination: destination.id, code, reason, pauseMs }, 'destination waits');
}
