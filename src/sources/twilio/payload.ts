import { z } from 'zod';
import { cleanText } from '../../core/text.ts';

/** What is stored of a fact: verbatim, with what is needed to read it alone. */
export type Payload =
  /** the parameters of a webhook; a repeated one holds all its values */
  | { readonly form: 'webhook'; readonly params: Params }
  /** an element of the Messages list, with the elements of its Media list */
  | { readonly form: 'message'; readonly item: unknown; readonly media?: readonly unknown[] }
  /** a call as the Calls list tells it: the parent leg, its children, and what was recorded by then */
  | {
      readonly form: 'call';
      readonly parent: unknown;
      readonly children: readonly unknown[];
      readonly recordings?: readonly unknown[];
    }
  | { readonly form: 'recording'; readonly item: unknown }
  /** a message of a conversation, with the participant on WhatsApp and the service that keeps its files */
  | {
      readonly form: 'conversation';
      readonly item: unknown;
      readonly participant: unknown;
      readonly service?: string;
    }
  | { readonly form: 'receipt'; readonly item: unknown; readonly participant: unknown }
  /** a body that is no set of parameters */
  | { readonly form: 'unknown'; readonly body: string };

/** Parameters of a webhook by name. */
export type Params = Readonly<Record<string, string | readonly string[]>>;

/** An object that is not an array, or undefined. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

/** Text of an id or word; empty, absent, absurdly long or of another type: undefined. */
function word(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const text = cleanText(value).trim();
  return text === '' || text.length > 512 ? undefined : text;
}

/** The first value of a parameter, without what no store accepts; empty: undefined. */
export function param(params: Params, name: string): string | undefined {
  if (!Object.hasOwn(params, name)) return undefined;
  const value = params[name];
  const first = typeof value === 'string' ? value : value?.[0];
  if (first === undefined) return undefined;
  const text = cleanText(first);
  return text.trim() === '' ? undefined : text;
}

const id = z.unknown().optional().transform(word);
const prose = z
  .unknown()
  .optional()
  .transform((value) => (typeof value === 'string' ? cleanText(value) : undefined));
const object = z.unknown().optional().transform(asObject);
const sid = z.string().regex(/^[A-Za-z0-9]{3,64}$/);
const list = z.array(z.unknown());
const next = z
  .string()
  .nullish()
  .transform((link) => link ?? undefined);

/** A page of the 2010 API; `next_page_uri` is relative (Twilio docs, "Paging"). */
export const messagesPage = z.looseObject({ messages: list, next_page_uri: next });
export const callsPage = z.looseObject({ calls: list, next_page_uri: next });
export const mediaPage = z.looseObject({ media_list: list, next_page_uri: next });
export const recordingsPage = z.looseObject({ recordings: list, next_page_uri: next });

const meta = z.looseObject({ next_page_url: next });

/** A page of Conversations; `meta.next_page_url` is absolute. */
export const conversationsPage = z.looseObject({ conversations: list, meta });
export const conversationMessagesPage = z.looseObject({ messages: list, meta });
export const participantsPage = z.looseObject({ participants: list, meta });
export const receiptsPage = z.looseObject({ delivery_receipts: list, meta });

/** An element of the Messages list. Only the sid is insisted on; the verbatim element is what is kept. */
export const messageItem = z.object({
  sid,
  from: id,
  to: id,
  body: prose,
  direction: id,
  status: id,
  num_media: id,
  error_code: id,
  error_message: id,
  date_created: id,
  date_sent: id,
  date_updated: id,
});
export type MessageItem = z.infer<typeof messageItem>;

export const mediaItem = z.object({ sid, content_type: id });

export const callItem = z.object({
  sid,
  parent_call_sid: id,
  from: id,
  to: id,
  direction: id,
  status: id,
  start_time: id,
  end_time: id,
  date_created: id,
  duration: id,
});
/** A call asked for by its sid, verbatim. */
export const anyCall = z.looseObject({ sid });
export type CallItem = z.infer<typeof callItem>;

export const recordingItem = z.object({
  sid,
  call_sid: id,
  status: id,
  source: id,
  date_created: id,
  start_time: id,
});

export const conversationItem = z.object({
  sid,
  chat_service_sid: id,
  date_updated: id,
  date_created: id,
});

export const participantItem = z.object({
  sid,
  messaging_binding: object.transform((binding) =>
    z.object({ type: id, address: id, proxy_address: id, name: id }).parse(binding ?? {}),
  ),
});

export const conversationMessageItem = z.object({
  sid,
  conversation_sid: id,
  index: z.number().int().min(0),
  author: id,
  participant_sid: id,
  body: prose,
  media: z
    .unknown()
    .optional()
    .transform((media): readonly unknown[] => (Array.isArray(media) ? media : [])),
  date_created: id,
  delivery: object,
});
export type ConversationMessageItem = z.infer<typeof conversationMessageItem>;

export const conversationMediaItem = z.object({ sid, content_type: id, filename: id });

export const receiptItem = z.object({
  sid,
  message_sid: id,
  participant_sid: id,
  status: id,
  error_code: id,
  date_created: id,
  date_updated: id,
});

/** What a refusal says (Twilio docs, "Error responses"). */
export const refusal = z.looseObject({ code: z.number().optional() });
