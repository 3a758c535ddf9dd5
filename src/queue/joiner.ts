interface Batch {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Lane {
  next: Batch | undefined;
  endPause: () => void;
  done: Promise<void>;
}

/**
 * Joins bursts: the first call of a key is sent at once; those that come within the window, or while a send runs, go
 * together with one more send after it. A call never joins a send that has already begun: its job may have run by then.
 */
export class Joiner {
  readonly #windowMs: number;
  readonly #lanes = new Map<string, Lane>();
  #closed = false;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Resolves when a send that began after this call is done; rejects with that send's error. */
  join(key: string, send: () => Promise<void>): Promise<void> {
    let lane = this.#lanes.get(key);
    if (lane) {
      lane.next ??= makeBatch();
      return lane.next.promise;
    }
    const batch = makeBatch();
    lane = { next: batch, endPause: () => undefined, done: Promise.resolve() };
    this.#lanes.set(key, lane);
    lane.done = this.#run(key, lane, send);
    return batch.promise;
  }

  /** Sends at once what waits, and resolves when it is sent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) lane.endPause();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.done));
  }

  async #run(key: string, lane: Lane, send: () => Promise<void>): Promise<void> {
    while (lane.next) {
      const batch = lane.next;
      lane.next = undefined;
      const sent = send().then(batch.resolve, batch.reject);
      await Promise.all([sent, this.#pause(lane)]);
    }
    this.#lanes.delete(key);
  }

  #pause(lane: Lane): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#windowMs);
      lane.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function makeBatch(): Batch {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // A caller that does not wait for its wake-up must not bring the process down.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
