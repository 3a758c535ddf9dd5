import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDataError } from './sql-error.ts';

/** How much one flush carries. */
export interface GroupLimits {
  /** weight of all batches in one flush; a single batch may be heavier */
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** A caller's batch and what it weighs. */
export interface Weighed {
  readonly rows: number;
  readonly bytes: number;
}

interface Waiting<B, R> {
  readonly batch: B;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/**
 * Joins what arrives while one flush runs into the next one: no timer, one flush in flight. A lone caller waits for
 * nobody, and the busier it gets the more callers share a commit.
 */
export class GroupCommit<B extends Weighed, R> {
  readonly #flush: (batches: readonly B[]) => Promise<readonly R[]>;
  readonly #limits: GroupLimits;
  #queue: Waiting<B, R>[] = [];
  #running: Promise<void> | undefined;

  /** @param flush commits these batches together and gives one result per batch, in their order */
  constructor(flush: (batches: readonly B[]) => Promise<readonly R[]>, limits: GroupLimits) {
    this.#flush = flush;
    this.#limits = limits;
  }

  /** Resolves when the batch is committed. A batch that the database refuses fails alone, not with its neighbours. */
  add(batch: B): Promise<R> {
    const result = new Promise<R>((resolve, reject) => this.#queue.push({ batch, resolve, reject }));
    this.#running ??= this.#drain();
    return result;
  }

  /** Resolves when nothing is waiting or running. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      // A turn of the event loop: requests whose bytes are here already share this flush.
      await nextTurn();
      await this.#commit(this.#take());
    }
    this.#running = undefined;
  }

  #take(): Waiting<B, R>[] {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const { batch } of this.#queue) {
      rows += batch.rows;
      bytes += batch.bytes;
      if (count > 0 && (rows > this.#limits.maxRows || bytes > this.#limits.maxBytes)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly Waiting<B, R>[]): Promise<void> {
    try {
      const results = await this.#flush(group.map(({ batch }) => batch));
      group.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      if (group.length > 1 && isDataError(error)) {
        for (const one of group) await this.#commit([one]);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }
}
