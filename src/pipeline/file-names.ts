import type { Interaction, Media } from '../core/interaction.ts';
import type { AttachmentTask } from '../ledger/ledger.ts';

type StoredFile = AttachmentTask['files'][number];

/** Usual extension of what comes over WhatsApp (Cloud API, supported media types) and of recordings. */
export const extensions: Readonly<Record<string, string>> = {
  'application/json': 'json',
  'application/msword': 'doc',
  'application/pdf': 'pdf',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.ms-powerpoint': 'ppt',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'pptx',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/zip': 'zip',
  'audio/aac': 'aac',
  'audio/amr': 'amr',
  'audio/mp4': 'm4a',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/opus': 'opus',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'image/gif': 'gif',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'text/csv': 'csv',
  'text/plain': 'txt',
  'text/vcard': 'vcf',
  'text/x-vcard': 'vcf',
  'video/3gpp': '3gp',
  'video/mp4': 'mp4',
};

const longest = 150;

/** MIME type of a stored file, without parameters: `audio/ogg`. */
export function mimeTypeOf(interaction: Interaction, file: StoredFile): string {
  const type = file.mimeType ?? mediaOf(interaction, file.mediaId)?.mimeType ?? '';
  return /^[\w.+-]+\/[\w.+-]+/.exec(type.trim().toLowerCase())?.[0] ?? 'application/octet-stream';
}

/**
 * What people see of each file: its own name, else what it is and when it was sent, `voice-message-2026-03-01-1015.ogg`
 * (UTC). No two files of an interaction have the same name.
 */
export function fileNames(interaction: Interaction, files: readonly StoredFile[]): string[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const name = nameOf(interaction, file);
    let free = name;
    for (let number = 2; taken.has(free); number += 1) free = name.replace(/(\.[^.]*)?$/, `-${number}$1`);
    taken.add(free);
    return free;
  });
}

function nameOf(interaction: Interaction, file: StoredFile): string {
  const media = mediaOf(interaction, file.mediaId);
  const type = mimeTypeOf(interaction, file);
  const own = safeFileName(file.fileName ?? media?.fileName ?? '');
  const extension = extensions[type] ?? 'bin';
  if (own !== '') return /\.\w{1,8}$/.test(own) ? own : `${own}.${extension}`;
  const at = interaction.occurredAt;
  const time = `${at.slice(0, 10)}-${at.slice(11, 13)}${at.slice(14, 16)}`;
  return `${wordOf(interaction, media, type)}-${time}.${extension}`;
}

function mediaOf(interaction: Interaction, mediaId: string): Media | undefined {
  return mediaList(interaction).find(({ id }) => id === mediaId);
}

function mediaList(interaction: Interaction): Media[] {
  if (interaction.kind === 'call') {
    const { recording, transcript, voicemail } = interaction;
    return [recording, transcript, voicemail].filter((media) => media !== undefined);
  }
  const contents = [interaction.content, ...interaction.earlier.map(({ content }) => content)];
  return contents.flatMap((content) => content?.media ?? []);
}

function wordOf(interaction: Interaction, media: Media | undefined, type: string): string {
  if (interaction.kind === 'call') {
    if (media !== undefined && media === interaction.transcript) return 'transcript';
    return media !== undefined && media === interaction.voicemail ? 'voicemail' : 'call-recording';
  }
  if (media?.voice) return 'voice-message';
  if (interaction.content?.type === 'sticker') return 'sticker';
  const family = /^(image|audio|video)\//.exec(type)?.[1];
  return family ?? (type === 'text/vcard' || type === 'text/x-vcard' ? 'contact' : 'document');
}

/** Names that Windows takes for devices, whatever their extension. */
const device = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?=\.|$)/i;

/**
 * The name that a stranger gave a file, safe to be saved under: without folders, control and reserved characters, marks that
 * would show another extension than it has, half characters, and names of devices; at most 150 characters, of which the end
 * is kept, for the extension. Empty: nothing of it is left.
 */
export function safeFileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cs}/\\:*?"<>|\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, '_')
    .replaceAll(/\s+/g, ' ');
  const letters = [...plain.trim()].slice(-longest).join('');
  // Windows drops dots and spaces at the end: what stands before would be the extension.
  const whole = letters.replace(/^[\s.]+/, '').replace(/[\s.]+$/, '');
  return whole.replace(device, '_$1');
}
