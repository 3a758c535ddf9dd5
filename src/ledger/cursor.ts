import { cleanText } from '../core/text.ts';

/** A place in a list that is sorted by time and then by key. */
export type Position = readonly [time: string, key: string];

/** SQL for the time of a position: exact, which a `Date` is not. */
export const cursorTime = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export function toCursor(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** Undefined for an unreadable one: the list begins at its beginning. */
export function fromCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(position)) return undefined;
    const [time, key] = position as unknown[];
    return typeof time === 'string' && typeof key === 'string' && isTime(time)
      ? [time, cleanText(key)]
      : undefined;
  } catch {
    return undefined;
  }
}

/** As {@link cursorTime} writes it: JavaScript takes more for a time than the database does (`1`, the year 275760). */
function isTime(text: string): boolean {
  const isWritten = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/.test(text);
  const time = isWritten ? Date.parse(text) : Number.NaN;
  // The 30th of February is the 2nd of March in JavaScript, and nothing at all in the database.
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === text.slice(0, 19);
}
