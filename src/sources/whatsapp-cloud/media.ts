import type { Media } from '../../core/interaction.ts';
import { word, words, type Json } from './payload.ts';

/** A media object; undefined without an id. Its `url` is left out: it ends after 5 minutes (Meta docs, media). */
export function readMedia(part: Json | undefined): Media | undefined {
  const id = word(part?.['id']);
  if (!part || id === undefined) return undefined;
  const mimeType = word(part['mime_type']);
  const fileName = words(part['filename']);
  const sha256 = word(part['sha256']);
  return {
    id,
    ...(mimeType && { mimeType }),
    ...(fileName && { fileName }),
    ...(sha256 && { sha256 }),
    ...(part['voice'] === true && { voice: true }),
    ...(part['animated'] === true && { animated: true }),
  };
}
