import type { Activity, Fields } from '../core/activity.ts';
import type { CrmField } from '../destinations/destination.ts';
import { liquidMessage, renderTemplate } from './liquid.ts';
import type { Rule } from './mapping-file.ts';
import { MappingError, type CompiledChoice, type CompiledRule, type Mapping } from './mapping.ts';
import { convert, cut, type Value } from './values.ts';

/** Fields of the CRM object by name, when the describe is known. */
export type KnownFields = ReadonlyMap<string, CrmField> | undefined;

/** A text that was longer than its field: characters before and after. */
export interface Cut {
  readonly field: string;
  readonly length: number;
  readonly limit: number;
}

/** CRM fields of one record. */
export interface MappedRecord {
  readonly fields: Fields;
  readonly createOnly: Fields;
  readonly cuts: readonly Cut[];
}

/**
 * Makes CRM fields of an activity. Fields marked optional are left out when the CRM does not have them; text longer than
 * its field is cut with a mark. @throws MappingError when a value cannot be made, or the mapping has no part for it
 */
export function mapActivity(mapping: Mapping, activity: Activity, known: KnownFields): MappedRecord {
  const part = mapping[activity.kind];
  if (part === undefined) throw new MappingError(activity.kind, ['the mapping has no part of this name']);
  const values = vocabulary(activity);
  const cuts: Cut[] = [];
  return {
    fields: applyRules(part.fields, values, known, 'createable', cuts),
    createOnly: applyRules(part.createOnly, values, known, 'createable', cuts),
    cuts,
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
 * @param cuts gets what was longer than its field
 * @throws MappingError when a value cannot be made
 */
export function applyRules(
  rules: readonly CompiledRule[],
  values: Record<string, unknown>,
  known: KnownFields,
  may: 'createable' | 'updateable' = 'createable',
  cuts: Cut[] = [],
): Fields {
  const fields: Record<string, Value> = {};
  for (const { field: name, choices, optional } of rules) {
    const field = known?.get(name);
    // Without a describe an optional field is left out: a record with one field less beats a refused one.
    if (optional && (field === undefined || !field[may])) continue;
    const chosen = choose(choices, values, name);
    if (chosen === undefined) continue;
    const { value, rule } = chosen;
    fields[name] = typeof value === 'string' ? fit(value, name, rule, field, cuts) : value;
  }
  return fields;
}

/** The first rule that holds and has a value. */
function choose(
  choices: readonly CompiledChoice[],
  values: Record<string, unknown>,
  field: string,
): { readonly value: Value; readonly rule: Rule } | undefined {
  try {
    for (const choice of choices) {
      if (choice.when !== undefined && renderTemplate(choice.when, values) === '') continue;
      const value = evaluate(choice, values);
      if (value !== undefined) return { value, rule: choice.rule };
    }
  } catch (error) {
    throw new MappingError(field, [liquidMessage(error)]);
  }
  return undefined;
}

function evaluate({ rule, template }: CompiledChoice, values: Record<string, unknown>): Value | undefined {
  if ('value' in rule) return rule.value;
  const found = template === undefined ? lookUp(values, rule.path ?? '') : rendered(rule, template, values);
  const mapped = rule.map ? translate(rule.map, found) : found;
  if (mapped === undefined || mapped === null) return rule.default;
  return convert(mapped, rule.as, rule.zone ?? String(values['timeZone'] ?? 'UTC'));
}

/** An empty text is a value of its own, but nothing to be converted, translated or replaced by a default. */
function rendered(
  rule: Rule,
  template: NonNullable<CompiledChoice['template']>,
  values: object,
): string | undefined {
  const text = renderTemplate(template, values);
  if (rule.as === undefined && rule.map === undefined && rule.default === undefined) return text;
  return text.trim() === '' ? undefined : text.trim();
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

function fit(text: string, name: string, rule: Rule, field: CrmField | undefined, cuts: Cut[]): string {
  const limits = [rule.truncate, field?.length].filter(
    (limit) => limit !== undefined && limit > 0,
  ) as number[];
  const limit = limits.length === 0 ? undefined : Math.min(...limits);
  if (limit !== undefined && text.length > limit) cuts.push({ field: name, length: text.length, limit });
  return cut(text, limit, isHtml(rule));
}

/** Does the template write HTML? Then it escapes what people wrote. */
function isHtml(rule: Rule): boolean {
  return rule.template !== undefined && /\|\s*escape\b/.test(rule.template);
}
