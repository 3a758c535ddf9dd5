import { createHash } from 'node:crypto';

/** A file that people sent, as the look-alike serves it. */
export interface SandboxMedia {
  readonly id: string;
  readonly mimeType: string;
  readonly data: Buffer;
}

/** As in live webhooks: base64 (Meta docs, messages webhooks). */
export function sha256Of({ data }: SandboxMedia): string {
  return createHash('sha256').update(data).digest('base64');
}

/** One white pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';

const offer = [
  '%PDF-1.1',
  '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
  '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj',
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj',
  'trailer<</Root 1 0 R>>',
  '%%EOF',
  '',
].join('\n');

/** The files that the sample webhooks name. */
export const demoMedia = {
  photo: { id: '2000000000000001', mimeType: 'image/png', data: Buffer.from(pixel, 'base64') },
  // the first page of an Ogg stream, without sound
  voice: {
    id: '2000000000000002',
    mimeType: 'audio/ogg; codecs=opus',
    data: Buffer.from('OggS\0\x02', 'latin1'),
  },
  offer: { id: '2000000000000003', mimeType: 'application/pdf', data: Buffer.from(offer) },
  voicemail: {
    id: '2000000000000004',
    mimeType: 'audio/ogg; codecs=opus',
    data: Buffer.from('OggS\0\x04', 'latin1'),
  },
} as const satisfies Record<string, SandboxMedia>;
