import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { syncFolder, syncPath } from './ledger/durable-fs.ts';
import { lockFolder } from './ledger/folder-lock.ts';

/** A backup that cannot be restored, or not there; the message is a sentence. Nothing was changed. */
export class RestoreRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RestoreRefused';
  }
}

/** No way out of the folder, and nothing but what a backup has. */
const path = z.string().regex(/^(database|media)(\/(?!\.{1,2}(\/|$))[^/\\\0]+)+$/);

const manifestShape = z.object({
  format: z.literal('wcs-backup-1'),
  product: z.string(),
  id: z.string(),
  madeAt: z.string(),
  by: z.string(),
  folders: z.array(path),
  files: z.array(z.object({ path, size: z.number(), sha256: z.string() })),
});

/** What was restored. */
export type Restored = Pick<z.output<typeof manifestShape>, 'product' | 'id' | 'madeAt' | 'by'> & {
  readonly files: number;
  readonly bytes: number;
};

/**
 * Puts a backup into an empty data folder: each file is compared with the manifest on its way, and nothing has its name
 * before all are there and on the disk.
 *
 * @throws RestoreRefused, FolderLockedError
 */
export async function restoreBackup(from: string, dataDir: string): Promise<Restored> {
  const manifest = await readManifest(from);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(join(dataDir, 'lock'));
  const part = join(dataDir, 'restore.part');
  try {
    for (const name of ['database', 'media'])
      if (await hasSomething(join(dataDir, name)))
        throw new RestoreRefused(
          `There is a ${name} in ${dataDir} already, and nothing is written over: give DATA_DIR another folder.`,
        );
    await rm(part, { recursive: true, force: true });
    let bytes = 0;
    for (const folder of ['database', ...manifest.folders])
      await mkdir(join(part, folder), { recursive: true, mode: 0o700 });
    for (const file of manifest.files) {
      await take(join(from, file.path), join(part, file.path), file);
      bytes += file.size;
    }
    syncFolder(part);
    await rm(join(dataDir, 'media'), { recursive: true, force: true });
    if (await hasSomething(join(part, 'media'))) await rename(join(part, 'media'), join(dataDir, 'media'));
    // The database is the last: without it a start would begin an empty one, and with it everything is there.
    await rename(join(part, 'database'), join(dataDir, 'database'));
    syncPath(dataDir);
    const { product, id, madeAt, by, files } = manifest;
    return { product, id, madeAt, by, files: files.length, bytes };
  } finally {
    await rm(part, { recursive: true, force: true });
    lock.release();
  }
}

async function readManifest(from: string): Promise<z.output<typeof manifestShape>> {
  const text = await readFile(join(from, 'manifest.json'), 'utf8').catch(() => {
    throw new RestoreRefused(`${from} has no manifest.json: it is no backup, or one that was not finished.`);
  });
  const parsed = manifestShape.safeParse(readJson(text));
  if (parsed.success) return parsed.data;
  throw new RestoreRefused(
    `${from} is no backup that this release can read: manifest.json is not as it should be.`,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function take(
  from: string,
  to: string,
  { path: name, size, sha256 }: { readonly path: string; readonly size: number; readonly sha256: string },
): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  let count = 0;
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      count += chunk.length;
      yield chunk;
    }
  }
  await pipeline(createReadStream(from), counted, createWriteStream(to, { flags: 'wx', mode: 0o600 })).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT' ? new RestoreRefused(`The backup lacks ${name}.`) : error;
    },
  );
  if (count !== size || hash.digest('hex') !== sha256)
    throw new RestoreRefused(`The backup is damaged: ${name} is not as it was written.`);
}

async function hasSomething(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  // An empty store of files is made by every start.
  return names.some((name) => name !== 'incoming');
}
