import type { Fact } from '../../core/fact.ts';
import type { Direction, MessageContent, Person } from '../../core/interaction.ts';
import type { StoredEvent } from '../source.ts';
import { readAddress, toPerson } from './address.ts';
import { mediaOf, typeOfFile, type NamedFile } from './content.ts';
import type { Opened } from './normalize.ts';
import {
  conversationMediaItem,
  conversationMessageItem,
  param,
  participantItem,
  receiptItem,
  type Params,
} from './payload.ts';
import { deliveryState, readFailure } from './states.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A message of a conversation (Twilio docs, Conversation Message resource). The author is the person or one of us. */
export function readConversationMessage(payload: Fields, { at }: Opened): Fact | undefined {
  const item = conversationMessageItem.safeParse(payload['item']).data;
  if (item === undefined) return undefined;
  const participant = readParticipant(payload['participant']);
  const author = readAddress(item.author);
  const isPerson =
    (item.participant_sid !== undefined && item.participant_sid === participant.sid) ||
    (author.phone !== undefined && author.phone === participant.person.phone) ||
    (author.userId !== undefined && author.userId === participant.person.userId);
  const direction: Direction = isPerson ? 'inbound' : 'outbound';
  const content = contentOf(item.body, item.media, payload['service']);
  return { kind: 'message', at, direction, person: participant.person, content, via: 'list' };
}

/** How far an outgoing message got (Twilio docs, Delivery Receipt resource). */
export function readReceipt(payload: Fields, { at }: Opened): Fact | undefined {
  const item = receiptItem.safeParse(payload['item']).data;
  if (item === undefined) return undefined;
  const { person } = readParticipant(payload['participant']);
  const state = deliveryState(item.status ?? '');
  if (state === undefined) {
    return { kind: 'unrecognised', at, topic: `status.${item.status ?? ''}`, direction: 'outbound', person };
  }
  const error = state === 'failed' ? readFailure(item.error_code) : undefined;
  return { kind: 'status', at, state, person, ...(error && { error }) };
}

/** A webhook of Conversations about a person's own message. */
export function readConversationWebhook(
  kind: StoredEvent['kind'],
  params: Params,
  { at }: Opened,
): Fact | undefined {
  const base = { at, direction: 'inbound', person: toPerson(readAddress(param(params, 'Author'))) } as const;
  const service = param(params, 'ChatServiceSid');
  const content = () => contentOf(param(params, 'Body'), parseMedia(param(params, 'Media')), service);
  if (kind === 'message') return { ...base, kind, content: content(), via: 'live' };
  if (kind === 'edit') return { ...base, kind, content: content() };
  return kind === 'revoke' ? { ...base, kind } : undefined;
}

function readParticipant(raw: unknown): { readonly sid: string | undefined; readonly person: Person } {
  const item = participantItem.safeParse(raw).data;
  const { address, name } = item?.messaging_binding ?? {};
  return { sid: item?.sid, person: toPerson(readAddress(address), name === undefined ? {} : { name }) };
}

function contentOf(body: string | undefined, raw: readonly unknown[], service: unknown): MessageContent {
  const { media, elsewhere } = mediaOf(raw.flatMap((one) => readFile(one, service)));
  const text = body?.trim() ?? '';
  const type = raw.length > 0 ? typeOfFile(media[0]?.mimeType) : text === '' ? 'unsupported' : 'text';
  return {
    type,
    text: type === 'unsupported' ? "[message without text in Twilio's list]" : text,
    ...(media.length > 0 && { media }),
    ...(elsewhere > 0 && { details: { filesElsewhere: elsewhere } }),
  };
}

function readFile(raw: unknown, service: unknown): NamedFile[] {
  const lower = typeof raw === 'object' && raw !== null ? lowered(raw) : raw;
  const file = conversationMediaItem.safeParse(lower).data;
  if (file === undefined) return [];
  const id = typeof service === 'string' ? `${service}/${file.sid}` : undefined;
  return [{ id, mimeType: file.content_type, fileName: file.filename }];
}

/** Webhooks write `ContentType` where the API writes `content_type`. */
function lowered(raw: object): Fields {
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [
      name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase(),
      value,
    ]),
  );
}

function parseMedia(text: string | undefined): readonly unknown[] {
  try {
    const media: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(media) ? media : [];
  } catch {
    return [];
  }
}
