import { UsageError } from '../usage-error.ts';

/** A day of the command line. @throws UsageError */
export function day(text: string): string {
  const parsed = new Date(`${text}T00:00:00Z`);
  const real = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(parsed.getTime());
  if (!real || parsed.toISOString().slice(0, 10) !== text) {
    throw new UsageError(`"${text}" is not a day like 2026-01-31`);
  }
  return text;
}
