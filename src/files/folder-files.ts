import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileKeys } from '../keys/file-keys.ts';
import type { SealedFiles } from './file-store.ts';
import { headerBytes, keyNameIn } from './sealed-file.ts';

/** How a file is kept. `shut`: nobody has its key, which was destroyed, or is that of other settings. */
export type FileState =
  { readonly kind: 'none' | 'clear' | 'shut' } | { readonly kind: 'sealed'; readonly key: Buffer };

/** Looks at the beginning of a file, and for its key. */
export async function lookAt(place: string, sha256: string, keys: FileKeys | undefined): Promise<FileState> {
  const header = await readHeader(place);
  if (header === undefined) return { kind: 'none' };
  const name = keyNameIn(header);
  if (name === undefined) return { kind: 'clear' };
  const key = await keys?.find(sha256, name);
  if (key !== undefined) return { kind: 'sealed', key };
  // Anybody may send a file that begins like ours: its hash tells.
  return { kind: (await hashOf(place)) === sha256 ? 'clear' : 'shut' };
}

async function readHeader(place: string): Promise<Buffer | undefined> {
  try {
    const file = await open(place, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function hashOf(place: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(place), hash);
  return hash.digest('hex');
}

/**
 * Goes through files in the order of their names.
 *
 * @param seal true: it is encrypted now; false: it is damaged; undefined: there was nothing to do
 */
export async function sealClear(
  root: string,
  { after, limit }: { readonly after: string; readonly limit: number },
  seal: (sha256: string) => Promise<boolean | undefined>,
): Promise<SealedFiles> {
  const counts = { sealed: 0, damaged: 0 };
  for await (const sha256 of filesAfter(root, after)) {
    const done = await seal(sha256);
    if (done === true) counts.sealed += 1;
    if (done === false) counts.damaged += 1;
    if (counts.sealed + counts.damaged >= limit) return { ...counts, next: sha256 };
  }
  return counts;
}

async function* filesAfter(root: string, after: string): AsyncGenerator<string> {
  for (const first of await namesIn(root, /^[0-9a-f]{2}$/)) {
    if (first < after.slice(0, 2)) continue;
    for (const second of await namesIn(join(root, first), /^[0-9a-f]{2}$/)) {
      if (first + second < after.slice(0, 4)) continue;
      const files = await namesIn(join(root, first, second), /^[0-9a-f]{64}$/);
      yield* files.filter((name) => name > after);
    }
  }
}

async function namesIn(folder: string, shape: RegExp): Promise<string[]> {
  return (await readdir(folder)).filter((name) => shape.test(name)).toSorted();
}
