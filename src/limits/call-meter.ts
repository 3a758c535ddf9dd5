import { AsyncLocalStorage } from 'node:async_hooks';

/** Tells how many calls of a CRM a piece of work made, whatever else this process does meanwhile. */
export class CallMeter {
  readonly #running = new AsyncLocalStorage<{ calls: number }>();

  /** One call was made; called by whoever makes it. */
  count(): void {
    const running = this.#running.getStore();
    if (running !== undefined) running.calls += 1;
  }

  /** @param spent is told the calls that the work made, also when it failed */
  async measure<T>(work: () => Promise<T>, spent: (calls: number) => Promise<void>): Promise<T> {
    const running = { calls: 0 };
    try {
      return await this.#running.run(running, work);
    } finally {
      await spent(running.calls);
    }
  }
}
