import type { ExportedInteraction } from '../ledger/ledger.ts';
import { speakerOf } from './bubble.ts';

/** One chat of an export, as its list tells it. */
export interface ChatSummary {
  readonly id: string;
  name: string;
  readonly businessNumber: string;
  readonly source: string;
  count: number;
  /** ISO 8601 */
  readonly firstAt: string;
  lastAt: string;
}

/** What an export holds, gathered on the way through it: a few words for each chat, nothing for a message. */
export class Chats {
  readonly byId = new Map<string, ChatSummary>();
  interactions = 0;

  add(item: ExportedInteraction): void {
    const { interaction, conversation } = item;
    this.interactions += 1;
    const known = this.byId.get(conversation);
    const name = nameOf(item);
    if (known === undefined) {
      const { businessNumber, source, occurredAt } = interaction;
      const times = { firstAt: occurredAt, lastAt: occurredAt };
      this.byId.set(conversation, { id: conversation, name, businessNumber, source, count: 1, ...times });
      return;
    }
    known.count += 1;
    known.lastAt = interaction.occurredAt;
    // The newest name that somebody is known by; a number only where there is none.
    if (/\p{L}/u.test(name) || !/\p{L}/u.test(known.name)) known.name = name;
  }

  /** The firm's numbers in it. */
  numbers(): ReadonlySet<string> {
    return new Set([...this.byId.values()].map(({ businessNumber }) => businessNumber));
  }

  /** The one with the newest message first. */
  list(): ChatSummary[] {
    return [...this.byId.values()].sort((a, b) => (a.lastAt < b.lastAt ? 1 : -1));
  }
}

function nameOf(item: ExportedInteraction): string {
  const { interaction } = item;
  const { group } = interaction;
  if (group !== undefined) return group.subject ?? `group ${group.id}`;
  return speakerOf({ ...item, interaction: { ...interaction, direction: 'inbound' } }, { owner: undefined });
}
