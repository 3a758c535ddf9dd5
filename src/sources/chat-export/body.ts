import { comparable, withoutMarks } from './text.ts';
import * as words from './words.ts';

/** What the text of one message of an export says. */
export type Body =
  | { readonly kind: 'text'; readonly text: string; readonly edited: boolean }
  | {
      readonly kind: 'file';
      /** image, video, audio, document, sticker, contacts; `file`: the export does not say */
      readonly type: string;
      /** its name in the zip, where it was exported */
      readonly file?: string;
      /** its name where only that is told */
      readonly name?: string;
      readonly text: string;
      readonly edited: boolean;
    }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'location'; readonly text: string }
  | {
      readonly kind: 'call';
      readonly result: 'missed' | 'answered' | 'unknown';
      readonly durationSeconds?: number;
    };

const marks = '\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const mark = `[${marks}]`;
/** Where they need not be at a text's begin: without a limit a run of them is read again from each of its marks. */
const fewMarks = `${mark}{0,8}`;
/** Begins with neither mark nor white space, so that there is one way to read what stands before it. */
const fileName = `[^<>\\n/\\\\:\\s${marks}](?:[^<>\\n/\\\\:]*[^<>\\n/\\\\:\\s])?\\.[A-Za-z0-9]{1,8}`;
const anyOf = (list: readonly string[]) =>
  list
    .toSorted((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s'))
    .join('|');

const endSign = new RegExp(`[\\s${marks}]`, 'u');
const onlyMark = new RegExp(mark, 'u');
const attached = anyOf(words.attachedWords);
/** `<attached: 00000042-PHOTO-2020-06-07-15-13-20.jpg>`; in other languages by iOS's own names of files */
const iosAttached = new RegExp(
  `<${mark}*\\s*(?:(?:${attached})\\s*:[\\s${marks}]*(${fileName})|[^:<>\\n]{2,30}:\\s*(\\d{8}-[A-Z][^<>\\n/\\\\:]*\\.[A-Za-z0-9]{1,8}))\\s*>${mark}*$`,
  'imu',
);
const oldAttached = new RegExp(`^${mark}*(${fileName})\\s<${mark}*(?:${attached})>${mark}*$`, 'iu');
/** in other languages by the mark that Android puts before the name */
const androidAttached = new RegExp(
  `^(?:${mark}*(${fileName})\\s\\((?:${attached})\\)|\\u200e${mark}*(${fileName})\\s\\(\\p{L}[\\p{L}\\s]{2,40}\\))${mark}*$`,
  'iu',
);
const androidOmitted = new RegExp(
  `^${mark}*<${mark}*(?:${anyOf(words.omittedAnything)})\\.?>${mark}*$`,
  'iu',
);
const kinds = words.omittedKinds.map(([type, list]) => [type, anyOf(list)] as const);
const iosOmitted = kinds.map(
  ([type, list]) => [type, new RegExp(`(?:^|[ \\n]?\\u200e)${fewMarks}(?:${list})$`, 'iu')] as const,
);
const edited = new RegExp(`\\s?${fewMarks}<${fewMarks}(?:${anyOf(words.editedWords)})\\.?>$`, 'iu');
const deleted = new RegExp(`^(?:${anyOf(words.deletedTexts)})\\.?$`, 'iu');
const missed = new RegExp(`^(?:${anyOf(words.missedCalls)})(?:[,.] .{1,60})?$`, 'iu');
const call = new RegExp(`^(?:${anyOf(words.calls)})(?:[,.] (.{1,60}))?$`, 'iu');
const notAnswered = new RegExp(`^(?:${anyOf(words.notAnswered)})\\.?$`, 'iu');
const location = new RegExp(
  `^(?:${anyOf(words.locations)}|\\p{L}{3,20}):\\s(https://maps\\.google\\.com/\\?q=\\S+)$`,
  'iu',
);

/** Reads the text of a message. Total: what it does not know is a text. */
export function readBody(raw: string): Body {
  const plain = comparable(raw);
  if (plain.length < 200) {
    if (deleted.test(plain)) return { kind: 'deleted' };
    const place = location.exec(plain)?.[1];
    if (place !== undefined) return { kind: 'location', text: place };
    const called = readCall(plain);
    if (called) return called;
  }
  const editedAt = findAtEnd(endOf(raw), edited);
  const text = raw.slice(0, editedAt);
  return { ...(readFile(text) ?? { kind: 'text', text }), edited: editedAt !== undefined };
}

/** Longer than anything that WhatsApp writes at the end of a message. */
const longestEnd = 200;

/** The end of a text, without the marks after it, and where it begins. */
function endOf(text: string): { readonly end: string; readonly from: number } {
  let length = text.length;
  while (length > 0 && onlyMark.test(text[length - 1] ?? '')) length -= 1;
  const from = Math.max(0, length - longestEnd);
  return { end: text.slice(from, length), from };
}

/** Where in the text its end begins that looks so. A long text is not looked through: a pattern begins anew at each sign. */
function findAtEnd({ end, from }: ReturnType<typeof endOf>, pattern: RegExp): number | undefined {
  const found = pattern.exec(end);
  return found === null ? undefined : from + found.index;
}

function readCall(plain: string): Body | undefined {
  if (missed.test(plain)) return { kind: 'call', result: 'missed' };
  const found = call.exec(plain);
  if (found === null) return undefined;
  const how = found[1] ?? '';
  if (notAnswered.test(how)) return { kind: 'call', result: 'missed' };
  const durationSeconds = readDuration(how);
  if (durationSeconds !== undefined) return { kind: 'call', result: 'answered', durationSeconds };
  // Anything else after the comma is somebody's own words.
  return how === '' ? { kind: 'call', result: 'unknown' } : undefined;
}

/** `1 hr 3 min`, `35 sec`, `2 Min.`; undefined: no duration */
function readDuration(text: string): number | undefined {
  const found =
    /^(?:(\d+) ?(?:h|hr|hrs|hours?|Std|Stunden?|horas?|heures?|or[ae]|uur)\b\.?)?[ ,]*(?:(\d+) ?(?:m|min|mins|minutes?|Minuten?|minutos?|minut[oi]|minuten)\b\.?)?[ ,]*(?:(\d+) ?(?:s|sec|secs|seconds?|Sek|Sekunden?|seg|segundos?|sec(?:ondi|ondes?)|seconden)\b\.?)?$/iu.exec(
      text,
    );
  if (found === null || text === '') return undefined;
  const [, hours = 0, minutes = 0, seconds = 0] = found;
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
}

type FileBody = Omit<Extract<Body, { kind: 'file' }>, 'edited'>;

function readFile(raw: string): FileBody | undefined {
  const ios = iosAttached.exec(raw);
  const iosName = ios?.[1] ?? ios?.[2];
  if (ios && iosName)
    return exported(iosName, `${withoutEnd(raw.slice(0, ios.index))}${raw.slice(ios.index + ios[0].length)}`);
  const end = raw.indexOf('\n');
  const [first, following] = end < 0 ? [raw, ''] : [raw.slice(0, end), raw.slice(end + 1)];
  const android = androidAttached.exec(first) ?? oldAttached.exec(first);
  const androidName = android?.[1] ?? android?.[2];
  if (androidName) return exported(androidName, following);
  if (androidOmitted.test(first)) return { kind: 'file', type: 'file', text: following };
  const ending = endOf(raw);
  for (const [type, pattern] of iosOmitted) {
    const at = findAtEnd(ending, pattern);
    if (at !== undefined) return { kind: 'file', type, ...captionOf(raw.slice(0, at)) };
  }
  return undefined;
}

function exported(name: string, caption: string): FileBody {
  return { kind: 'file', type: typeOf(name), file: name, ...captionOf(caption) };
}

/** Without white space and marks at its end. No pattern: one would begin anew at each sign of a long run. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && endSign.test(text[end - 1] ?? '')) end -= 1;
  return text.slice(0, end);
}

/** iOS writes `offer.pdf • 3 pages` before a document: that is its name, not what somebody said. */
function captionOf(text: string): { text: string; name?: string } {
  const trimmed = withoutEnd(text.startsWith('\n') ? text.slice(1) : text);
  const found = /^([^\n•]+\.[A-Za-z0-9]{1,8}) • \d+ \p{L}+$/u.exec(withoutMarks(trimmed));
  return found?.[1] === undefined ? { text: trimmed } : { text: '', name: found[1] };
}

const typesByEnding: readonly (readonly [string, RegExp])[] = [
  ['sticker', /\.webp$|STICKER/],
  ['image', /\.(?:jpe?g|png|gif|heic|bmp)$/i],
  ['video', /\.(?:mp4|mov|3gp|m4v|avi|mkv|webm)$/i],
  ['audio', /\.(?:opus|ogg|m4a|mp3|aac|amr|wav|caf)$/i],
  ['contacts', /\.vcf$/i],
];

function typeOf(name: string): string {
  return typesByEnding.find(([, pattern]) => pattern.test(name))?.[0] ?? 'document';
}

const encrypted =
  /^Messages (?:and calls|to this chat and calls|you send to this (?:chat|group)).{0,60}end-to-end encrypt/i;

/**
 * Is this what WhatsApp writes about a chat under the chat's own name (iOS)? Its own words begin with a mark there; what
 * somebody said must never be taken for a notice.
 */
export function isNotice(text: string): boolean {
  if (!text.startsWith('\u200e')) return encrypted.test(text);
  const plain = comparable(text);
  return plain.length < 500 && words.noticePatterns.some((pattern) => pattern.test(plain));
}

/** Is it a notice that only groups have? */
export function tellsOfGroup(text: string): boolean {
  return words.groupPattern.test(comparable(text));
}
