/** Remembers a limited number of things for a limited time; those that were not asked for the longest go first. */
export class Recent<V> {
  readonly #kept = new Map<string, { readonly value: V; readonly until: number }>();
  readonly #most: number;
  readonly #keepMs: number;
  readonly #now: () => number;

  constructor(most: number, keepMs: number, now: () => number = Date.now) {
    this.#most = most;
    this.#keepMs = keepMs;
    this.#now = now;
  }

  get(name: string): V | undefined {
    const found = this.#kept.get(name);
    if (found === undefined) return undefined;
    this.#kept.delete(name);
    if (found.until <= this.#now()) return undefined;
    this.#kept.set(name, found);
    return found.value;
  }

  set(name: string, value: V): void {
    this.#kept.delete(name);
    this.#kept.set(name, { value, until: this.#now() + this.#keepMs });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#most && oldest !== undefined) this.#kept.delete(oldest);
  }

  delete(name: string): void {
    this.#kept.delete(name);
  }

  /** Forgets whatever the test says yes to. */
  deleteWhere(test: (value: V) => boolean): void {
    for (const [name, { value }] of this.#kept) if (test(value)) this.#kept.delete(name);
  }
}
