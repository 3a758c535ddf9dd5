import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ExportSink } from '../pipeline/export-operations.ts';

/** Puts the files of an export into a folder, which only its owner may read; each is on the disk when it was taken. */
export function folderSink(folder: string): ExportSink {
  return {
    async add(path, content) {
      const place = join(folder, path);
      await mkdir(dirname(place), { recursive: true, mode: 0o700 });
      await pipeline(Readable.from(content), createWriteStream(place, { flags: 'wx', mode: 0o600 }));
      if (path.startsWith('manifest.')) await sync(place);
    },
  };
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  await file.sync().finally(() => file.close());
}
