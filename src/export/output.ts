import { createHash, sign, type KeyObject } from 'node:crypto';
import type { ExportSink, ExportSummary } from '../pipeline/export-operations.ts';

type Part = string | Uint8Array;

const blockSize = 64 * 1024;

/** A file of an export as the manifest tells it. */
interface FileLine {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/**
 * The files of an export on their way to the sink, with what the manifest says of each. The list is kept as bytes: a million
 * files are no million objects.
 */
export class Output {
  readonly #sink: ExportSink;
  readonly #blocks: Buffer[] = [];
  #lines: string[] = [];
  #count = 0;

  constructor(sink: ExportSink) {
    this.#sink = sink;
  }

  /** Files so far. */
  get count(): number {
    return this.#count;
  }

  /** Hands a file on; resolves when all of it was taken. */
  async add(path: string, parts: Iterable<Part> | AsyncIterable<Part>): Promise<FileLine> {
    const line = await this.#hand(path, parts);
    this.#lines.push(JSON.stringify(line));
    this.#count += 1;
    if (this.#lines.length >= 500) this.#fold();
    return line;
  }

  /** The last files: the list of all, its hash, and its signature where there is a key. @returns hash of the manifest */
  async finish(summary: ExportSummary, key: KeyObject | undefined): Promise<string> {
    this.#fold();
    const head = `${JSON.stringify(summary, null, 1).slice(0, -2)},\n "files": [\n`;
    const manifest = await this.#hand('manifest.json', [head, ...this.#blocks, '\n ]\n}\n']);
    const signed = key && sign(null, Buffer.from(manifestText(manifest.sha256)), key).toString('base64');
    const signature = signed && (await this.#hand('manifest.sig', [`${signed}\n`]));
    const hashes = [manifest, ...(signature ? [signature] : [])];
    await this.#hand(
      'manifest.sha256',
      hashes.map(({ sha256, path }) => `${sha256}  ${path}\n`),
    );
    return manifest.sha256;
  }

  async #hand(path: string, parts: Iterable<Part> | AsyncIterable<Part>): Promise<FileLine> {
    const hash = createHash('sha256');
    let size = 0;
    async function* counted(): AsyncIterable<Uint8Array> {
      for await (const block of inBlocks(parts)) {
        hash.update(block);
        size += block.length;
        yield block;
      }
    }
    await this.#sink.add(path, counted());
    return { path, size, sha256: hash.digest('hex') };
  }

  #fold(): void {
    if (this.#lines.length === 0) return;
    const before = this.#blocks.length === 0 ? '' : ',\n';
    this.#blocks.push(Buffer.from(`${before}  ${this.#lines.join(',\n  ')}`));
    this.#lines = [];
  }
}

/** What is signed of a manifest. */
function manifestText(sha256: string): string {
  return JSON.stringify(['wcs-manifest-1', sha256]);
}

/** Many short texts as few blocks. */
async function* inBlocks(parts: Iterable<Part> | AsyncIterable<Part>): AsyncIterable<Uint8Array> {
  let texts: string[] = [];
  let length = 0;
  for await (const part of parts) {
    if (typeof part === 'string') {
      texts.push(part);
      length += part.length;
      if (length < blockSize) continue;
    }
    if (length > 0) yield Buffer.from(texts.join(''));
    [texts, length] = [[], 0];
    if (typeof part !== 'string') yield part;
  }
  if (length > 0) yield Buffer.from(texts.join(''));
}
