import { DateTime } from 'luxon';

/**
 * A time of Twilio's as ISO 8601 in UTC: RFC 2822 in the 2010 API (`Fri, 24 May 2019 17:44:46 +0000`), ISO 8601 in
 * Conversations. Undefined: absent or no time.
 */
export function isoTime(text: string | undefined | null): string | undefined {
  if (text === undefined || text === null) return undefined;
  const given = text.trim();
  if (given === '') return undefined;
  const time = /^\d{4}-/.test(given)
    ? DateTime.fromISO(given, { zone: 'utc' })
    : DateTime.fromRFC2822(given, { zone: 'utc' });
  return time.isValid && time.year > 1970 && time.year < 10_000 ? time.toJSDate().toISOString() : undefined;
}

/** The day in GMT, `2026-06-01`: what the list filters take (Twilio docs, Messages and Calls resource). */
export function gmtDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}
