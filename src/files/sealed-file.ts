import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * A file under a key of its own: a header (mark and name of the key), then chunks of 64 KiB by AES-256-GCM, each with its
 * number and whether it is the last one in its nonce, and the header authenticated with each (the STREAM construction). So
 * nothing can be changed, cut off, repeated or put in another order, and none of it is ever in memory as a whole.
 */

const mark = Buffer.from('WCSFILE1');
const nameBytes = 16;
export const headerBytes = mark.length + nameBytes;
const chunkBytes = 65_536;
const tagBytes = 16;

/** Seals a file piece by piece. */
export class FileSealer {
  readonly header: Buffer;
  readonly #key: Buffer;
  #pending: Buffer = Buffer.alloc(0);
  #number = 0;

  constructor({ key, name }: { readonly key: Buffer; readonly name: Buffer }) {
    this.#key = key;
    this.header = Buffer.concat([mark, name]);
  }

  /** @returns what can be written by now */
  update(bytes: Buffer): Buffer {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const sealed: Buffer[] = [];
    // The last chunk must be known as such: a full one waits for what follows.
    while (this.#pending.length > chunkBytes) {
      sealed.push(this.#seal(this.#pending.subarray(0, chunkBytes), false));
      this.#pending = this.#pending.subarray(chunkBytes);
    }
    return Buffer.concat(sealed);
  }

  /** @returns the rest */
  final(): Buffer {
    return this.#seal(this.#pending, true);
  }

  #seal(chunk: Buffer, isLast: boolean): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(this.#number, isLast)).setAAD(
      this.header,
    );
    this.#number += 1;
    return Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
  }
}

/** The name of the key that a file's first bytes tell; undefined: it is kept in clear. */
export function keyNameIn(header: Buffer): Buffer | undefined {
  const isSealed = header.length >= headerBytes && header.subarray(0, mark.length).equals(mark);
  return isSealed ? header.subarray(mark.length, headerBytes) : undefined;
}

/** The content of a sealed file. @throws when it is not whole, or not as it was sealed */
export async function* openSealed(file: AsyncIterable<Buffer>, key: Buffer): AsyncGenerator<Buffer> {
  let header: Buffer | undefined;
  let pending: Buffer = Buffer.alloc(0);
  let number = 0;
  const full = chunkBytes + tagBytes;
  for await (const bytes of file) {
    pending = Buffer.concat([pending, bytes]);
    if (header === undefined) {
      if (pending.length < headerBytes) continue;
      header = pending.subarray(0, headerBytes);
      pending = pending.subarray(headerBytes);
    }
    while (pending.length > full) {
      yield openChunk(key, header, pending.subarray(0, full), number, false);
      number += 1;
      pending = pending.subarray(full);
    }
  }
  yield openChunk(key, header ?? Buffer.alloc(0), pending, number, true);
}

function openChunk(key: Buffer, header: Buffer, chunk: Buffer, number: number, isLast: boolean): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, isLast), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(header).setAuthTag(chunk.subarray(-tagBytes));
    return Buffer.concat([decipher.update(chunk.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    throw new Error('A file is not whole, or not as it was encrypted.');
  }
}

/** The key seals one file only: its chunks may be counted. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}
