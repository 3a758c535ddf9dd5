import type { Waiting } from '../pipeline/operations.ts';
import { shorten } from '../observe/shorten.ts';
import { waitingText } from '../observe/words.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export interface WaitingPage {
  readonly items: readonly Waiting[];
  readonly cursor?: string;
}

type Pages = (filter: { limit: number; cursor?: string }) => Promise<WaitingPage>;

const pageSize = 500;

/** Reads pages until there are `limit` items or no more. `more`: there would have been. */
export async function takePages(pages: Pages, limit: number): Promise<{ items: Waiting[]; more: boolean }> {
  const items: Waiting[] = [];
  let cursor: string | undefined;
  do {
    const page = await pages({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && items.length < limit);
  return { items: items.slice(0, limit), more: cursor !== undefined || items.length > limit };
}

/** Full keys for ids as the tables show them, their first digits. @throws UsageError for what is none or several */
export async function resolveKeys(ids: readonly string[], pages: Pages): Promise<string[]> {
  for (const id of ids) {
    if (!/^[0-9a-f]{6,64}$/.test(id))
      throw new UsageError(`"${id}" is not an id: at least 6 of its hex digits`);
  }
  if (ids.every((id) => id.length === 64)) return [...ids];
  const { items } = await takePages(pages, Infinity);
  const keys = [...new Set(items.map((item) => item.key))];
  return ids.map((id) => {
    const [found, second] = keys.filter((key) => key.startsWith(id));
    if (found === undefined)
      throw new UsageError(`nothing that waits there has an id that begins with ${id}`);
    if (second !== undefined) throw new UsageError(`several ids begin with ${id}; give more digits`);
    return found;
  });
}

/** `Maybe Ana Silva (Contact:003…)`, to be taken over into `parked assign`. */
function proposalText({ proposals = [] }: Waiting, show: (text: string) => string): string {
  const people = proposals.map(({ type, id, name }) => `${show(name)} (${type}:${id})`);
  return people.length === 0 ? '' : `Maybe ${people.join(', ')}`;
}

/** What waits, as a table; numbers of people are shortened unless `full`. */
export function formatWaiting(
  items: readonly Waiting[],
  full: boolean,
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const show = full ? (text: string) => text : shorten;
  return formatTable(
    [
      { head: 'id' },
      { head: 'when (UTC)' },
      { head: 'destination' },
      { head: 'who', wraps: true },
      { head: 'what', wraps: true },
      { head: 'why', wraps: true, lines: true },
    ],
    items.map((item) => [
      full ? item.key : item.key.slice(0, 12),
      item.occurredAt.slice(0, 16).replace('T', ' '),
      item.destination,
      show(item.person),
      show(item.title),
      [waitingText(item), proposalText(item, show)].filter(Boolean).join('\n'),
    ]),
    terminal,
  );
}
