/** Repetitions happen within a minute; so many different messages are remembered, which is far more than that. */
const mostRemembered = 50_000;

/** Counts how often something was said, forgetting what is long past. */
export class Occurrences {
  readonly #counts = new Map<string, number>();

  /** How often it has been counted, this time included. */
  count(id: string): number {
    const count = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, count);
    if (this.#counts.size > mostRemembered) {
      for (const oldest of this.#counts.keys()) {
        this.#counts.delete(oldest);
        break;
      }
    }
    return count;
  }
}
