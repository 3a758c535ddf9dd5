import type { IncomingMessage } from 'node:http';
import { RequestError } from './errors.ts';

/**
 * Reads a request's body as it is. A body over the limit is read on and thrown away for a while, so that the sender,
 * who is still writing, gets to see the answer instead of a broken connection.
 *
 * @param limit bytes
 * @throws RequestError 413 over the limit, 400 when the sender broke off
 */
export function readBody(stream: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const tooLarge = () => reject(new RequestError(413, 'too-large', `The body is over ${limit} bytes.`));
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      if (size > limit * 4) {
        stream.pause();
        tooLarge();
      }
    });
    stream.once('end', () => {
      if (size > limit) tooLarge();
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    });
    const brokenOff = () => {
      // Every request closes in the end; only one that had not ended is broken off.
      if (!stream.readableEnded) reject(new RequestError(400, 'broken-off', 'The body ended too early.'));
    };
    stream.once('error', brokenOff);
    stream.once('close', brokenOff);
  });
}
