import type { PassThrough } from '../source.ts';

export interface PassThroughOptions {
  readonly id: string;
  readonly kind: 'whatsapp-cloud' | '360dialog';
  readonly apiUrl: string;
  readonly businessNumbers: readonly string[] | 'all';
}

/** Forwards to the Cloud API (or 360dialog) with the sender's own token. */
export function createPassThrough({ id }: PassThroughOptions): PassThrough {
  return { id, forward: () => Promise.reject(new Error('unfinished')), close: async () => undefined };
}
