import type { MediaSource } from '../source.ts';

/** Where a Cloud API app or a 360dialog channel keeps its files. */
export interface WhatsAppMediaOptions {
  readonly id: string;
  readonly kind: 'whatsapp-cloud' | '360dialog';
  readonly apiUrl: string;
  /** `v25.0`; 360dialog has none */
  readonly apiVersion?: string;
  /** bearer token, or 360dialog's API key */
  readonly secret: string;
}

/** Fetches files by id: first a fresh link, then the file behind it (Meta docs, media). */
export function createWhatsAppMedia({ id }: WhatsAppMediaOptions): MediaSource {
  return { id, fetchMedia: () => Promise.reject(new Error('unfinished')) };
}
