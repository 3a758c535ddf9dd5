import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSeal, sealFileName, sealText, type SealPlace } from './place.ts';

/** Copies of seals in a folder, a file for each, which nobody may write to (0444). It may be on a medium that is written once. */
export function createFolderPlace(folder: string): SealPlace {
  return {
    name: `folder ${folder}`,
    async put(seal) {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      const path = join(folder, sealFileName(seal.number));
      const draft = `${path}.${process.pid}.new`;
      await writeDurably(draft, sealText(seal));
      try {
        // A link is refused where the name is taken: a copy is never written over.
        await link(draft, path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      } finally {
        await rm(draft, { force: true });
      }
      const opened = await open(folder, 'r');
      await opened.sync().finally(() => opened.close());
    },
    async get(number) {
      try {
        return readSeal(await readFile(join(folder, sealFileName(number)), 'utf8'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o444);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
