/** Why a source is left alone for a while. */
type PauseReason = 'wait' | 'stop' | 'down';

const firstMs: Readonly<Record<PauseReason, number>> = { wait: 10_000, stop: 15_000, down: 10_000 };
const longestMs: Readonly<Record<PauseReason, number>> = { wait: 600_000, stop: 300_000, down: 300_000 };

/** So many failures in a row, of whatever files, are the source's and not the files'. */
const downAfter = 4;

/** Leaves one source alone in this process while it refuses us, throttles us or is down. Grows until something succeeds. */
export class SourcePause {
  #until = 0;
  #pulls = 0;
  #failures = 0;

  get isOn(): boolean {
    return performance.now() < this.#until;
  }

  /** @returns milliseconds of the pause: what the source asked for, else growing with each pull in a row */
  pull(reason: PauseReason, askedMs?: number): number {
    if (!this.isOn) this.#pulls += 1;
    const grown = Math.min(firstMs[reason] * 2 ** Math.max(0, this.#pulls - 1), longestMs[reason]);
    const pauseMs = askedMs ?? grown;
    this.#until = Math.max(this.#until, performance.now() + pauseMs);
    return pauseMs;
  }

  /** One more answer that did not come. @returns whether the source as a whole is down */
  fail(): boolean {
    this.#failures += 1;
    return this.#failures >= downAfter;
  }

  succeed(): void {
    this.#failures = 0;
    if (!this.isOn) this.#pulls = 0;
  }
}
