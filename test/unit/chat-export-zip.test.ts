import { createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ZipFile } from 'yazl';
import { openChatFile } from '../../src/sources/chat-export/index.ts';
import { defaultZipLimits, openZip } from '../../src/sources/chat-export/zip.ts';
import { makeTempFolder } from '../support/temp.ts';

const folder = makeTempFolder('export-zip');
afterAll(() => folder.remove());

const chat = '13/06/24, 10:00 - Ana: hello\n';

async function zipOf(name: string, add: (zip: ZipFile) => void): Promise<string> {
  const path = join(folder.path, name);
  const zip = new ZipFile();
  add(zip);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

const withFile = (name: string, options = {}, content = 'x') =>
  zipOf('hostile.zip', (zip) => {
    zip.addBuffer(Buffer.from(chat), '_chat.txt');
    zip.addBuffer(Buffer.from(content), name, options);
  });

/** The same zip with another name of the same length in both of its lists. */
function renamed(path: string, from: string, to: string): string {
  writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replaceAll(from, to), 'latin1'));
  return path;
}

describe('a zip with a chat', () => {
  test('gives its text again and again, and the files by name', async () => {
    const path = await zipOf('WhatsApp Chat - Ana.zip', (zip) => {
      zip.addBuffer(Buffer.from('a note'), 'notes.txt');
      zip.addBuffer(Buffer.from(chat), '_chat.txt');
      zip.addBuffer(Buffer.from('picture'), '00000042-PHOTO.jpg');
    });
    const file = await openChatFile(path);
    expect(file.chatName).toBe('Ana');
    expect(await text(await file.text())).toBe(chat);
    expect(await text(await file.text())).toBe(chat);
    expect(file.media('00000042-PHOTO.jpg')?.size).toBe(7);
    expect(await text(await file.media('00000042-PHOTO.jpg')!.open())).toBe('picture');
    expect(file.media('../_chat.txt')).toBeUndefined();
    file.close();
  });

  test('of Android tells whom it is with by the name of the text', async () => {
    const path = await zipOf('x.zip', (zip) =>
      zip.addBuffer(Buffer.from(chat), 'WhatsApp-Chat mit +49 1512 345678.txt'),
    );
    const file = await openChatFile(path);
    expect(file.chatName).toBe('+49 1512 345678');
    file.close();
  });

  test('is refused without a chat, or when it is none', async () => {
    const empty = await zipOf('empty.zip', (zip) => zip.addBuffer(Buffer.from('x'), 'picture.jpg'));
    await expect(openChatFile(empty)).rejects.toThrow('holds no chat');
    const broken = join(folder.path, 'broken.zip');
    writeFileSync(broken, 'PK\u0003\u0004 and nothing more');
    await expect(openChatFile(broken)).rejects.toThrow('cannot be read');
    await expect(openChatFile(join(folder.path, 'none.zip'))).rejects.toThrow('There is no such file');
  });
});

describe('a hostile zip is refused, and the entry named', () => {
  test.each([
    ['a path upwards', 'aa/bad.jpg', '../bad.jpg', /\.\.\/bad\.jpg/],
    ['an absolute path', 'aetc/bad.jpg', '/etc/bad.jpg'.slice(0, 12), /etc\/bad\.jpg/],
    ['a backslash', 'aa/bad.jpg', '..\\bad.jpg', /bad\.jpg/],
  ])('for %s', async (_case, from, to, said) => {
    const path = renamed(await withFile(from), from, to);
    await expect(openChatFile(path)).rejects.toThrow(said);
  });

  test('for a link', async () => {
    await expect(openChatFile(await withFile('link.jpg', { mode: 0o120777 }))).rejects.toThrow(
      '"link.jpg" is a link',
    );
  });

  test('for an encrypted entry', async () => {
    const path = await withFile('secret.jpg');
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    bytes.writeUInt16LE(bytes.readUInt16LE(at + 8) | 1, at + 8);
    writeFileSync(path, bytes);
    await expect(openChatFile(path)).rejects.toThrow('"secret.jpg" is encrypted');
  });

  test('for a name that is there twice', async () => {
    const path = renamed(await withFile('_chaz.txt'), '_chaz.txt', '_chat.txt');
    await expect(openChatFile(path)).rejects.toThrow('"_chat.txt" is there twice');
  });

  test('for a file that would be far larger unpacked', async () => {
    const bomb = await withFile('bomb.jpg', {}, '0'.repeat(4 * 1024 * 1024));
    await expect(openChatFile(bomb)).rejects.toThrow('"bomb.jpg" would be more than 300 times larger');
  });

  test('for more files, or more bytes, than allowed', async () => {
    const path = await withFile('a.jpg');
    await expect(openZip(path, { ...defaultZipLimits, maxEntries: 1 })).rejects.toThrow('more than 1 files');
    await expect(openZip(path, { ...defaultZipLimits, maxTotal: 20 })).rejects.toThrow(
      'larger together than 20 bytes',
    );
  });

  test('while it is read, when it holds more than its list says', async () => {
    const path = await withFile('liar.jpg', {}, 'x'.repeat(5_000));
    const bytes = readFileSync(path);
    const at = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    bytes.writeUInt32LE(10, at + 24);
    writeFileSync(path, bytes);
    const file = await openChatFile(path);
    await expect(file.media('liar.jpg')!.open().then(text)).rejects.toThrow();
    file.close();
  });
});
