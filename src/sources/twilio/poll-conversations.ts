import type { EventDraft, PollContext, PollPage } from '../source.ts';
import type { OwnNumbers } from './address.ts';
import { query, type Client } from './client.ts';
import { readConversationCursor, withSeen, type ConversationCursor } from './conversation-cursor.ts';
import { draftConversation, type Talk } from './conversation-drafts.ts';
import { createMemo } from './memo.ts';
import { talkOf } from './conversation-participants.ts';
import {
  conversationItem,
  conversationMessageItem,
  conversationMessagesPage,
  conversationsPage,
  receiptsPage,
} from './payload.ts';
import { isoTime } from './times.ts';

/** What the Conversations API is read with. */
export interface ConversationsOptions {
  readonly client: Client;
  readonly lookBackMs: number;
  readonly businessNumbers: OwnNumbers;
}

const pageSize = 100;
const wideEveryMs = 3_600_000;

/**
 * Conversations, and of each the messages since the last one that was read (Twilio docs, Conversations API: no filter
 * by time, pages of 100, absolute `next_page_url`). An account's messages are read from here or from the Messages list
 * and never from both: a message of a conversation has a sid in each, IM… and SM…, and would be logged twice.
 */
export function createConversationsList(
  options: ConversationsOptions,
): (context: PollContext) => AsyncIterable<PollPage> {
  const talks = createMemo<Talk | 'none'>({ most: 1_000 });
  const receipts = createMemo<readonly unknown[]>({ most: 5_000 });
  return async function* pages(context) {
    const begun = readConversationCursor(context.cursor);
    const run = runOf(begun, context.now, options.lookBackMs);
    let cursor = begun;
    let path: string | undefined = `/v1/Conversations${query({ PageSize: pageSize })}`;
    while (path !== undefined) {
      const page: { conversations: unknown[]; meta: { next_page_url?: string | undefined } } =
        await options.client.get(path, conversationsPage, context.signal);
      for (const raw of page.conversations) {
        const conversation = conversationItem.safeParse(raw).data;
        if (conversation === undefined) continue;
        const seen = cursor.seen[conversation.sid];
        // Twilio does not promise that a message moves a conversation's date: the hourly run asks all of them
        const changed = isoTime(conversation.date_updated) ?? run.since;
        if (!run.wide && changed < run.since) continue;
        const key = `${conversation.sid} ${conversation.date_updated ?? ''}`;
        const talk = await talks(key, async () => {
          return (await talkOf(options, conversation, context.signal)) ?? 'none';
        });
        if (talk === 'none') continue;
        for await (const part of readTalk(options, context, talk, { seen, ...run }, receipts)) {
          if (part.highest !== undefined) cursor = withSeen(cursor, conversation.sid, part.highest);
          if (part.drafts.length > 0) yield { drafts: part.drafts, cursor: JSON.stringify(cursor) };
        }
      }
      path = page.meta.next_page_url;
    }
    const wide = run.wide ? context.now.toISOString() : begun.wide;
    const done = { ...cursor, done: context.now.toISOString(), ...(wide !== undefined && { wide }) };
    yield { drafts: [], cursor: JSON.stringify(done satisfies ConversationCursor) };
  };
}

interface Run {
  /** ISO 8601; older messages are not asked for */
  readonly since: string;
  readonly wide: boolean;
}

/** Back to the last complete run and one look-back before it, so that late receipts are found. */
function runOf(cursor: ConversationCursor, now: Date, lookBackMs: number): Run {
  const done = cursor.done === undefined ? now.getTime() : Math.min(Date.parse(cursor.done), now.getTime());
  const sinceWide = cursor.wide === undefined ? Infinity : now.getTime() - Date.parse(cursor.wide);
  return {
    since: new Date(done - lookBackMs).toISOString(),
    wide: cursor.done === undefined || sinceWide >= wideEveryMs,
  };
}

/** The newest messages of a conversation, back to the last one that was read; once an hour the whole window. */
async function* readTalk(
  options: ConversationsOptions,
  context: PollContext,
  talk: Talk,
  run: Run & { readonly seen: number | undefined },
  receipts: ReturnType<typeof createMemo<readonly unknown[]>>,
): AsyncGenerator<{ drafts: readonly EventDraft[]; highest?: number }> {
  let path: string | undefined =
    `/v1/Conversations/${talk.conversation}/Messages${query({ Order: 'desc', PageSize: pageSize })}`;
  let highest = run.seen;
  while (path !== undefined) {
    const page: { messages: unknown[]; meta: { next_page_url?: string | undefined } } =
      await options.client.get(path, conversationMessagesPage, context.signal);
    const drafts: EventDraft[] = [];
    let reached = false;
    for (const raw of page.messages) {
      const item = conversationMessageItem.safeParse(raw).data;
      if (item === undefined) continue;
      const isOld = (isoTime(item.date_created) ?? run.since) < run.since;
      const isRead = run.seen !== undefined && item.index <= run.seen;
      reached ||= isOld || (isRead && !run.wide);
      highest = Math.max(highest ?? 0, item.index);
      if (isOld) continue;
      const ask = () => readReceipts(options.client, talk.conversation, item.sid, context.signal);
      const listOf = () => receipts(`${item.sid} ${JSON.stringify(item.delivery)}`, ask);
      drafts.push(...(await draftConversation({ raw, item, talk, now: context.now, receipts: listOf })));
    }
    const known = await context.known(drafts.map(({ dedupeKey }) => dedupeKey));
    path = reached ? undefined : page.meta.next_page_url;
    const fresh = drafts.filter(({ dedupeKey }) => !known.has(dedupeKey));
    // only when the last page is read has everything below the highest index been
    yield { drafts: fresh, ...(path === undefined && highest !== undefined && { highest }) };
  }
}

async function readReceipts(
  client: Client,
  conversation: string,
  sid: string,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const path = `/v1/Conversations/${conversation}/Messages/${sid}/Receipts${query({ PageSize: pageSize })}`;
  return (await client.get(path, receiptsPage, signal)).delivery_receipts;
}
