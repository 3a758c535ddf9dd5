import type { Activity, Fields } from '../core/activity.ts';
import type { CrmField } from '../destinations/destination.ts';
import {
  liquid,
  MappingError,
  type CompiledPart,
  type CompiledRule,
  type Mapping,
  type Rule,
} from './mapping.ts';
import { dayIn } from './readable-time.ts';

type Value = string | number | boolean | null;

/** The end of a text that was longer than its field. */
const cutMark = '… [cut]';

/** Fields of the CRM object by name, when the describe is known. */
export type KnownFields = ReadonlyMap<string, CrmField> | undefined;

/**
 * Makes CRM fields of an activity. Fields marked optional are left out when the CRM does not have them; text longer than
 * its field is cut with a mark. @throws MappingError when a value cannot be made
 */
export function mapActivity(
  mapping: Mapping,
  activity: Activity,
  known: KnownFields,
): { fields: Fields; createOnly: Fields } {
  const part: CompiledPart = mapping[activity.kind];
  const values = vocabulary(activity);
  return {
    fields: applyRules(part.fields, values, known),
    createOnly: applyRules(part.createOnly, values, known),
  };
}

/** What templates and paths can name: the activity itself, and a call's duration in milliseconds (HubSpot's unit). */
export function vocabulary(activity: Activity): Record<string, unknown> {
  const call = activity.call && { ...activity.call, durationMs: activity.call.durationSeconds * 1_000 };
  return { ...activity, ...(call ? { call } : {}) };
}

/**
 * Fields by rules of one part, of values by name. Fields marked optional are left out when the CRM does not have them.
 *
 * @throws MappingError when a value cannot be made
 */
export function applyRules(
  rules: readonly CompiledRule[],
  values: Record<string, unknown>,
  known: KnownFields,
  may: 'createable' | 'updateable' = 'createable',
): Fields {
  const fields: Record<string, Value> = {};
  for (const compiled of rules) {
    const field = known?.get(compiled.field);
    // Without a describe an optional field is left out: a record with one field less beats a refused one.
    if (compiled.rule.optional && (field === undefined || !field[may])) continue;
    const value = evaluate(compiled, values);
    if (value === undefined) continue;
    fields[compiled.field] =
      typeof value === 'string'
        ? cut(value, lengthLimit(compiled.rule, field), isHtml(compiled.rule))
        : value;
  }
  return fields;
}

function evaluate(compiled: CompiledRule, values: Record<string, unknown>): Value | undefined {
  const { rule, field } = compiled;
  if ('value' in rule) return rule.value;
  if ('template' in rule) {
    try {
      return String(liquid.renderSync(compiled.template ?? [], values));
    } catch (error) {
      throw new MappingError(field, [(error as Error).message.split('\n')[0] ?? 'the template failed']);
    }
  }
  const found = lookUp(values, rule.path);
  const mapped = rule.map ? translate(rule.map, found) : found;
  if (mapped === undefined || mapped === null) return rule.default;
  return convert(mapped, rule.as, field, String(values['timeZone'] ?? 'UTC'));
}

function lookUp(values: Record<string, unknown>, path: string): unknown {
  let current: unknown = values;
  for (const name of path.split('.')) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, name)) return undefined;
    current = (current as Record<string, unknown>)[name];
  }
  return current;
}

function translate(map: Readonly<Record<string, Value>>, found: unknown): Value | undefined {
  const name = String(found);
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function convert(
  value: unknown,
  as: Extract<Rule, { path: string }>['as'],
  field: string,
  timeZone: string,
): Value {
  switch (as) {
    case 'date':
    case 'datetime': {
      const time = new Date(String(value));
      if (Number.isNaN(time.getTime())) throw new MappingError(field, ['the value is not a time']);
      return as === 'date' ? dayIn(time.toISOString(), timeZone) : time.toISOString();
    }
    case 'number': {
      const number = Number(value);
      if (!Number.isFinite(number)) throw new MappingError(field, ['the value is not a number']);
      return number;
    }
    case 'boolean':
      return value === true || value === 'true';
    default:
      return typeof value === 'object' ? JSON.stringify(value) : (value as Value);
  }
}

function lengthLimit(rule: Rule, field: CrmField | undefined): number | undefined {
  const own = 'truncate' in rule ? rule.truncate : undefined;
  const limits = [own, field?.length].filter((limit) => limit !== undefined && limit > 0) as number[];
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Does the template write HTML? Then it escapes what people wrote. */
function isHtml(rule: Rule): boolean {
  return 'template' in rule && /\|\s*escape\b/.test(rule.template);
}

/** Never silently, and never through the middle of a character outside the basic plane, of a tag or of an entity. */
function cut(text: string, limit: number | undefined, html: boolean): string {
  if (limit === undefined || text.length <= limit) return text;
  const mark = limit > cutMark.length * 2 ? cutMark : '';
  const start = text.slice(0, limit - mark.length);
  const head = /[\uD800-\uDBFF]$/.test(start) ? start.slice(0, -1) : start;
  return (html ? head.replace(/(&[#\w]{0,10}|<[^<>]{0,10})$/, '') : head) + mark;
}
