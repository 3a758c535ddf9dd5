import type { EventDraft, PollContext, PollPage } from '../source.ts';
import { isConfigured, ownNumber, readAddress, type Ends, type OwnNumbers } from './address.ts';
import { query, RefusedError, type Client } from './client.ts';
import { dedupeOf, draft, peopleAt } from './drafts.ts';
import { inGroups } from './groups.ts';
import { createMemo } from './memo.ts';
import { mediaPage, messageItem, messagesPage, type MessageItem } from './payload.ts';
import { isIncoming, isUnsent } from './states.ts';
import { isoTime } from './times.ts';
import { walk } from './walk.ts';

/** What the Messages list is read with. */
export interface MessagesOptions {
  readonly client: Client;
  readonly accountSid: string;
  readonly lookBackMs: number;
  readonly businessNumbers: OwnNumbers;
}

/** An element of the list that is a WhatsApp message. */
export interface ListedMessage {
  readonly raw: unknown;
  readonly item: MessageItem;
  readonly ends: Ends;
  readonly businessNumber: string | undefined;
  readonly outgoing: boolean;
}

/** Questions to Twilio at a time. */
const atOnce = 4;

/**
 * The Messages list (Twilio docs, Messages resource): filters by day of sending alone, pages with a relative
 * `next_page_uri`. It has the text and the files, never the profile name, a location or what a message answers: those
 * come by webhook. Later changes of state are found by listing the same days again.
 */
export function createMessagesList(
  options: MessagesOptions,
): (context: PollContext) => AsyncIterable<PollPage> {
  const { client, accountSid, lookBackMs } = options;
  const path = `/2010-04-01/Accounts/${accountSid}/Messages`;
  const draftsOf = createMessageDrafts(options);
  return (context) =>
    walk(
      {
        lookBackMs,
        firstPage: (day) => `${path}.json${query({ 'DateSent>': day, PageSize: 1_000 })}`,
        read: async (page) => {
          const { messages, next_page_uri } = await client.get(page, messagesPage, context.signal);
          return { items: messages, next: next_page_uri };
        },
        drafts: (items) => draftsOf(items, context),
      },
      context,
    );
}

/** Events of elements of the list that are not known yet. */
export function createMessageDrafts({
  client,
  accountSid,
  businessNumbers,
}: MessagesOptions): (
  items: readonly unknown[],
  context: Pick<PollContext, 'known' | 'now' | 'signal'>,
) => Promise<EventDraft[]> {
  const path = `/2010-04-01/Accounts/${accountSid}/Messages`;
  const mediaOf = createMemo<readonly unknown[]>({ most: 5_000 });
  return async (items, context) => {
    const listed = items.flatMap((raw) => readListedItem(raw, businessNumbers));
    const keys = listed.flatMap((one) => [messageKey(one.item), statusKey(one.item)]);
    const known = await context.known(keys);
    const fresh = listed.filter((one) => !known.has(messageKey(one.item)));
    const drafted = await inGroups(fresh, atOnce, async (one) => {
      const ask = () => readMedia(client, `${path}/${one.item.sid}/Media.json`, context.signal);
      const hasFiles = Number(one.item.num_media ?? 0) > 0;
      const isAsked = hasFiles && isConfigured(one.businessNumber, businessNumbers);
      const media = isAsked ? await mediaOf(one.item.sid, ask) : undefined;
      return draftMessage(one, context.now, media);
    });
    const states = listed.filter((one) => hasState(one) && !known.has(statusKey(one.item)));
    return [...drafted, ...states.map((one) => draftStatus(one, context.now))];
  };
}

/** Texts of other channels in the same account are none of ours; what is not sent yet comes when it is. */
export function readListedItem(raw: unknown, numbers: OwnNumbers): ListedMessage[] {
  const read = messageItem.safeParse(raw);
  if (!read.success) return [];
  const item = read.data;
  const ends = { from: readAddress(item.from), to: readAddress(item.to) };
  if (!ends.from.whatsapp && !ends.to.whatsapp) return [];
  const outgoing = item.direction?.startsWith('outbound') ?? !isIncoming(item.status ?? '');
  const expected = outgoing ? 'from' : 'to';
  const isNothingYet = ['scheduled', 'canceled'].includes(item.status ?? '');
  // a messaging service chooses the sender later
  const hasNoSender = outgoing && ends.from.phone === undefined && isUnsent(item.status ?? '');
  if (isNothingYet || hasNoSender) return [];
  return [{ raw, item, ends, outgoing, businessNumber: ownNumber(ends, expected, numbers) }];
}

/** The files of a message, all pages. A message that was deleted meanwhile has none. */
async function readMedia(client: Client, path: string, signal: AbortSignal): Promise<readonly unknown[]> {
  const media: unknown[] = [];
  try {
    for (let page: string | undefined = path; page !== undefined && media.length < 1_000;) {
      const answer: { media_list: unknown[]; next_page_uri?: string | undefined } = await client.get(
        page,
        mediaPage,
        signal,
      );
      media.push(...answer.media_list);
      page = answer.next_page_uri;
    }
  } catch (error) {
    if (!(error instanceof RefusedError) || error.status !== 404) throw error;
  }
  return media;
}

/** A message that is listed again, unchanged, is no new event; one that was emptied later is another. */
function messageKey({ sid, direction, body, num_media }: MessageItem): string {
  return dedupeOf('message', sid, 'list', direction ?? '', body ?? '', num_media ?? '0');
}

function statusKey({ sid, status, error_code }: MessageItem): string {
  return dedupeOf('status', sid, 'list', status?.toLowerCase() ?? '', error_code ?? '');
}

function draftMessage(one: ListedMessage, now: Date, media?: readonly unknown[]): EventDraft {
  const { item, raw, ends, businessNumber } = one;
  const made = draft({
    kind: 'message',
    sid: item.sid,
    qualifiers: [],
    businessNumber,
    people: peopleAt([ends.from, ends.to], businessNumber),
    occurredAt: isoTime(item.date_created) ?? isoTime(item.date_sent) ?? now.toISOString(),
    payload: { form: 'message', item: raw, ...(media && { media }) },
  });
  return { ...made, dedupeKey: messageKey(item) };
}

function hasState({ outgoing, item }: ListedMessage): boolean {
  return outgoing && item.status !== undefined && !isUnsent(item.status);
}

function draftStatus({ item, raw, ends, businessNumber }: ListedMessage, now: Date): EventDraft {
  const made = draft({
    kind: 'status',
    sid: item.sid,
    qualifiers: [],
    businessNumber,
    people: peopleAt([ends.from, ends.to], businessNumber),
    occurredAt: isoTime(item.date_updated) ?? isoTime(item.date_sent) ?? now.toISOString(),
    payload: { form: 'message', item: raw },
  });
  return { ...made, dedupeKey: statusKey(item) };
}
