import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { openFolderStore } from '../../src/files/folder-store.ts';
import { FileSealer, keyNameIn, openSealed } from '../../src/files/sealed-file.ts';
import type { FileKeys } from '../../src/keys/file-keys.ts';
import { makeTempFolder } from '../support/temp.ts';

const chunk = 65_536;
const whole = 1_000_000;

/** Seals content that comes in pieces of these sizes. */
function sealed(content: Buffer, key: Buffer, name: Buffer, pieces: readonly number[]): Buffer {
  const sealer = new FileSealer({ key, name });
  const out = [sealer.header];
  let at = 0;
  for (const size of pieces) {
    out.push(sealer.update(content.subarray(at, at + size)));
    at += size;
  }
  out.push(sealer.update(content.subarray(at)), sealer.final());
  return Buffer.concat(out);
}

const opened = async (file: Buffer, key: Buffer, pieces = chunk) => {
  const parts: Buffer[] = [];
  for (let at = 0; at < file.length; at += pieces) parts.push(file.subarray(at, at + pieces));
  return buffer(Readable.from(openSealed(Readable.from(parts), key)));
};

describe('a sealed file', () => {
  const key = randomBytes(32);
  const name = randomBytes(16);

  test('opens as it was, whatever the pieces in which it came and is read', async () => {
    const size = fc.oneof(fc.nat(200), fc.integer({ min: chunk - 2, max: chunk + 2 }), fc.nat(3 * chunk));
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.array(size, { maxLength: 4 }),
        fc.integer({ min: 1, max: 100_000 }),
        async (length, pieces, read) => {
          const content = randomBytes(length);
          const file = sealed(content, key, name, pieces);
          expect(keyNameIn(file)).toEqual(name);
          expect((await opened(file, key, Math.max(read, 64))).equals(content)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('does not open when it was cut, altered, prolonged, or its pieces were put in another order', async () => {
    const content = randomBytes(3 * chunk);
    const file = sealed(content, key, name, []);
    const piece = (nth: number) => file.subarray(24 + nth * (chunk + 16), 24 + (nth + 1) * (chunk + 16));
    const [head, one, two, three] = [file.subarray(0, 24), piece(0), piece(1), piece(2)];
    const flipped = (at: number) => {
      const copy = Buffer.from(file);
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      return copy;
    };
    const wrong = [
      file.subarray(0, -1),
      Buffer.concat([head, one, two]),
      head,
      file.subarray(0, 10),
      Buffer.concat([head, two, one, three]),
      Buffer.concat([head, one, one, two, three]),
      Buffer.concat([file, three]),
      Buffer.concat([file, Buffer.from('x')]),
      flipped(9),
      flipped(30),
      flipped(file.length - 1),
    ];
    for (const one_ of wrong) await expect(opened(one_, key)).rejects.toThrow('not whole');
    await expect(opened(file, randomBytes(32))).rejects.toThrow('not whole');
  });
});

/** Keys in memory, as the ledger keeps them. */
class Keys implements FileKeys {
  readonly kept = new Map<string, Buffer>();
  isAway = false;

  async create() {
    if (this.isAway) throw new Error('no key');
    const [key, name] = [randomBytes(32), randomBytes(16)];
    return {
      key,
      name,
      keep: async (sha256: string) => void this.kept.set(`${sha256} ${name.toString('hex')}`, key),
    };
  }

  async find(sha256: string, name: Buffer) {
    return this.kept.get(`${sha256} ${name.toString('hex')}`);
  }
}

describe('the folder of files with keys', () => {
  const text = Buffer.from('Zugspitze at noon, '.repeat(10_000));
  const sha256 = createHash('sha256').update(text).digest('hex');
  let folder: ReturnType<typeof makeTempFolder>;
  let keys: Keys;
  beforeEach(() => {
    folder = makeTempFolder('sealed-files');
    keys = new Keys();
  });
  afterEach(() => folder.remove());

  const open = (own?: FileKeys) => openFolderStore(folder.path, undefined, own);
  const placeOf = (hash: string) => join(folder.path, hash.slice(0, 2), hash.slice(2, 4), hash);
  const onDisk = () => readFileSync(placeOf(sha256));
  const readBack = async (own?: FileKeys) => buffer(await (await open(own)).open(sha256));

  test('tells hash and size of the content, keeps it encrypted, and gives it back', async () => {
    const store = await open(keys);
    expect(await store.put(Readable.from([text]), whole)).toEqual({ sha256, size: text.length });
    expect(onDisk().includes('Zugspitze')).toBe(false);
    expect(await store.has(sha256)).toBe(true);
    expect((await readBack(keys)).equals(text)).toBe(true);
    const before = onDisk();
    await store.put(Readable.from([text]), whole);
    expect(onDisk().equals(before)).toBe(true);
    expect(keys.kept.size).toBe(1);
  });

  test('is never in clear on its way, and nothing is written without a key', async () => {
    const store = await open(keys);
    let seen = Buffer.alloc(0);
    const slow = async function* () {
      yield text;
      // The stream asks for the next piece before the first one is written.
      while (seen.length <= chunk) {
        await new Promise((resolve) => setImmediate(resolve));
        const [draft] = readdirSync(join(folder.path, 'incoming'));
        seen = readFileSync(join(folder.path, 'incoming', draft ?? ''));
      }
      yield text;
    };
    await store.put(Readable.from(slow()), whole);
    expect(seen.includes('Zugspitze')).toBe(false);
    keys.isAway = true;
    await expect(store.put(Readable.from([text]), whole)).rejects.toThrow('no key');
    expect(readdirSync(join(folder.path, 'incoming'))).toEqual([]);
    expect(await store.has(sha256)).toBe(false);
  });

  test('reads what was kept in clear before, and encrypts it when it is told to', async () => {
    await (await open()).put(Readable.from([text]), whole);
    await (await open()).put(Readable.from(['other']), whole);
    expect((await readBack(keys)).equals(text)).toBe(true);
    const store = await open(keys);
    const first = await store.sealClear('', 1);
    expect(first).toMatchObject({ sealed: 1, next: expect.any(String) });
    expect(await store.sealClear(first.next ?? '', 10)).toEqual({ sealed: 1, damaged: 0 });
    expect(await store.sealClear('', 10)).toEqual({ sealed: 0, damaged: 0 });
    expect(onDisk().includes('Zugspitze')).toBe(false);
    expect((await readBack(keys)).equals(text)).toBe(true);
    await expect(readBack()).rejects.toThrow('a key that is not there');
  });

  test('leaves a file alone that is not what its name says', async () => {
    await (await open()).put(Readable.from([text]), whole);
    writeFileSync(placeOf(sha256), 'somebody changed it');
    expect(await (await open(keys)).sealClear('', 10)).toEqual({ sealed: 0, damaged: 1 });
  });

  test('opens no file in the place of another, and none whose key was destroyed', async () => {
    const store = await open(keys);
    await store.put(Readable.from([text]), whole);
    const other = await store.put(Readable.from(['other']), whole);
    copyFileSync(placeOf(other.sha256), placeOf(sha256));
    await expect(readBack(keys)).rejects.toThrow('a key that is not there');
    keys.kept.clear();
    expect(await store.has(other.sha256)).toBe(false);
    await store.put(Readable.from(['other']), whole);
    expect(await store.has(other.sha256)).toBe(true);
  });

  test('takes a file that begins like an encrypted one for what it is', async () => {
    const strange = Buffer.concat([Buffer.from('WCSFILE1'), randomBytes(40)]);
    const kept = await (await open()).put(Readable.from([strange]), whole);
    expect(await buffer(await (await open(keys)).open(kept.sha256))).toEqual(strange);
  });

  test('takes no more memory for a large file than for a small one', async () => {
    const store = await open(keys);
    const piece = randomBytes(1_048_576);
    const large = async function* () {
      for (let nth = 0; nth < 96; nth += 1) yield piece;
    };
    const start = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
    const { sha256: hash } = await store.put(Readable.from(large()), Infinity);
    let length = 0;
    for await (const part of await store.open(hash)) length += (part as Buffer).length;
    clearInterval(watch);
    expect(length).toBe(96 * 1_048_576);
    expect(most - start).toBeLessThan(64 * 1_048_576);
  }, 60_000);
});
