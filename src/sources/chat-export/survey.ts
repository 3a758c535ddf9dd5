import type { Readable } from 'node:stream';
import { readBody, tellsOfGroup } from './body.ts';
import { DateOrderSurvey, type DateOrder } from './date-order.ts';
import { ChatExportError } from './error.ts';
import type { Header } from './header.ts';
import { lineBatches } from './lines.ts';
import { MessageReader } from './messages.ts';

/** What a first reading of the whole file tells. */
export interface Survey {
  /** messages and notices */
  readonly headers: number;
  /** notices by WhatsApp about the chat */
  readonly notices: number;
  /** messages per sender, in order of appearance */
  readonly senders: ReadonlyMap<string, number>;
  /** one: there is no doubt; several: all could be; none: no order fits */
  readonly dateOrders: readonly DateOrder[];
  /** the first and the last date of the file, in the order of the file */
  readonly first: Header;
  readonly last: Header;
  /** a notice tells that this is a group */
  readonly isGroup: boolean;
  /** numbers of lines that belong to no message; at most a hundred */
  readonly notUnderstood: readonly number[];
}

const mostSenders = 5_000;

/**
 * Reads a chat once from beginning to end: who writes, and how dates are written.
 *
 * @throws ChatExportError when no line of it looks like a message
 */
export async function surveyChat(
  text: Readable,
  options: { readonly now: Date; readonly names?: readonly string[]; readonly signal?: AbortSignal },
): Promise<Survey> {
  const reader = new MessageReader(options.names);
  const dates = new DateOrderSurvey(options.now);
  const senders = new Map<string, number>();
  let [headers, notices, namelessCalls, isGroup] = [0, 0, 0, false];
  let [first, last]: [Header | undefined, Header | undefined] = [undefined, undefined];
  const take = (messages: ReturnType<MessageReader['end']>) => {
    for (const { header, sender, text: said } of messages) {
      headers += 1;
      dates.add(header);
      first ??= header;
      last = header;
      if (sender === undefined) {
        // A call may stand there without a name; in a group nobody knows whose it was.
        if (readBody(said).kind === 'call') namelessCalls += 1;
        else notices += 1;
        isGroup ||= tellsOfGroup(said);
      } else if (senders.size < mostSenders || senders.has(sender)) {
        senders.set(sender, (senders.get(sender) ?? 0) + 1);
      }
    }
  };
  for await (const lines of lineBatches(text)) {
    options.signal?.throwIfAborted();
    take(reader.read(lines));
  }
  take(reader.end());
  if (first === undefined || last === undefined)
    throw new ChatExportError('No line of the file looks like a message of a WhatsApp chat export.');
  return {
    headers,
    notices: isGroup || senders.size > 2 ? notices + namelessCalls : notices,
    senders,
    dateOrders: dates.result(),
    first,
    last,
    isGroup,
    notUnderstood: reader.notUnderstood,
  };
}
