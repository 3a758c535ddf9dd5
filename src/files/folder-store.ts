import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { FileKeys } from '../keys/file-keys.ts';
import { FileTooLargeError, type FileStore } from './file-store.ts';
import { lookAt, sealClear } from './folder-files.ts';
import { FileSealer, openSealed } from './sealed-file.ts';

const incoming = 'incoming';

/**
 * Files in a folder, `ab/cd/<sha256>`. A file is written beside the others and takes its name when all of it is on the
 * disk: whatever has a name is whole. Only the owner may read them (0600). Several processes may share the folder.
 *
 * @param path made when it is not there
 * @param staleMs what a killed process left half-written is removed when it has not grown for so long (an hour)
 * @param keys new files are encrypted, each with a key of its own, from their first byte on the disk; what was kept in
 *   clear before can still be read
 */
export async function openFolderStore(
  path: string,
  staleMs = 3_600_000,
  keys?: FileKeys,
): Promise<FileStore> {
  await mkdir(join(path, incoming), { recursive: true, mode: 0o700 });
  await removeStale(join(path, incoming), staleMs);
  const placeOf = (sha256: string): string => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError('A file is named by its sha256.');
    return join(path, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  };
  const stateOf = (sha256: string) => lookAt(placeOf(sha256), sha256, keys);
  const put: FileStore['put'] = async (stream, maxBytes) => {
    const draft = join(path, incoming, randomBytes(12).toString('hex'));
    try {
      const own = await keys?.create();
      const kept = await write(stream, draft, maxBytes, own && new FileSealer(own));
      const there = await stateOf(kept.sha256);
      const isWanted = there.kind === 'sealed' || (there.kind === 'clear' && own === undefined);
      const stays = isWanted && (await touched(placeOf(kept.sha256)));
      if (!stays) await own?.keep(kept.sha256);
      await publish(draft, placeOf(kept.sha256), path, stays);
      return kept;
    } finally {
      stream.destroy();
      await rm(draft, { force: true });
    }
  };
  return {
    put,
    has: async (sha256) => ['clear', 'sealed'].includes((await stateOf(sha256)).kind),
    async remove(sha256, before) {
      // Out of everybody's way first: whoever puts it from now on finds none, and writes it.
      const aside = join(path, incoming, randomBytes(12).toString('hex'));
      if (!(await moved(placeOf(sha256), aside))) return true;
      const isNewer = (await stat(aside)).mtimeMs > before.getTime();
      if (isNewer) await rename(aside, placeOf(sha256));
      else await rm(aside, { force: true });
      for (const one of [dirname(placeOf(sha256)), join(path, incoming)]) await syncFolder(one);
      return !isNewer;
    },
    async open(sha256) {
      const state = await stateOf(sha256);
      if (state.kind === 'shut') throw new Error('A file is encrypted with a key that is not there.');
      const file = await openStream(placeOf(sha256));
      return state.kind === 'sealed'
        ? Readable.from(openSealed(file as AsyncIterable<Buffer>, state.key), { objectMode: false })
        : file;
    },
    sealClear: (after, limit) =>
      sealClear(path, { after, limit }, async (sha256) => {
        if (keys === undefined || (await stateOf(sha256)).kind !== 'clear') return undefined;
        const kept = await put(await openStream(placeOf(sha256)), Infinity);
        return kept.sha256 === sha256;
      }),
  };
}

async function openStream(place: string): Promise<Readable> {
  const file = createReadStream(place);
  await new Promise<void>((resolve, reject) => {
    file.once('open', () => resolve());
    file.once('error', reject);
  });
  return file;
}

/** Writes all of a stream, hashing it on the way; on the disk when it resolves. */
async function write(
  stream: Readable,
  draft: string,
  maxBytes: number,
  sealer: FileSealer | undefined,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  const file = await open(draft, 'wx', 0o600);
  let size = 0;
  try {
    if (sealer !== undefined) await writeAll(file, sealer.header);
    for await (const chunk of stream as AsyncIterable<Buffer | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (size > maxBytes) throw new FileTooLargeError(maxBytes);
      hash.update(bytes);
      await writeAll(file, sealer === undefined ? bytes : sealer.update(bytes));
    }
    if (sealer !== undefined) await writeAll(file, sealer.final());
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

/** Gives a finished file its name, unless the one that is there already, with the same content, stays. */
async function publish(draft: string, place: string, root: string, stays: boolean): Promise<void> {
  const folder = dirname(place);
  if (!stays) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(draft, place);
  }
  // Also for one that was there: who named it may have been killed before it was on the disk.
  for (const one of [folder, dirname(folder), root]) await syncFolder(one);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** As new as one that was written now: it is not removed for a reason of before. false: there is none */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  return unlessMissing(utimes(path, now, now));
}

function moved(from: string, to: string): Promise<boolean> {
  return unlessMissing(rename(from, to));
}

async function unlessMissing(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** A file that another process is writing right now is young: it stays. */
async function removeStale(folder: string, staleMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const age = await ageOf(path);
    if (age !== undefined && age >= staleMs) await rm(path, { force: true });
  }
}

async function ageOf(path: string): Promise<number | undefined> {
  try {
    // the file's clock has fractions of a millisecond, which must not make it younger than now
    return Date.now() - Math.floor((await stat(path)).mtimeMs);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
