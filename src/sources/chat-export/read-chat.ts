import { hashKey, interactionKey } from '../../core/key.ts';
import type { Direction, Person } from '../../core/interaction.ts';
import type { EventDraft } from '../source.ts';
import { readBody, type Body } from './body.ts';
import type { ChatFile } from './chat-file.ts';
import { LocalClock, type Instant } from './clock.ts';
import { readDate, type DateOrder } from './date-order.ts';
import { lineBatches } from './lines.ts';
import { MessageReader, type ExportMessage } from './messages.ts';
import { mimeTypeOf } from './normalize.ts';
import { Occurrences } from './occurrences.ts';
import type { Parties } from './parties.ts';
import { chatExportKind, mediaIdOfExport, type LinePayload } from './payload.ts';
import { comparable } from './text.ts';

/** How a chat is to be understood; all of it known by now. */
export interface ChatOptions {
  readonly businessNumber: string;
  readonly parties: Parties;
  readonly dateOrder: DateOrder;
  /** IANA name */
  readonly zone: string;
  /** names of senders that hold a colon */
  readonly names?: readonly string[];
}

/** One message or call of an export, ready for the ledger. */
export interface ChatItem {
  readonly draft: EventDraft;
  readonly direction: Direction;
  /** where it was written: for the dry run's eyes only */
  readonly sender?: string;
  /** day on the phone's clock, YYYY-MM-DD */
  readonly localDay: string;
  /** bytes of the text read so far */
  readonly bytes: number;
  /** what it is compared by with what was recorded live */
  readonly said: { readonly kind: 'text' | 'file' | 'deleted' | 'location' | 'call'; readonly text: string };
  /** the file that belongs to it, when the export has it */
  readonly file?: { readonly mediaId: string; readonly name: string; readonly mimeType?: string };
}

/** A header with a date that cannot be: the message is not imported, its line is told. */
export interface UnreadableLine {
  readonly unreadable: number;
}

/** The messages of a chat, in constant memory. Notices by WhatsApp are left out. @throws ChatExportError */
export async function* readChat(
  file: Pick<ChatFile, 'text'>,
  options: ChatOptions,
): AsyncGenerator<(ChatItem | UnreadableLine)[]> {
  const reader = new MessageReader(options.names);
  const maker = new ItemMaker(options);
  let bytes = 0;
  for await (const lines of lineBatches(await file.text())) {
    for (const line of lines) bytes += line.length + 1;
    yield collect(maker, reader.read(lines), bytes);
  }
  yield collect(maker, reader.end(), bytes);
}

function collect(
  maker: ItemMaker,
  messages: Iterable<ExportMessage>,
  bytes: number,
): (ChatItem | UnreadableLine)[] {
  const items: (ChatItem | UnreadableLine)[] = [];
  for (const message of messages) {
    const item = maker.make(message, bytes);
    if (item !== undefined) items.push(item);
  }
  return items;
}

class ItemMaker {
  readonly #options: ChatOptions;
  readonly #clock: LocalClock;
  readonly #occurrences = new Occurrences();
  readonly #chatId: string;
  #lastAt = -1;
  #position = 0;

  constructor(options: ChatOptions) {
    const { businessNumber, parties, zone } = options;
    this.#options = options;
    this.#clock = new LocalClock(zone);
    const { group, person } = parties;
    const other = group
      ? `group ${comparable(group.subject)}`
      : (person?.phone ?? `name ${person?.name ?? ''}`);
    this.#chatId = hashKey(chatExportKind, businessNumber, other);
  }

  make(message: ExportMessage, bytes: number): ChatItem | UnreadableLine | undefined {
    const { header, sender, text } = message;
    const body = readBody(text);
    const { parties, dateOrder } = this.#options;
    // A call may stand there without a name; everything else without one is a notice.
    const isCall = body.kind === 'call' && parties.group === undefined;
    if (sender === undefined && !isCall) return undefined;
    const date = readDate(header, dateOrder);
    if (date === undefined) return { unreadable: message.line };
    const instant = this.#clock.read({ ...date, ...header });
    const direction: Direction = sender !== undefined && sender === parties.me ? 'outbound' : 'inbound';
    const person = personOf(parties, sender);
    const said = { kind: body.kind, text: comparable('text' in body ? body.text : '') };
    const localDay = [date.year, pad(date.month), pad(date.day)].join('-');
    const payload: LinePayload = {
      text,
      local: `${localDay} ${[header.hour, header.minute, header.second]
        .filter((part) => part !== undefined)
        .map(pad)
        .join(':')}`,
      zone: this.#options.zone,
      ...(sender !== undefined && { sender }),
      direction,
      person,
      ...(parties.group && {
        group: { id: `export:${this.#chatId.slice(0, 32)}`, subject: parties.group.subject },
      }),
    };
    return {
      draft: this.#draft(isCall ? 'call' : 'message', instant, said, payload),
      direction,
      ...(sender !== undefined && { sender }),
      localDay,
      bytes,
      said,
      ...fileOf(body),
    };
  }

  #draft(
    kind: 'message' | 'call',
    instant: Instant,
    said: ChatItem['said'],
    payload: LinePayload,
  ): EventDraft {
    const { businessNumber } = this.#options;
    const providerId = this.#providerId(instant, said, payload);
    return {
      dedupeKey: hashKey(chatExportKind, businessNumber, kind, providerId),
      kind,
      businessNumber,
      interactionKey: interactionKey(chatExportKind, businessNumber, providerId),
      providerId,
      people: payload.person.phone === undefined ? [] : [payload.person as Person],
      occurredAt: new Date(this.#inOrder(instant.at)).toISOString(),
      payload,
    };
  }

  /**
   * The same in every export of the chat: by minute (Android has no seconds), side and text, without what differs between
   * phones and languages (marks, names of files, whether files were exported), and by how often this was said before in
   * that minute.
   */
  #providerId({ canonical }: Instant, { kind, text }: ChatItem['said'], payload: LinePayload): string {
    const { direction, person, sender } = payload;
    const who = payload.group && direction === 'inbound' ? (person.phone ?? sender ?? '') : '';
    const minute = new Date(canonical).toISOString().slice(0, 16);
    const id = hashKey(this.#chatId, minute, direction, who, kind, withoutVotes(text));
    return hashKey(id, String(this.#occurrences.count(id)));
  }

  /** Messages of one moment keep their order by milliseconds, which no export tells. */
  #inOrder(at: number): number {
    this.#position = at === this.#lastAt ? Math.min(this.#position + 1, 999) : 0;
    this.#lastAt = at;
    return at + this.#position;
  }
}

/** The counts beside the answers of a poll change between exports. */
function withoutVotes(text: string): string {
  return /^\p{L}{3,12}: /u.test(text) ? text.replace(/ ?\([^()]{0,4}\d+ \p{L}+\)/gu, '') : text;
}

function personOf({ people, person, group }: Parties, sender: string | undefined): Person {
  if (group === undefined) return person ?? {};
  // What the firm says in a group goes to all of them.
  return (sender === undefined ? undefined : people.get(sender)) ?? {};
}

function fileOf(body: Body): Pick<ChatItem, 'file'> {
  if (body.kind !== 'file' || body.file === undefined) return {};
  const mimeType = mimeTypeOf(body.file);
  return { file: { mediaId: mediaIdOfExport, name: body.file, ...(mimeType !== undefined && { mimeType }) } };
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
