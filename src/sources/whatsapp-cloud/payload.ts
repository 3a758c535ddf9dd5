import { z } from 'zod';
import { cleanText } from '../../core/text.ts';

/**
 * Views of Meta's objects: only what the code reads, and nothing in them makes a whole object fail. The verbatim item
 * is kept beside each view, so unknown fields are never lost.
 */
export type Json = Readonly<Record<string, unknown>>;

/** An object that is not an array, or undefined. */
export function asObject(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** An array, or an empty one in place of anything else. */
export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Longest provider id that is still taken for one (database indexes end at 2,704 bytes; real ones are under 150). */
const longestId = 512;

/** Text of an id, number or word; numbers are accepted. Empty, absent, absurdly long or of another type: undefined. */
export function word(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const text = cleanText(value).trim();
  return text === '' || text.length > longestId ? undefined : text;
}

/** Any text for people, of any length; empty or of another type: undefined. */
export function words(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const text = cleanText(value);
  return text.trim() === '' ? undefined : text;
}

const id = z.unknown().optional().transform(word);
const prose = z.unknown().optional().transform(words);
const object = z.unknown().optional().transform(asObject);
const list = z.unknown().optional().transform(asArray);
const anything = z.unknown().optional();

export const envelopeSchema = z.object({
  entry: list,
  field: id,
  event: id,
  data: object,
  history: anything,
});

export const entrySchema = z.object({ id, time: anything, changes: list });

export const changeSchema = z.object({ field: id, value: object });

/** `contacts[]` of a webhook: the people of its items (Meta docs; user ids since 2026, "Business-scoped user IDs"). */
export const contactSchema = z.object({
  wa_id: id,
  user_id: id,
  parent_user_id: id,
  profile: object.transform((profile) => z.object({ name: prose, username: id }).parse(profile ?? {})),
});
export type Contact = z.infer<typeof contactSchema>;

/** What every kind of item may say about who is on its two ends. */
const ends = {
  id,
  timestamp: anything,
  from: id,
  to: id,
  from_user_id: id,
  from_parent_user_id: id,
  to_user_id: id,
  to_parent_user_id: id,
};

export const messageSchema = z.object({
  ...ends,
  type: id,
  group_id: id,
  recipient: id,
  recipient_type: id,
  context: object,
  referral: object,
  errors: list,
  history_context: object,
  message: object,
});

export const statusSchema = z.object({
  ...ends,
  status: id,
  type: id,
  recipient_id: id,
  recipient_user_id: id,
  recipient_parent_user_id: id,
  recipient_type: id,
  recipient_participant_id: id,
  participant_recipient_id: id,
  recipient_participant_user_id: id,
  errors: list,
});
export type StatusView = z.infer<typeof statusSchema>;

export const callSchema = z.object({
  ...ends,
  wacid: id,
  event: id,
  direction: id,
  status: id,
  start_time: anything,
  end_time: anything,
  duration: anything,
  session: object,
  call_recording: object,
  call_transcript: object,
  errors: list,
});
export type CallView = z.infer<typeof callSchema>;

/**
 * A message object in one shape, wherever it came from. `body` holds the object named like its type. An echo on
 * `standby` is a Send API request one level deeper (Meta docs, standby reference, 2026).
 */
export interface MessageView extends Omit<z.infer<typeof messageSchema>, 'type' | 'message'> {
  readonly type: string;
  readonly body: Json;
  readonly item: Json;
}

/** Types that carry an object of their own name (Meta docs, messages reference; `edit` and `revoke` since 2026). */
const messageTypes = [
  'text',
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'location',
  'contacts',
  'interactive',
  'button',
  'reaction',
  'order',
  'system',
  'edit',
  'revoke',
  'template',
  'unsupported',
];

/** Objects of a message that say nothing of its type. */
const frameKeys = new Set([
  'context',
  'referral',
  'errors',
  'identity',
  'history_context',
  'message',
  'metadata',
]);

/** The type of a message that does not name it: the object that is there (call permission replies), known or new. */
function typeOf(body: Json): string {
  const holds = (name: string): boolean => typeof body[name] === 'object' && body[name] !== null;
  const known = messageTypes.find(holds);
  return known ?? Object.keys(body).find((name) => !frameKeys.has(name) && holds(name)) ?? 'unknown';
}

/** Undefined when it is no object. */
export function readMessage(raw: unknown): MessageView | undefined {
  const item = asObject(raw);
  if (!item) return undefined;
  const outer = messageSchema.parse(item);
  const inner = outer.type === undefined && outer.message ? outer.message : undefined;
  const view = inner
    ? { ...messageSchema.parse(inner), id: outer.id, timestamp: outer.timestamp }
    : { ...outer, message: undefined };
  const body = inner ?? item;
  return { ...view, type: view.type ?? typeOf(body), body, item };
}

/** What `split` keeps of one item: verbatim, with what is needed to read it alone. */
export interface Fragment {
  /** the webhook field: `messages`, `calls`, `history`, … */
  readonly field: string;
  /** the array it stood in; absent where the whole change is the item */
  readonly list?: string;
  readonly item: unknown;
  readonly metadata?: unknown;
  readonly contacts?: readonly unknown[];
  /** `value.errors`, where they may explain the item */
  readonly errors?: readonly unknown[];
  /** history: the thread's counterpart and the chunk's place */
  readonly thread?: unknown;
  readonly chunk?: unknown;
  readonly entry?: { readonly id?: string; readonly time?: unknown };
}

/**
 * Unix seconds, as text or number, to ISO 8601. Milliseconds are told by their size. Undefined: nothing usable (absent,
 * zero, not a number, beyond the year 9999).
 */
export function isoTime(value: unknown): string | undefined {
  const text = word(value);
  if (text === undefined || !/^\d{1,16}(\.\d+)?$/.test(text)) return undefined;
  const number = Number(text);
  const milliseconds = number >= 1e11 ? number : number * 1000;
  if (milliseconds <= 0 || milliseconds > 253_402_300_799_000) return undefined;
  return new Date(milliseconds).toISOString();
}

/**
 * Code and words of Meta's error objects: `{code, title, message?, error_data{details}}`, old shape `{code, details}`.
 * The words are title and details, where both say something.
 */
export function readError(errors: readonly unknown[]): { code: string; text: string } | undefined {
  const first = asObject(errors[0]);
  if (!first) return undefined;
  const details = readReason(errors);
  const title = (words(first['title']) ?? words(first['message']))?.trim();
  const isRepeated = title !== undefined && details?.toLowerCase().includes(title.toLowerCase());
  const parts = [isRepeated ? undefined : title?.replace(/[.:]$/, ''), details?.trim()];
  const text = parts.filter((part) => part !== undefined).join(': ') || 'no reason given';
  return { code: word(first['code']) ?? 'unknown', text };
}

/** The most detailed words of an error alone. */
export function readReason(errors: readonly unknown[]): string | undefined {
  const first = asObject(errors[0]);
  return (
    words(asObject(first?.['error_data'])?.['details']) ??
    words(first?.['details']) ??
    words(first?.['message']) ??
    words(first?.['title'])
  );
}
