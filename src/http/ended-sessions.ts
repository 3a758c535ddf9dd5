import type { ConsoleOperations } from '../pipeline/operations.ts';

/** How long what is known of sign-outs is taken for all of them. */
const freshMs = 2_000;
const pageSize = 50;
const dayMs = 86_400_000;

/**
 * Sessions that somebody ended before their time. A session is not kept on the server; that it was ended is: in the audit
 * log, which every process reads, at most every two seconds and only while somebody is signed in.
 */
export class EndedSessions {
  readonly #operations: Pick<ConsoleOperations, 'audit'>;
  readonly #lastsMs: number;
  readonly #now: () => number;
  /** name of a session, and when it would have ended anyway */
  readonly #ended = new Map<string, number>();
  #newest = 0;
  #readAt = -Infinity;
  #reading: Promise<void> | undefined;

  /** @param lastsMs the longest that a session lasts */
  constructor(
    operations: Pick<ConsoleOperations, 'audit'>,
    lastsMs: number,
    now: () => number = () => Date.now(),
  ) {
    this.#operations = operations;
    this.#lastsMs = lastsMs;
    this.#now = now;
  }

  /** In this process from now on, whatever becomes of the entry in the audit log. */
  end(session: string): void {
    this.#ended.set(session, this.#now() + this.#lastsMs);
  }

  /** @throws when it cannot be looked up: then nobody is let in by a session */
  async has(session: string): Promise<boolean> {
    if (!this.#ended.has(session) && this.#now() - this.#readAt >= freshMs) await this.#read();
    return this.#ended.has(session);
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  /** From the newest back to what is known. The newest page is always read whole: ids may become visible out of turn. */
  async #readOn(): Promise<void> {
    const at = this.#now();
    const from = new Date(at - this.#lastsMs - dayMs).toISOString().slice(0, 10);
    const known = this.#newest;
    let cursor: string | undefined;
    do {
      const page = await this.#operations.audit({
        action: 'session.sign-out',
        from,
        limit: pageSize,
        ...(cursor !== undefined && { cursor }),
      });
      for (const { id, detail } of page.items) {
        this.#newest = Math.max(this.#newest, id);
        if (typeof detail['session'] === 'string' && !this.#ended.has(detail['session']))
          this.end(detail['session']);
      }
      cursor = page.items.some(({ id }) => id <= known) ? undefined : page.cursor;
    } while (cursor !== undefined);
    for (const [session, until] of this.#ended) if (until < at) this.#ended.delete(session);
    this.#readAt = at;
  }
}
