import { Readable } from 'node:stream';
import { openFolderStore } from '../../src/files/folder-store.ts';

/**
 * A process that keeps files until it is killed: `file-writer.ts <folder>`. Says `open`, then the hash of each file that is
 * kept. Contents are several chunks long, so that there is always one half-written.
 */
const store = await openFolderStore(process.argv[2] ?? '');
process.stdout.write('open\n');

async function write(lane: number): Promise<never> {
  for (let nth = 0; ; nth += 1) {
    const chunks = Array.from({ length: 20 }, () => Buffer.alloc(5_000, `${lane} ${nth} `));
    const { sha256 } = await store.put(Readable.from(chunks), 1_000_000);
    process.stdout.write(`${sha256}\n`);
  }
}

await Promise.all(Array.from({ length: 4 }, (_, lane) => write(lane)));
