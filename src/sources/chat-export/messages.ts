import { isNotice } from './body.ts';
import { readHeader, type Header } from './header.ts';
import { withoutMarks } from './text.ts';

/** One message of an export, or a notice by WhatsApp. */
export interface ExportMessage {
  /** number of its first line in the file, from 1 */
  readonly line: number;
  readonly header: Header;
  /** absent: a notice, or something that an export tells without an author */
  readonly sender?: string;
  /** everything after the name, all lines, as it stands there */
  readonly text: string;
}

interface Draft {
  readonly line: number;
  readonly header: Header;
  readonly sender?: string;
  readonly lines: string[];
  length: number;
}

/** More is no message (WhatsApp: 65 536 characters): the rest of it is cut off. */
const longestText = 262_144;

/**
 * Puts lines together to messages: a header and all lines after it that have none. Only headers of the file's own style
 * are headers: texts hold dates and times too.
 */
export class MessageReader {
  readonly #names: readonly string[];
  #style: string | undefined;
  #line = 0;
  #open: Draft | undefined;
  /** numbers of lines before the first header that say something, at most a hundred */
  readonly notUnderstood: number[] = [];

  /** @param names senders whose names may hold a colon */
  constructor(names: readonly string[] = []) {
    this.#names = names;
  }

  /** The messages that these lines end. */
  *read(lines: readonly string[]): Generator<ExportMessage> {
    for (const line of lines) {
      this.#line += 1;
      const header = readHeader(line);
      if (header !== undefined && (this.#style ??= header.style) === header.style) {
        yield* this.end();
        this.#open = this.#begin(header);
      } else {
        this.#continue(line);
      }
    }
  }

  /** The last message of the file. */
  *end(): Generator<ExportMessage> {
    if (this.#open === undefined) return;
    const { line, header, sender, lines } = this.#open;
    this.#open = undefined;
    yield { line, header, ...(sender !== undefined && { sender }), text: lines.join('\n') };
  }

  #begin(header: Header): Draft {
    const parts = splitSender(header.rest, this.#names);
    const text = parts?.text ?? header.rest;
    return {
      line: this.#line,
      header,
      ...(parts !== undefined && !isNotice(parts.text) && { sender: parts.sender }),
      lines: [text],
      length: text.length,
    };
  }

  #continue(line: string): void {
    if (this.#open === undefined) {
      if (withoutMarks(line).trim() !== '' && this.notUnderstood.length < 100)
        this.notUnderstood.push(this.#line);
      return;
    }
    this.#open.length += line.length + 1;
    if (this.#open.length <= longestText) this.#open.lines.push(line);
  }
}

/** `~Name` is somebody who is not in the phone's address book. */
export function cleanName(name: string): string {
  return withoutMarks(name).replace(/^~\s*/, '').trim();
}

function splitSender(rest: string, names: readonly string[]): { sender: string; text: string } | undefined {
  for (const name of names) {
    const at = rest.indexOf(`${name}: `);
    if (at >= 0 && cleanName(rest.slice(0, at)) === '')
      return { sender: name, text: rest.slice(at + name.length + 2) };
  }
  const at = rest.indexOf(': ');
  if (at <= 0) return undefined;
  const sender = cleanName(rest.slice(0, at));
  // A name has at most 25 characters in WhatsApp, more in an address book; `Ana changed the subject to "x: y"` has none.
  if (sender === '' || sender.length > 120 || /["“”„«»]/u.test(sender)) return undefined;
  return { sender, text: rest.slice(at + 2) };
}
