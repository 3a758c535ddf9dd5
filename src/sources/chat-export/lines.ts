import type { Readable } from 'node:stream';
import { ChatExportError } from './error.ts';

/** Far above what WhatsApp lets a message hold (65 536 characters). */
const longestLine = 1_048_576;

/**
 * Lines of a text, some at a time, in constant memory. Only LF and CR LF end a line: other marks that Unicode calls line
 * ends are part of what people wrote. UTF-8, or UTF-16 with its mark.
 *
 * @throws ChatExportError for a line that is longer than any message
 */
export async function* lineBatches(stream: Readable): AsyncGenerator<string[]> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    decoder ??= new TextDecoder(encodingOf(chunk));
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine)
      throw new ChatExportError('A line of the file is too long for a chat export.');
    if (lines.length > 0) yield lines.map(trimEnd);
  }
  if (rest !== '') yield [trimEnd(rest)];
}

function trimEnd(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function encodingOf(chunk: Buffer): string {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16le';
  return chunk[0] === 0xfe && chunk[1] === 0xff ? 'utf-16be' : 'utf-8';
}
