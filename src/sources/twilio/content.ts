import type { Media } from '../../core/interaction.ts';

/** A file as Twilio tells of it: its ids, or none where the file is not one of Twilio's. */
export interface NamedFile {
  /** `<sid of the message>/<sid of the file>` */
  readonly id: string | undefined;
  readonly mimeType: string | undefined;
  readonly fileName?: string | undefined;
}

/** WhatsApp's word for a message with such a file. */
export function typeOfFile(mimeType: string | undefined): string {
  const [family = ''] = (mimeType ?? '').toLowerCase().split('/');
  if (/^text\/(x-)?vcard/i.test(mimeType ?? '')) return 'contacts';
  if (/^image\/webp/i.test(mimeType ?? '')) return 'sticker';
  return ['image', 'video', 'audio'].includes(family) ? family : 'document';
}

/** Files that can be fetched, and how many there are that cannot. */
export function mediaOf(files: readonly NamedFile[]): { media: readonly Media[]; elsewhere: number } {
  const media = files.flatMap(({ id, mimeType, fileName }): Media[] =>
    id === undefined
      ? []
      : [{ id, ...(mimeType !== undefined && { mimeType }), ...(fileName !== undefined && { fileName }) }],
  );
  return { media, elsewhere: files.length - media.length };
}

/** Name and place of a location, each on a line of its own. */
export function placeText(
  name: string | undefined,
  address: string | undefined,
  latitude: string | undefined,
  longitude: string | undefined,
): string {
  const point = latitude !== undefined && longitude !== undefined ? `${latitude}, ${longitude}` : undefined;
  return [name, address, point].filter((line) => line !== undefined).join('\n');
}
