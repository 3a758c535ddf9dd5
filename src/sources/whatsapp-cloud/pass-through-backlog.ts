/** Something that must be made durable, and is tried until it is. */
type Work = () => Promise<void>;

const mostWaiting = 10_000;
const shortestPauseMs = 250;
const longestPauseMs = 30_000;

/**
 * What could not be recorded at once: tried again with a growing pause until it is recorded or the process ends. A full
 * backlog is for its owner to see: it must take on nothing more.
 */
export class Backlog {
  readonly #first = new Set<Promise<void>>();
  readonly #waiting: Work[] = [];
  #retrying: Promise<void> | undefined;
  #wakeUp: () => void = () => undefined;
  #closing = false;

  /** Tries at once, and goes on in the background. */
  add(work: Work): void {
    const trial: Promise<void> = this.#try(work).finally(() => this.#first.delete(trial));
    this.#first.add(trial);
  }

  get isFull(): boolean {
    return this.#waiting.length + this.#first.size >= mostWaiting;
  }

  /** Resolves when nothing waits any more. */
  async settle(): Promise<void> {
    while (this.#first.size > 0 || this.#waiting.length > 0) {
      await Promise.all([...this.#first, this.#retrying]);
    }
  }

  /** From now on pauses are short; `stop` ends them altogether, whatever waits. */
  hurry(): void {
    this.#closing = true;
    this.#wakeUp();
  }

  stop(): void {
    this.#waiting.length = 0;
    this.#wakeUp();
  }

  async #try(work: Work): Promise<void> {
    if (await attempt(work)) return;
    this.#waiting.push(work);
    this.#startRetrying();
  }

  #startRetrying(): void {
    this.#retrying ??= this.#retry().finally(() => {
      this.#retrying = undefined;
      if (this.#waiting.length > 0) this.#startRetrying();
    });
  }

  async #retry(): Promise<void> {
    let pauseMs = shortestPauseMs;
    for (let work = this.#waiting[0]; work !== undefined; work = this.#waiting[0]) {
      await this.#pause(this.#closing ? shortestPauseMs : pauseMs);
      // the others of the backlog follow without a pause once one has got through
      while (work !== undefined && (await attempt(work))) {
        this.#remove(work);
        pauseMs = shortestPauseMs;
        work = this.#waiting[0];
      }
      if (work === undefined) return;
      // one that can never be recorded must not hold up the others
      if (this.#remove(work)) this.#waiting.push(work);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
  }

  #remove(work: Work): boolean {
    const index = this.#waiting.indexOf(work);
    if (index >= 0) this.#waiting.splice(index, 1);
    return index >= 0;
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function attempt(work: Work): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}
