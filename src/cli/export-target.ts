import { createWriteStream, existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openPromise, type ZipFile } from 'yauzl';
import { folderSink } from '../export/folder.ts';
import type {
  ExportOperations,
  ExportProgress,
  ExportRequest,
  ExportSink,
  ExportSummary,
} from '../pipeline/export-operations.ts';
import { UsageError } from './usage-error.ts';

const marker = 'UNFINISHED.txt';
const markerText = 'This was not finished. It is not to be used, and the verifier refuses it.\n';

/** Files with a manifest, as a worker elsewhere gives them, or as this process writes them. */
interface Source<S> {
  zip(): Promise<AsyncIterable<Uint8Array>>;
  readonly writeTo?: (sink: ExportSink) => Promise<S>;
}

/** Where an export is written, and how far it is. */
export interface Target {
  readonly out: string;
  readonly onProgress: (progress: ExportProgress) => void;
  /** bytes that came, where nothing more is known */
  readonly onBytes: (bytes: number) => void;
}

/** Checks that nothing is written over. @throws UsageError */
export function assertFree(given: string): void {
  const out = resolve(given);
  if (existsSync(`${out}.part`)) {
    throw new UsageError(`${out}.part is there: one that runs, or that was not finished; remove it first`);
  }
  if (!existsSync(out)) return;
  const isEmpty = !out.endsWith('.zip') && statSync(out).isDirectory() && readdirSync(out).length === 0;
  if (!isEmpty) throw new UsageError(`${out} is there already, and nothing is written over`);
}

/** Writes an export to a folder, or to a file that ends with `.zip`. */
export function writeExport(
  records: ExportOperations,
  request: ExportRequest,
  { onProgress, ...target }: Target,
): Promise<ExportSummary> {
  const { writeTo } = records;
  const source: Source<ExportSummary> = {
    zip: () => records.zip(request, onProgress),
    ...(writeTo !== undefined && { writeTo: (sink) => writeTo(request, sink, onProgress) }),
  };
  return writeWhole(source, target);
}

/**
 * Until all of it is there it is called `.part`; what failed is removed, what was killed stays so.
 *
 * @returns its manifest without the list of files
 */
export async function writeWhole<S>(
  source: Source<S>,
  { out: given, onBytes }: Omit<Target, 'onProgress'>,
): Promise<S> {
  const out = resolve(given);
  assertFree(out);
  const part = `${out}.part`;
  await mkdir(dirname(out), { recursive: true });
  try {
    const summary = out.endsWith('.zip')
      ? await writeZip<S>(await source.zip(), part, onBytes)
      : await writeFolder(source, part, onBytes);
    await rename(part, out);
    await syncFolder(dirname(out));
    return summary;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function writeZip<S>(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  onBytes: (bytes: number) => void,
): Promise<S> {
  let size = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of bytes) {
      size += chunk.length;
      onBytes(size);
      yield chunk;
    }
  }
  await pipeline(
    Readable.from(counted()),
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
  );
  const zip = await openPromise(path, { autoClose: false });
  try {
    return await summaryIn<S>(zip);
  } finally {
    zip.close();
  }
}

async function writeFolder<S>(source: Source<S>, part: string, onBytes: (bytes: number) => void): Promise<S> {
  await mkdir(part, { mode: 0o700 });
  await writeFile(join(part, marker), markerText);
  const sink = folderSink(part);
  const summary =
    source.writeTo === undefined
      ? await unpack<S>(await source.zip(), part, onBytes)
      : await source.writeTo(sink);
  await rm(join(part, marker));
  return summary;
}

/** What came as a zip from a worker, as a folder. */
async function unpack<S>(
  bytes: AsyncIterable<Uint8Array>,
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<S> {
  const path = join(folder, 'download.zip');
  const summary = await writeZip<S>(bytes, path, onBytes);
  const zip = await openPromise(path, { autoClose: false });
  try {
    const sink = folderSink(folder);
    for await (const entry of zip.eachEntry()) {
      const content = await zip.openReadStreamPromise(entry);
      await sink.add(entry.fileName, content as AsyncIterable<Uint8Array>);
    }
  } finally {
    zip.close();
  }
  await rm(path);
  return summary;
}

async function summaryIn<S>(zip: ZipFile): Promise<S> {
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== 'manifest.json') continue;
    let text = '';
    for await (const chunk of await zip.openReadStreamPromise(entry)) text += String(chunk);
    const { files: _files, ...summary } = JSON.parse(text) as Record<string, unknown>;
    return summary as S;
  }
  throw new Error('The export has no manifest: it was not finished.');
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
