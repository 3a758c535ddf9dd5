import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { FileTooLargeError } from '../../src/files/file-store.ts';
import { openFolderStore } from '../../src/files/folder-store.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';

const sha = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const support = join(process.cwd(), 'test', 'support');

/** Names of all files under a folder. */
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
  );

describe('the folder of files', () => {
  let folder: TempFolder;
  beforeEach(() => {
    folder = makeTempFolder('files');
  });
  afterEach(() => folder.remove());

  const open = () => openFolderStore(folder.path);

  it('keeps a stream by its hash and gives it back', async () => {
    const store = await open();
    const kept = await store.put(Readable.from([Buffer.from('voice '), Buffer.from('note')]), 100);
    expect(kept).toEqual({ sha256: sha('voice note'), size: 10 });
    expect([await store.has(kept.sha256), await store.has(sha('other'))]).toEqual([true, false]);
    expect(String(await buffer(await store.open(kept.sha256)))).toBe('voice note');
    await expect(store.open(sha('other'))).rejects.toMatchObject({ code: 'ENOENT' });
    const [path, ...others] = filesIn(folder.path);
    expect(others).toEqual([]);
    const { sha256 } = kept;
    expect(path).toBe(join(folder.path, sha256.slice(0, 2), sha256.slice(2, 4), sha256));
    expect(statSync(path!).mode & 0o777).toBe(0o600);
  });

  it('keeps an empty file', async () => {
    const store = await open();
    expect(await store.put(Readable.from([]), 0)).toEqual({ sha256: sha(''), size: 0 });
    expect(await buffer(await store.open(sha('')))).toHaveLength(0);
  });

  it('keeps one content once, also when it comes several times at once', async () => {
    const store = await open();
    const second = await open();
    const puts = [store, second, store, second].map((one) => one.put(Readable.from(['same']), 100));
    expect(new Set((await Promise.all(puts)).map(({ sha256 }) => sha256))).toEqual(new Set([sha('same')]));
    await store.put(Readable.from(['same']), 100);
    expect(filesIn(folder.path)).toHaveLength(1);
  });

  it('keeps nothing of what is too large or breaks off', async () => {
    const store = await open();
    const large = Readable.from([Buffer.alloc(60), Buffer.alloc(60)]);
    await expect(store.put(large, 100)).rejects.toBeInstanceOf(FileTooLargeError);
    expect(large.destroyed).toBe(true);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('gone');
      })(),
    );
    await expect(store.put(broken, 100)).rejects.toThrow('gone');
    expect(filesIn(folder.path)).toEqual([]);
  });

  it.each(['', '../../etc/passwd', 'A'.repeat(64), `${'a'.repeat(63)}/`])(
    'refuses %j as a name',
    async (name) => {
      const store = await open();
      await expect(store.has(name)).rejects.toBeInstanceOf(RangeError);
      await expect(store.open(name)).rejects.toBeInstanceOf(RangeError);
    },
  );

  it('removes at its opening what a killed process left half-written, and nothing younger', async () => {
    await open();
    writeFileSync(join(folder.path, 'incoming', 'left-over'), 'half');
    await open();
    expect(filesIn(folder.path)).toHaveLength(1);
    await openFolderStore(folder.path, 0);
    expect(filesIn(folder.path)).toEqual([]);
  });

  it('shows no half-written file after a kill -9, and has every file that it said was kept', async () => {
    const args = ['--no-warnings', '--import', join(support, 'run-ts.mjs'), join(support, 'file-writer.ts')];
    const child = spawn(process.execPath, [...args, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    while (said.split('\n').length < 40) await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    const named = filesIn(folder.path).filter((path) => !path.includes('incoming'));
    for (const path of named) expect(path.endsWith(sha(readFileSync(path)))).toBe(true);
    const store = await openFolderStore(folder.path, 0);
    const kept = said.split('\n').filter((line) => /^[0-9a-f]{64}$/.test(line));
    expect(kept.length).toBeGreaterThan(30);
    for (const hash of kept) expect(await store.has(hash)).toBe(true);
    expect(filesIn(join(folder.path, 'incoming'))).toEqual([]);
  });
});
