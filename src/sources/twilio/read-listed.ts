import type { Fact } from '../../core/fact.ts';
import type { MessageContent, Person } from '../../core/interaction.ts';
import { readAddress, toPerson } from './address.ts';
import { mediaOf, typeOfFile } from './content.ts';
import type { Opened } from './normalize.ts';
import { mediaItem, messageItem, type MessageItem } from './payload.ts';
import { deliveryState, isIncoming, readFailure } from './states.ts';

/** An element of the Messages list (Twilio docs, Messages resource). */
export function readListedMessage(
  raw: unknown,
  media: readonly unknown[],
  { at, businessNumber }: Opened,
): Fact | undefined {
  const item = messageItem.safeParse(raw).data;
  if (item === undefined) return undefined;
  const direction = isOutgoing(item, businessNumber) ? 'outbound' : 'inbound';
  const person = personOf(item, direction === 'outbound');
  return { kind: 'message', at, direction, person, content: contentOf(item, media), via: 'list' };
}

/** The state that an element of the list shows. */
export function readListedStatus(raw: unknown, { at }: Opened): Fact | undefined {
  const item = messageItem.safeParse(raw).data;
  if (item === undefined) return undefined;
  const word = item.status ?? '';
  const person = personOf(item, true);
  const state = deliveryState(word);
  if (state === undefined) {
    return { kind: 'unrecognised', at, topic: `status.${word}`, direction: 'outbound', person };
  }
  const error = state === 'failed' ? readFailure(item.error_code, item.error_message) : undefined;
  return { kind: 'status', at, state, person, ...(error && { error }) };
}

function isOutgoing({ direction, status, from }: MessageItem, businessNumber: string): boolean {
  if (direction !== undefined) return direction.startsWith('outbound');
  return !isIncoming(status ?? '') && readAddress(from).phone === businessNumber;
}

function personOf(item: MessageItem, outgoing: boolean): Person {
  return toPerson(readAddress(outgoing ? item.to : item.from));
}

/**
 * The list has the text and the files. An element without both is a location, a card, a template or a text that was
 * removed later: a copy that knows more is told before it.
 */
function contentOf(item: MessageItem, raw: readonly unknown[]): MessageContent {
  const files = raw.flatMap((one) => {
    const file = mediaItem.safeParse(one).data;
    return file === undefined ? [] : [{ id: `${item.sid}/${file.sid}`, mimeType: file.content_type }];
  });
  const { media } = mediaOf(files);
  const text = item.body?.trim() ?? '';
  if (media.length > 0) return { type: typeOfFile(media[0]?.mimeType), text, media };
  if (text !== '') return { type: 'text', text };
  return { type: 'unsupported', text: "[message without text in Twilio's list]" };
}
