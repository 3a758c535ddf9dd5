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
  ExportSummary,
} from '../pipeline/export-operations.ts';
import { UsageError } from './usage-error.ts';

const marker = 'UNFINISHED.txt';
const markerText = 'This export was not finished. It is not to be used, and the verifier refuses it.\n';

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
    throw new UsageError(
      `${out}.part is there: an export that runs, or that was not finished; remove it first`,
    );
  }
  if (!existsSync(out)) return;
  const isEmpty = !out.endsWith('.zip') && statSync(out).isDirectory() && readdirSync(out).length === 0;
  if (!isEmpty) throw new UsageError(`${out} is there already, and nothing is written over`);
}

/**
 * Writes an export to a folder, or to a file that ends with `.zip`. Until all of it is there it is called `.part`; what failed
 * is removed, what was killed stays so.
 */
export async function writeExport(
  records: ExportOperations,
  request: ExportRequest,
  { out: given, onProgress, onBytes }: Target,
): Promise<ExportSummary> {
  const out = resolve(given);
  assertFree(out);
  const part = `${out}.part`;
  await mkdir(dirname(out), { recursive: true });
  try {
    const summary = out.endsWith('.zip')
      ? await writeZip(await records.zip(request, onProgress), part, onBytes)
      : await writeFolder(records, request, part, { onProgress, onBytes });
    await rename(part, out);
    await syncFolder(dirname(out));
    return summary;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

async function writeZip(
  bytes: AsyncIterable<Uint8Array>,
  path: string,
  onBytes: (bytes: number) => void,
): Promise<ExportSummary> {
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
    return await summaryIn(zip);
  } finally {
    zip.close();
  }
}

async function writeFolder(
  records: ExportOperations,
  request: ExportRequest,
  part: string,
  { onProgress, onBytes }: Pick<Target, 'onProgress' | 'onBytes'>,
): Promise<ExportSummary> {
  await mkdir(part, { mode: 0o700 });
  await writeFile(join(part, marker), markerText);
  const sink = folderSink(part);
  const summary =
    records.writeTo === undefined
      ? await unpack(await records.zip(request), part, onBytes)
      : await records.writeTo(request, sink, onProgress);
  await rm(join(part, marker));
  return summary;
}

/** What came as a zip from a worker, as a folder. */
async function unpack(
  bytes: AsyncIterable<Uint8Array>,
  folder: string,
  onBytes: (bytes: number) => void,
): Promise<ExportSummary> {
  const path = join(folder, 'download.zip');
  const summary = await writeZip(bytes, path, onBytes);
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

async function summaryIn(zip: ZipFile): Promise<ExportSummary> {
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName !== 'manifest.json') continue;
    let text = '';
    for await (const chunk of await zip.openReadStreamPromise(entry)) text += String(chunk);
    const { files: _files, ...summary } = JSON.parse(text) as ExportSummary & { files: unknown };
    return summary;
  }
  throw new Error('The export has no manifest: it was not finished.');
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
