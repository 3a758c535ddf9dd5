import type { ConsoleOperations } from '../pipeline/operations.ts';
import { mayRead, type Identity } from './identity.ts';

/** Whoever has a chat open asks for it again and again: that is one look. */
const lookMs = 10 * 60_000;
const mostRemembered = 20_000;

/** Keeps in the audit log who looked at which chats, before the answer goes out. */
export class Looks {
  readonly #operations: Pick<ConsoleOperations, 'keepAudit'>;
  readonly #now: () => number;
  readonly #seen = new Map<string, number>();

  constructor(operations: Pick<ConsoleOperations, 'keepAudit'>, now: () => number = Date.now) {
    this.#operations = operations;
    this.#now = now;
  }

  /** @throws when it cannot be kept: then nothing may be shown */
  async note(
    identity: Pick<Identity, 'actor' | 'roles' | 'via'>,
    conversations: readonly string[],
  ): Promise<void> {
    const { actor } = identity;
    const now = this.#now();
    const fresh = [...new Set(conversations)].filter((id) => {
      const last = this.#seen.get(`${actor} ${id}`);
      return last === undefined || now - last >= lookMs;
    });
    if (fresh.length === 0) return;
    const [only] = fresh;
    await this.#operations.keepAudit({
      actor,
      action: 'conversation.view',
      subject: fresh.length === 1 ? (only ?? '') : '',
      detail: { ...(fresh.length > 1 && { conversations: fresh }), withText: mayRead({ ...identity }) },
    });
    for (const id of fresh) this.#remember(`${actor} ${id}`, now);
  }

  #remember(look: string, now: number): void {
    this.#seen.delete(look);
    this.#seen.set(look, now);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > mostRemembered && !oldest.done) this.#seen.delete(oldest.value);
  }
}
