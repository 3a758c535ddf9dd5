/** Repetitions happen within a minute; at least so many different messages are remembered, far more than that. */
const generation = 50_000;

/** Counts how often something was said, forgetting what is long past. */
export class Occurrences {
  #now = new Map<string, number>();
  #before = new Map<string, number>();

  /** How often it has been counted, this time included. */
  count(id: string): number {
    const count = (this.#now.get(id) ?? this.#before.get(id) ?? 0) + 1;
    this.#now.set(id, count);
    if (this.#now.size >= generation) {
      this.#before = this.#now;
      this.#now = new Map();
    }
    return count;
  }
}
