/** Addresses that a live look-up did not find, for a while: a stranger who writes ten messages costs one call. */
export class UnknownLately {
  readonly #until = new Map<string, number>();
  readonly #ttlMs: number;
  readonly #limit: number;

  constructor(ttlMs = 600_000, limit = 100_000) {
    this.#ttlMs = ttlMs;
    this.#limit = limit;
  }

  has(address: string): boolean {
    const until = this.#until.get(address);
    return until !== undefined && until > performance.now();
  }

  add(address: string): void {
    // A Map keeps the order of insertion: the first one is the oldest.
    if (this.#until.size >= this.#limit) this.#until.delete(this.#until.keys().next().value as string);
    this.#until.set(address, performance.now() + this.#ttlMs);
  }
}
