/** Deeper than any real payload by far, and shallow enough for every JSON writer and database. */
export const deepest = 100;

/** Is a JSON value nested too deeply to be written again by every JSON writer and database? */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth >= deepest) return true;
  const inner: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return inner.some((each) => isTooDeep(each, depth + 1));
}
