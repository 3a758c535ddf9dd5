import type { EventDraft } from '../source.ts';
import { readAddress, type Address } from './address.ts';
import { draft, peopleAt } from './drafts.ts';
import { receiptItem, type ConversationMessageItem } from './payload.ts';
import { isUnsent } from './states.ts';
import { isoTime } from './times.ts';

/** A person on WhatsApp in a conversation. */
export interface Bound {
  readonly raw: unknown;
  readonly sid: string;
  readonly address: Address;
  readonly businessNumber: string;
}

/** A conversation with somebody on WhatsApp. */
export interface Talk {
  readonly conversation: string;
  readonly participants: readonly [Bound, ...Bound[]];
  /** keeps the files */
  readonly service?: string;
}

interface Message {
  readonly raw: unknown;
  readonly item: ConversationMessageItem;
  readonly talk: Talk;
  readonly now: Date;
  /** the receipts of the message, asked for when they are needed */
  receipts(): Promise<readonly unknown[]>;
}

/** A message of a conversation, and how far it got if it is ours. The author is the person's address or one of us. */
export async function draftConversation({ raw, item, talk, now, receipts }: Message): Promise<EventDraft[]> {
  const author = authorOf(item, talk);
  const about = author ?? talk.participants[0];
  const base = {
    sid: item.sid,
    businessNumber: about.businessNumber,
    people: peopleAt(
      (author ? [author] : talk.participants).map(({ address }) => address),
      about.businessNumber,
    ),
  };
  const at = isoTime(item.date_created) ?? now.toISOString();
  const service = talk.service === undefined ? {} : { service: talk.service };
  const message = draft({
    ...base,
    kind: 'message',
    qualifiers: ['list'],
    occurredAt: at,
    payload: { form: 'conversation', item: raw, participant: about.raw, ...service },
  });
  if (author !== undefined || item.delivery === undefined) return [message];
  const states = (await receipts()).flatMap((receipt) => {
    const read = receiptItem.safeParse(receipt).data;
    const person = talk.participants.find(({ sid }) => sid === read?.participant_sid) ?? about;
    if (read?.status === undefined || isUnsent(read.status)) return [];
    return draft({
      ...base,
      kind: 'status',
      qualifiers: ['list', read.status.toLowerCase(), read.error_code ?? ''],
      occurredAt: isoTime(read.date_updated) ?? isoTime(read.date_created) ?? at,
      payload: { form: 'receipt', item: receipt, participant: person.raw },
    });
  });
  return [message, ...states];
}

/** The person who wrote it; undefined: one of us. */
function authorOf(item: ConversationMessageItem, talk: Talk): Bound | undefined {
  const author = readAddress(item.author);
  return talk.participants.find(
    ({ sid, address }) =>
      sid === item.participant_sid ||
      (author.userId !== undefined && author.userId === address.userId) ||
      (author.phone !== undefined && author.phone === address.phone),
  );
}
