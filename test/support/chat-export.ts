import { Readable } from 'node:stream';
import type { Person } from '../../src/core/interaction.ts';
import {
  readChat,
  type ChatItem,
  type DateOrder,
  type Parties,
} from '../../src/sources/chat-export/index.ts';

export const firm = '+15550783881';
export const ana: Person = { phone: '+4915123456789', name: 'Ana' };
export const parties: Parties = { me: 'Firm', people: new Map([['Ana', ana]]), person: ana };

/** Reads the text of a chat; without the lines that could not be read. */
export async function itemsOf(
  text: string,
  options: { zone?: string; dateOrder?: DateOrder; parties?: Parties } = {},
): Promise<ChatItem[]> {
  const file = { text: async () => Readable.from([Buffer.from(text)]) };
  const chosen = { businessNumber: firm, zone: 'UTC', dateOrder: 'dmy' as const, parties, ...options };
  const items: ChatItem[] = [];
  for await (const batch of readChat(file, chosen)) {
    for (const item of batch) if (!('unreadable' in item)) items.push(item);
  }
  return items;
}
