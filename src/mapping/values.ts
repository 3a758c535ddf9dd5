import { dayIn } from './readable-time.ts';
import type { Rule } from './mapping-file.ts';

/** What a CRM field can hold. */
export type Value = string | number | boolean | null;

/** The end of a text that was longer than its field. */
const cutMark = '… [cut]';

/**
 * A value as the kind that a rule asks for. `zone`: of the day. @throws TypeError with a sentence when it is none of that kind
 */
export function convert(value: unknown, as: Rule['as'], zone: string): Value {
  switch (as) {
    case 'date':
    case 'datetime': {
      const time = new Date(String(value));
      if (Number.isNaN(time.getTime())) throw new TypeError('the value is not a time');
      return as === 'date' ? dayIn(time.toISOString(), zone) : time.toISOString();
    }
    case 'number': {
      const number = Number(value);
      if (!Number.isFinite(number)) throw new TypeError('the value is not a number');
      return number;
    }
    case 'boolean':
      return value === true || value === 'true';
    default:
      return typeof value === 'object' ? JSON.stringify(value) : (value as Value);
  }
}

/** Never silently, and never through the middle of a character outside the basic plane, of a tag or of an entity. */
export function cut(text: string, limit: number | undefined, html: boolean): string {
  if (limit === undefined || text.length <= limit) return text;
  const mark = limit > cutMark.length * 2 ? cutMark : '';
  const start = text.slice(0, limit - mark.length);
  const head = /[\uD800-\uDBFF]$/.test(start) ? start.slice(0, -1) : start;
  return (html ? head.replace(/(&[#\w]{0,10}|<[^<>]{0,10})$/, '') : head) + mark;
}
