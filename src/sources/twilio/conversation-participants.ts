import type { z } from 'zod';
import { isConfigured, readAddress, type OwnNumbers } from './address.ts';
import { query, type Client } from './client.ts';
import type { Talk } from './conversation-drafts.ts';
import { participantItem, participantsPage, type conversationItem } from './payload.ts';

interface Options {
  readonly client: Client;
  readonly businessNumbers: OwnNumbers;
}

/**
 * Who talks in a conversation: the participants that are bound to WhatsApp, with their address and our number
 * (`proxy_address`; Twilio docs, Participant resource). Undefined: nobody on WhatsApp, or with a number of ours that is
 * not configured; its messages are not asked for.
 */
export async function talkOf(
  { client, businessNumbers }: Options,
  conversation: z.infer<typeof conversationItem>,
  signal: AbortSignal,
): Promise<Talk | undefined> {
  const participants: unknown[] = [];
  const first = `/v1/Conversations/${conversation.sid}/Participants${query({ PageSize: 100 })}`;
  for (let path: string | undefined = first; path !== undefined;) {
    const page: { participants: unknown[]; meta: { next_page_url?: string | undefined } } = await client.get(
      path,
      participantsPage,
      signal,
    );
    participants.push(...page.participants);
    path = page.meta.next_page_url;
  }
  const bound = participants.flatMap((raw) => {
    const item = participantItem.safeParse(raw).data;
    const { type, address, proxy_address: proxy } = item?.messaging_binding ?? {};
    const isWhatsApp = type === 'whatsapp' || readAddress(address).whatsapp;
    const businessNumber = readAddress(proxy).phone;
    if (item === undefined || !isWhatsApp || !isConfigured(businessNumber, businessNumbers)) return [];
    return [{ raw, sid: item.sid, address: readAddress(address), businessNumber: businessNumber ?? '' }];
  });
  const [main] = bound;
  if (main === undefined) return undefined;
  const { sid, chat_service_sid: service } = conversation;
  return {
    conversation: sid,
    participants: [main, ...bound.slice(1)],
    ...(service !== undefined && { service }),
  };
}
