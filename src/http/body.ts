import type { IncomingMessage } from 'node:http';
import { Overloaded, type Place } from './admission.ts';
import { RequestError } from './errors.ts';

/**
 * Reads a request's body as it is. A body over the limit is read on and thrown away for a while, so that the sender,
 * who is still writing, gets to see the answer instead of a broken connection.
 *
 * @param limit bytes
 * @param place what the request may hold; without one it may hold the limit
 * @throws RequestError 413 over the limit, 400 when the sender broke off, 408 when its place was taken back;
 *   Overloaded when there is no room for more of it
 */
export function readBody(
  stream: IncomingMessage,
  limit: number,
  place?: Pick<Place, 'grow' | 'onTaken'>,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let isOver = false;
    const fail = (error: RequestError) => {
      chunks = [];
      isOver = true;
      reject(error);
    };
    const tooLarge = () => fail(new RequestError(413, 'too-large', `The body is over ${limit} bytes.`));
    place?.onTaken(() => {
      stream.pause();
      fail(new RequestError(408, 'too-slow', 'The body came too slowly, and others wait.'));
    });
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (isOver) return;
      if (size <= limit) {
        if (place === undefined || place.grow(chunk.length)) chunks.push(chunk);
        else fail(new Overloaded());
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
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, isOver ? 0 : size));
    });
    const brokenOff = () => {
      // Every request closes in the end; only one that had not ended is broken off.
      if (!stream.readableEnded) fail(new RequestError(400, 'broken-off', 'The body ended too early.'));
    };
    stream.once('error', brokenOff);
    stream.once('close', brokenOff);
  });
}
