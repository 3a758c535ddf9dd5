import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { ChatExportError } from './error.ts';
import { openZip, type CheckedZip, type ZipLimits } from './zip.ts';

/** A chat export on the disk: a text, alone or in a zip with the files that were sent. */
export interface ChatFile {
  /** whom or what the chat is with, as the name of the file tells */
  readonly chatName?: string;
  /** bytes of the text, for progress */
  readonly textSize: number;
  /** the text from its beginning; may be asked for again */
  text(): Promise<Readable>;
  /** a file that a message names; undefined: the export does not have it */
  media(name: string): { readonly size: number; open(): Promise<Readable> } | undefined;
  close(): void;
}

/**
 * Opens a `.txt` or `.zip` as Android and iOS make them; which of both it is, its first bytes tell.
 *
 * @throws ChatExportError when it cannot be read, is refused or has no chat in it
 */
export async function openChatFile(path: string, limits?: ZipLimits): Promise<ChatFile> {
  const name = basename(path);
  if (await isZip(path)) return fromZip(await openZip(path, limits), name);
  const { size } = await stat(path);
  return {
    ...named(name),
    textSize: size,
    text: async () => createReadStream(path),
    media: () => undefined,
    close: () => undefined,
  };
}

async function isZip(path: string): Promise<boolean> {
  let file;
  try {
    file = await open(path);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt16BE(0) === 0x504b;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ChatExportError(code === 'ENOENT' ? 'There is no such file.' : 'The file cannot be read.', {
      cause: error,
    });
  } finally {
    await file?.close();
  }
}

function fromZip(zip: CheckedZip, fileName: string): ChatFile {
  const chat = findChat([...zip.entries.keys()]);
  if (chat === undefined) {
    zip.close();
    throw new ChatExportError(
      'The zip holds no chat: a file _chat.txt or "WhatsApp Chat with ….txt" is missing.',
    );
  }
  const byName = new Map([...zip.entries].map(([path, entry]) => [basename(path), { path, ...entry }]));
  const fromChat = named(basename(chat));
  return {
    ...(fromChat.chatName === undefined ? named(fileName) : fromChat),
    textSize: zip.entries.get(chat)?.size ?? 0,
    text: () => zip.open(chat),
    media: (name) => {
      const entry = name === basename(chat) ? undefined : byName.get(name);
      return entry && { size: entry.size, open: () => zip.open(entry.path) };
    },
    close: () => zip.close(),
  };
}

/** Texts may have been sent in the chat too: the chat is the one with a name of WhatsApp's, or the only one. */
function findChat(paths: readonly string[]): string | undefined {
  const texts = paths.filter((path) => /\.txt$/i.test(path) && !path.startsWith('__MACOSX/'));
  return (
    texts.find((path) => basename(path) === '_chat.txt') ??
    texts.find((path) => /whatsapp/i.test(basename(path))) ??
    (texts.length === 1 ? texts[0] : undefined)
  );
}

/** `WhatsApp Chat with Ana.txt`, `WhatsApp Chat - Ana.zip` (iOS), and the same in the other languages. */
const chatNames =
  /^(?:WhatsApp Chat (?:with|-) |WhatsApp-Chat mit |Chat de WhatsApp con |Discussion WhatsApp avec |Conversa do WhatsApp com |Chat WhatsApp con |WhatsApp-chat met )(.+?)(?: ?\(\d+\))?\.(?:txt|zip)$/i;

function named(fileName: string): { chatName?: string } {
  const name = chatNames.exec(fileName)?.[1]?.trim();
  return name === undefined ? {} : { chatName: name };
}
