import { z } from 'zod';
import { gmtDay } from './times.ts';

const dayMs = 86_400_000;

/** A run over a list that is under way: where it goes on. */
const runSchema = z.object({
  /** the first day it lists, GMT */
  from: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  /** when it began: up to then all is read once it has ended */
  startedAt: z.iso.datetime(),
  /** over the whole look-back window */
  wide: z.boolean(),
  /** the page that comes next; absent: the first */
  page: z.string().max(8_000).optional(),
});
export type Run = Readonly<z.infer<typeof runSchema>>;

const cursorSchema = z.object({
  /** up to which moment all is read */
  done: z.iso.datetime().optional(),
  /** when the last run over the whole window began */
  wide: z.iso.datetime().optional(),
  run: runSchema.optional(),
});

/** Where a list is read up to; kept as JSON in the ledger. */
export type Cursor = Readonly<z.infer<typeof cursorSchema>>;

/** A cursor that nobody can read is none: the run begins one look-back ago, and what is known is not told again. */
export function readCursor(text: string | undefined): Cursor {
  if (text === undefined) return {};
  try {
    return cursorSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** A run over the whole window is due about every hour: for late changes of state, and for gaps. */
const wideEveryMs = 3_600_000;

/**
 * The next run. It begins on the day before the last complete one, so that runs overlap; a gap of any length is listed
 * whole. Never polled: one look-back ago.
 */
export function nextRun(cursor: Cursor, now: Date, lookBackMs: number): Run {
  const window = gmtDay(new Date(now.getTime() - lookBackMs));
  const overlap = cursor.done === undefined ? undefined : gmtDay(new Date(Date.parse(cursor.done) - dayMs));
  const sinceWide = cursor.wide === undefined ? Infinity : now.getTime() - Date.parse(cursor.wide);
  const wide = overlap === undefined || sinceWide >= wideEveryMs;
  const days = overlap === undefined ? [window] : wide ? [window, overlap] : [overlap];
  return { from: days.sort()[0] ?? window, startedAt: now.toISOString(), wide };
}

/** The cursor while a run is under way, and after its end. */
export function during(cursor: Cursor, run: Run, page: string | undefined): string {
  const { page: _page, ...rest } = run;
  return JSON.stringify({ ...cursor, run: page === undefined ? rest : { ...rest, page } } satisfies Cursor);
}

export function ended(cursor: Cursor, run: Run): Cursor {
  const wide = run.wide ? run.startedAt : cursor.wide;
  return { done: run.startedAt, ...(wide !== undefined && { wide }) };
}
