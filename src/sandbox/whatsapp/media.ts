import { createHash } from 'node:crypto';
import { lampPicture, spokenSound } from './media-data.ts';

/** A file that people sent, as the look-alike serves it. */
export interface SandboxMedia {
  readonly id: string;
  readonly mimeType: string;
  readonly data: Buffer;
  /** what is said of its hash, when that is not the true one in base64 */
  readonly sha256?: string;
  /** where the link redirects to, instead of giving the file */
  readonly redirectTo?: string;
  /** the file is given when this resolves */
  readonly ready?: Promise<unknown>;
  /** the connection breaks after so many bytes */
  readonly breaksAfter?: number;
  /** its size is told neither with the link nor with the file */
  readonly hidesSize?: boolean;
}

/** As in live webhooks: base64 (Meta docs, messages webhooks), unless something else shall be said. */
export function sha256Of({ data, sha256 }: Pick<SandboxMedia, 'data' | 'sha256'>): string {
  return sha256 ?? createHash('sha256').update(data).digest('base64');
}

const offer = [
  '%PDF-1.1',
  '1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj',
  '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj',
  '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj',
  'trailer<</Root 1 0 R>>',
  '%%EOF',
  '',
].join('\n');

/** As a call's transcript comes (Meta docs, call transcription). */
const transcript = {
  metadata: {
    processed_at: '2026-06-01T12:00:00Z',
    audio: { duration: 180, channels: 2, audio_format: 'ogg' },
  },
  transcript: {
    text: '[Business] Hello, this is the lamp shop. [Customer] Hello, I would like two more of the blue ones.',
    language: 'en',
    duration: 180,
    confidence: 0.97,
    segments: [],
  },
};

const sound = { mimeType: 'audio/ogg; codecs=opus', data: spokenSound };

/** The files that the sample webhooks name. */
export const demoMedia = {
  photo: { id: '2000000000000001', mimeType: 'image/png', data: lampPicture },
  voice: { id: '2000000000000002', ...sound },
  offer: { id: '2000000000000003', mimeType: 'application/pdf', data: Buffer.from(offer) },
  voicemail: { id: '2000000000000004', ...sound },
  recording: { id: '2000000000000005', ...sound },
  transcript: {
    id: '2000000000000006',
    mimeType: 'application/json',
    data: Buffer.from(JSON.stringify(transcript)),
  },
} as const satisfies Record<string, SandboxMedia>;
