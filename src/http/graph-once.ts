import { createHash } from 'node:crypto';
import type { ForwardAnswer, ForwardRequest } from '../sources/source.ts';

const keepMs = 10 * 60 * 1000;
const mostKept = 1_000;

/** One request on its way, and whether its sender is still there to hear the answer. */
interface Entry {
  readonly answer: Promise<ForwardAnswer>;
  isHeard: boolean;
  /** milliseconds since 1970; of an answer that nobody heard */
  until: number;
}

/** A request's share in an answer. Exactly one of `delivered` and `gone` must be called. */
export interface Ticket {
  readonly answer: Promise<ForwardAnswer>;
  /** it is the answer to an earlier request, whose sender did not hear it */
  readonly isReplay: boolean;
  delivered(): void;
  gone(): void;
}

/**
 * Keeps an impatient sender from sending twice: the answer that it did not wait for goes to the identical request that
 * follows within ten minutes. A request that follows a heard answer is a new one, since people do say the same twice.
 */
export class Once {
  readonly #entries = new Map<string, Entry[]>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param key {@link requestKey} */
  begin(key: string, start: () => Promise<ForwardAnswer>): Ticket {
    this.#forgetOld();
    const unheard = this.#entries.get(key)?.find((entry) => !entry.isHeard);
    if (unheard) {
      unheard.isHeard = true;
      return this.#ticket(key, unheard, true);
    }
    const entry: Entry = { answer: start(), isHeard: true, until: Infinity };
    this.#entries.set(key, [...(this.#entries.get(key) ?? []), entry]);
    return this.#ticket(key, entry, false);
  }

  #ticket(key: string, entry: Entry, isReplay: boolean): Ticket {
    return {
      answer: entry.answer,
      isReplay,
      delivered: () => this.#remove(key, entry),
      gone: () => void this.#keep(key, entry),
    };
  }

  async #keep(key: string, entry: Entry): Promise<void> {
    entry.isHeard = false;
    const answer = await entry.answer.catch(() => undefined);
    entry.until = this.#now() + keepMs;
    // what was surely not sent is to be sent by the next request
    if (!entry.isHeard && !maySend(answer)) this.#remove(key, entry);
  }

  #remove(key: string, entry: Entry): void {
    const rest = (this.#entries.get(key) ?? []).filter((one) => one !== entry);
    if (rest.length > 0) this.#entries.set(key, rest);
    else this.#entries.delete(key);
  }

  #forgetOld(): void {
    const unheard = [...this.#entries].flatMap(([key, entries]) =>
      entries.filter((entry) => !entry.isHeard).map((entry) => ({ key, entry })),
    );
    const tooMany = unheard.length - mostKept;
    unheard.forEach(({ key, entry }, index) => {
      if (entry.until < this.#now() || index < tooMany) this.#remove(key, entry);
    });
  }
}

function maySend(answer: ForwardAnswer | undefined): boolean {
  if (answer === undefined || answer.headers['x-wcs-outcome'] === 'not-sent') return false;
  return answer.status < 400 || answer.status >= 500;
}

/** The same for the same request of the same sender to the same source. */
export function requestKey(source: string, { method, url, headers, body }: ForwardRequest): string {
  const parts = [source, method, url, headers['authorization'], headers['d360-api-key']];
  return createHash('sha256').update(JSON.stringify(parts)).update('\n').update(body).digest('hex');
}
