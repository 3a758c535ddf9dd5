import { SourceError } from '../../core/source-errors.ts';

interface BudgetLimits {
  readonly errors: number;
  readonly withinMs: number;
  readonly pauseMs: number;
}

/** Stops asking before the other side blocks us for making too many errors. */
export class ErrorBudget {
  readonly #limits: BudgetLimits;
  readonly #now: () => number;
  #errors: number[] = [];
  #until = 0;

  constructor(limits: BudgetLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Runs `ask` and counts its SourceErrors. @throws SourceError `source-throttled` while there were too many */
  async spend<T>(ask: () => Promise<T>): Promise<T> {
    const waitMs = this.#until - this.#now();
    if (waitMs > 0) {
      throw new SourceError('source-throttled', 'Too many files failed; asking pauses.', {
        retryAfterMs: waitMs,
      });
    }
    try {
      return await ask();
    } catch (error) {
      if (error instanceof SourceError) this.#count();
      throw error;
    }
  }

  #count(): void {
    const now = this.#now();
    const { errors, withinMs, pauseMs } = this.#limits;
    this.#errors = [...this.#errors.filter((at) => at > now - withinMs), now];
    if (this.#errors.length < errors) return;
    this.#until = now + pauseMs;
    this.#errors = [];
  }
}
