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
    return typeof time === 'string' && typeof key === 'string' && !Number.isNaN(Date.parse(time))
      ? [time, cleanText(key)]
      : undefined;
  } catch {
    return undefined;
  }
}
