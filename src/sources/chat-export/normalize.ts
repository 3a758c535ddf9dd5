import type { CallFact, Fact } from '../../core/fact.ts';
import type { CallResult, Direction, Media, MessageContent, Person } from '../../core/interaction.ts';
import type { Normalize } from '../source.ts';
import { readBody, type Body } from './body.ts';
import { linePayload, mediaIdOfExport, type LinePayload } from './payload.ts';

/** Reads one stored event of this source kind. Total: what it cannot read is an `unrecognised` fact. */
export const normalizeChatExport: Normalize = (event) => {
  const unrecognised: Fact = { kind: 'unrecognised', at: event.occurredAt, topic: event.kind };
  const read = linePayload.safeParse(event.payload);
  if (!read.success || (event.kind !== 'message' && event.kind !== 'call')) return unrecognised;
  const body = readBody(read.data.text);
  return event.kind === 'call' && body.kind === 'call'
    ? callFact(read.data, body, event.occurredAt)
    : messageFact(read.data, body, event.occurredAt);
};

function messageFact(payload: LinePayload, body: Body, at: string): Fact {
  const { direction, person, group } = payload;
  const content = contentOf(body, payload.text);
  return {
    kind: 'message',
    at,
    direction,
    person: compact(person) as Person,
    content,
    ...(group && { group }),
    via: 'import',
  };
}

function contentOf(body: Body, raw: string): MessageContent {
  switch (body.kind) {
    case 'text':
      return { type: 'text', text: body.text, ...editedMark(body.edited) };
    case 'file':
      return { type: body.type, text: body.text, media: [mediaOf(body)], ...editedMark(body.edited) };
    case 'location':
      return { type: 'location', text: body.text };
    case 'deleted':
      return { type: 'deleted', text: '' };
    case 'call':
      return { type: 'text', text: raw };
  }
}

/** The export does not tell when it was edited, nor what it said before. */
function editedMark(edited: boolean): { details?: { edited: true } } {
  return edited ? { details: { edited: true } } : {};
}

function mediaOf({ type, file, name }: Extract<Body, { kind: 'file' }>): Media {
  const fileName = name ?? file;
  const mimeType = file === undefined ? undefined : mimeTypeOf(file);
  return {
    id: mediaIdOfExport,
    ...(fileName !== undefined && { fileName }),
    ...(mimeType !== undefined && { mimeType }),
    ...(type === 'audio' && file !== undefined && /PTT|\.opus$/.test(file) && { voice: true }),
    // Without the file the record says so at once; a later import that brings it replaces this.
    ...(file === undefined && { result: leftOut }),
  };
}

const leftOut = {
  state: 'missing',
  code: 'media-unavailable',
  text: 'The chat was exported without this file.',
} as const;

const mimeTypes: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  heic: 'image/heic',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  '3gp': 'video/3gpp',
  opus: 'audio/ogg',
  ogg: 'audio/ogg',
  m4a: 'audio/mp4',
  mp3: 'audio/mpeg',
  aac: 'audio/aac',
  amr: 'audio/amr',
  wav: 'audio/wav',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  vcf: 'text/vcard',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
};

/** MIME type by the ending of a file's name, for what WhatsApp lets people send. */
export function mimeTypeOf(fileName: string): string | undefined {
  return mimeTypes[fileName.slice(fileName.lastIndexOf('.') + 1).toLowerCase()];
}

function callFact(payload: LinePayload, body: Extract<Body, { kind: 'call' }>, at: string): CallFact {
  const { direction, person } = payload;
  const result = callResult(body.result, direction);
  return {
    kind: 'call',
    // Of a call without a word on its end nothing but its being is known.
    step: result === undefined ? 'other' : 'terminate',
    at,
    direction,
    person: compact(person) as Person,
    ...(result !== undefined && { result }),
    ...(body.durationSeconds !== undefined && { durationSeconds: body.durationSeconds }),
  };
}

function callResult(result: 'missed' | 'answered' | 'unknown', direction: Direction): CallResult | undefined {
  if (result === 'unknown') return undefined;
  if (result === 'answered') return 'answered';
  return direction === 'inbound' ? 'missed' : 'no-answer';
}

/** Without what is undefined. */
function compact<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
