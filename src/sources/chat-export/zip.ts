import { Readable } from 'node:stream';
import { open, type Entry, type ZipFile } from 'yauzl';
import { ChatExportError } from './error.ts';

export interface ZipLimits {
  /** bytes of all files together, unpacked */
  readonly maxTotal: number;
  readonly maxEntries: number;
  /** how many times larger than packed a file may be; text and pictures of chats stay far below */
  readonly maxRatio: number;
}

export const defaultZipLimits: ZipLimits = { maxTotal: 2 * 1024 ** 3, maxEntries: 100_000, maxRatio: 300 };

/** Below this size a ratio says nothing. */
const harmlessSize = 1024 * 1024;

/** A zip whose list of contents was checked. Nothing is unpacked before it is asked for. */
export interface CheckedZip {
  readonly entries: ReadonlyMap<string, { readonly size: number }>;
  /** @throws ChatExportError also later, in the stream, when the content is not what the list says */
  open(name: string): Promise<Readable>;
  close(): void;
}

/**
 * Opens a zip and checks its whole list of contents: no absolute paths, no `..`, no links, nothing encrypted, no name
 * twice, and not more than the limits allow.
 *
 * @throws ChatExportError that names the entry
 */
export async function openZip(path: string, limits: ZipLimits = defaultZipLimits): Promise<CheckedZip> {
  const zip = await openFile(path);
  const entries = new Map<string, Entry>();
  try {
    let total = 0;
    for await (const entry of entriesOf(zip)) {
      if (entries.size >= limits.maxEntries)
        throw new ChatExportError(`The zip holds more than ${limits.maxEntries} files.`);
      total += entry.uncompressedSize;
      checkEntry(entry, limits);
      if (total > limits.maxTotal) {
        throw new ChatExportError(
          `The files of the zip are larger together than ${limits.maxTotal} bytes (at "${shown(entry.fileName)}").`,
        );
      }
      if (entries.has(entry.fileName)) refuse(entry, 'is there twice');
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
    }
  } catch (error) {
    zip.close();
    throw error;
  }
  return {
    entries: new Map([...entries].map(([name, { uncompressedSize }]) => [name, { size: uncompressedSize }])),
    open: (name) => openEntry(zip, entries.get(name), name),
    close: () => zip.close(),
  };
}

function openFile(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error) reject(new ChatExportError(`The zip cannot be read: ${error.message}.`, { cause: error }));
      else resolve(zip);
    });
  });
}

/** The library itself refuses absolute paths, `..` and backslashes, and names them. */
async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    if (error instanceof ChatExportError) throw error;
    const said = error instanceof Error ? error.message : '';
    throw new ChatExportError(`The zip is refused: ${shown(said)}.`, { cause: error });
  }
}

function checkEntry(entry: Entry, { maxRatio }: ZipLimits): void {
  const fileType = (entry.externalFileAttributes >>> 16) & 0o170_000;
  if (fileType === 0o120_000) refuse(entry, 'is a link');
  if (entry.isEncrypted()) refuse(entry, 'is encrypted');
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8)
    refuse(entry, 'is packed in an unknown way');
  const { compressedSize, uncompressedSize } = entry;
  if (uncompressedSize > harmlessSize && uncompressedSize > compressedSize * maxRatio) {
    refuse(entry, `would be more than ${maxRatio} times larger unpacked`);
  }
}

function refuse(entry: Entry, why: string): never {
  throw new ChatExportError(`The zip is refused: "${shown(entry.fileName)}" ${why}.`);
}

/** A name from outside, harmless on a terminal. */
function shown(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, 200);
}

async function openEntry(zip: ZipFile, entry: Entry | undefined, name: string): Promise<Readable> {
  if (entry === undefined) throw new ChatExportError(`The zip has no file "${shown(name)}".`);
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error)
        reject(new ChatExportError(`"${shown(name)}" cannot be read: ${error.message}.`, { cause: error }));
      else resolve(Readable.from(told(stream, name), { objectMode: false }));
    });
  });
}

/** What is found out only while it is unpacked (a wrong size, a sum that does not fit) is told in the same way. */
async function* told(stream: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    yield* stream as AsyncIterable<Buffer>;
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    throw new ChatExportError(`"${shown(name)}" cannot be read: ${shown(said)}.`, { cause: error });
  }
}
