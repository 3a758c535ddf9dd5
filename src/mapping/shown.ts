import { hashKey } from '../core/key.ts';
import type { Fields } from '../core/activity.ts';

/**
 * What a record shows, as hashes by field, to notice later whether a person has changed it. Times and dates are left out:
 * each CRM writes them in its own way. So are markup, white space and entities, which a CRM may set right by itself.
 */
export function shownOf(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && !isTime(value))
      .map(([name, value]) => [name, hashOf(value)]),
  );
}

/** Fields whose value is another one by now; a field that the CRM does not tell is none of them. */
export function changedFields(
  shown: Readonly<Record<string, string>>,
  now: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(shown)
    .filter(([name, hash]) => name in now && hashOf(now[name]) !== hash)
    .map(([name]) => name);
}

/** Hashes of the same fields, of what they show now; a field that the CRM does not tell stays as it was. */
export function shownNow(
  shown: Readonly<Record<string, string>>,
  now: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(shown).map(([name, hash]) => [name, name in now ? hashOf(now[name]) : hash]),
  );
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2}))?$/.test(value);
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#34': '"',
  '#39': "'",
  nbsp: ' ',
};

function hashOf(value: unknown): string {
  const text = String(value ?? '')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(#?\w{1,6});/g, (whole, name: string) => entities[name] ?? whole)
    .replace(/\s+/g, ' ')
    .trim();
  return hashKey(text).slice(0, 16);
}
