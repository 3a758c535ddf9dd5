/** How long after an urgent one the others still leave room for the next. */
const rushMs = 250;
/** During a rush, the pause after a patient turn, as a multiple of its length. */
const rushPause = 1;

/**
 * One at a time, urgent ones first. The embedded database has one session and works in this thread: whoever answers a
 * webhook must not stand in line behind work that nobody waits for, and while webhooks come in that work takes at most
 * half of the time. It catches up when the rush is over.
 */
export class Turns {
  readonly #urgent: (() => void)[] = [];
  readonly #patient: (() => void)[] = [];
  #busy = false;
  #rushUntil = 0;
  #patientFrom = 0;
  #isTimed = false;

  /** Did an urgent one come a moment ago? */
  get isRush(): boolean {
    return performance.now() < this.#rushUntil;
  }

  /** Runs `work` when it is its turn. */
  async take<T>(work: () => Promise<T>, urgent = false): Promise<T> {
    if (urgent) this.#rushUntil = performance.now() + rushMs;
    await new Promise<void>((resolve) => {
      (urgent ? this.#urgent : this.#patient).push(resolve);
      this.#next();
    });
    const begun = performance.now();
    try {
      return await work();
    } finally {
      const ended = performance.now();
      if (!urgent && ended < this.#rushUntil) this.#patientFrom = ended + (ended - begun) * rushPause;
      this.#busy = false;
      this.#next();
    }
  }

  #next(): void {
    if (this.#busy) return;
    const wait = this.#patientFrom - performance.now();
    const start = this.#urgent.shift() ?? (wait <= 0 ? this.#patient.shift() : undefined);
    if (start !== undefined) {
      this.#busy = true;
      start();
    } else if (this.#patient.length > 0 && !this.#isTimed) {
      this.#isTimed = true;
      setTimeout(() => {
        this.#isTimed = false;
        this.#next();
      }, wait);
    }
  }
}
