import { parsePhoneNumberFromString } from 'libphonenumber-js';

/** Cheap test first: most texts have neither, and long ones are many. */
const unusable = /[\0\ud800-\udfff]/;

/**
 * A string that every store and CRM accepts: without U+0000 (PostgreSQL refuses it) and without unpaired surrogates
 * (not encodable as UTF-8). Everything else stays as it was.
 */
export function cleanText(text: string): string {
  return unusable.test(text) ? text.replace(/\0|\p{Cs}/gu, '') : text;
}

/** The same for every string (keys too) of a JSON value; `__proto__` keys are left out. */
export function cleanJson(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map(cleanJson);
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).filter(([name]) => name !== '__proto__');
  return Object.fromEntries(pairs.map(([name, inner]) => [cleanText(name), cleanJson(inner)]));
}

/** `+14155550100` as people write it, `+1 415 555 0100`; the text itself when it is no known number. */
export function readablePhone(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
}
