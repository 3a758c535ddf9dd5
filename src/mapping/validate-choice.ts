import type { CrmField } from '../destinations/destination.ts';
import { namesIn } from './liquid.ts';
import type { Rule } from './mapping-file.ts';
import type { CompiledChoice, CompiledRule } from './mapping.ts';
import { didYouMean } from './nearest.ts';
import type { Value } from './values.ts';
import { vocabularyOf, type MappingPart, type VocabularyEntry } from './vocabulary.ts';

/** What is wrong with the rules of one field, in sentences; `field` unknown: only what does not depend on it. */
export function choiceMistakes(
  { choices }: CompiledRule,
  field: CrmField | undefined,
  part: MappingPart,
): string[] {
  const texts = choices.flatMap((choice) => {
    const { rule } = choice;
    const entry = vocabularyOf(part).find(({ path }) => path === rule.path);
    return [
      ...nameMistakes(choice, part),
      ...mapMistakes(rule, entry),
      ...(field === undefined ? [] : typeMistakes(rule, entry, field)),
      ...(field === undefined ? [] : constantMistakes(rule, entry, field)),
    ];
  });
  return [...new Set(texts)];
}

/** Names that an activity (or a contact's history) does not have. */
function nameMistakes({ rule, template, when }: CompiledChoice, part: MappingPart): string[] {
  const paths = vocabularyOf(part).map(({ path }) => path);
  const who = part === 'contact' || part === 'lead' ? "a contact's history" : `a ${part}`;
  const unknown = (path: string) => `${who} has no "${path}"${didYouMean(path, paths)}`;
  const texts: string[] = [];
  if (rule.path !== undefined && !paths.includes(rule.path)) {
    const inside = paths.filter((one) => one.startsWith(`${rule.path}.`));
    texts.push(
      inside.length > 0
        ? `"${rule.path}" holds several values; name one of them: ${inside.join(', ')}`
        : unknown(rule.path),
    );
  }
  for (const compiled of [template, when]) {
    if (compiled === undefined) continue;
    const named = namesIn(compiled).map((segments) => segments.filter((one) => one !== 'size').join('.'));
    const isKnown = (name: string) => paths.some((path) => path === name || path.startsWith(`${name}.`));
    texts.push(...named.filter((name) => name !== '' && !isKnown(name)).map(unknown));
  }
  return texts;
}

/** Names under `map` that the value never has. */
function mapMistakes(rule: Rule, entry: VocabularyEntry | undefined): string[] {
  const possible = entry?.values ?? (entry?.type === 'yes/no' ? ['true', 'false'] : undefined);
  if (rule.map === undefined || possible === undefined) return [];
  return Object.keys(rule.map)
    .filter((name) => !possible.includes(name))
    .map((name) => `map: "${rule.path}" is never "${name}"${didYouMean(name, possible)}`);
}

const wanted: Readonly<
  Partial<Record<CrmField['type'], { readonly as: Rule['as']; readonly what: string }>>
> = {
  number: { as: 'number', what: 'a number' },
  boolean: { as: 'boolean', what: 'yes or no' },
  date: { as: 'date', what: 'a date' },
  datetime: { as: 'datetime', what: 'a date with its time' },
};

/** Does the kind of value fit the kind of field? */
function typeMistakes(rule: Rule, entry: VocabularyEntry | undefined, field: CrmField): string[] {
  if ('value' in rule) return [];
  const texts: string[] = [];
  const isTime = rule.as === 'date' || rule.as === 'datetime';
  if (isTime && entry !== undefined && entry.type !== 'time' && rule.map === undefined) {
    texts.push(`"${entry.path}" is no time, so it cannot be given as: ${rule.as}`);
  }
  if (rule.as === 'number' && entry !== undefined && entry.type !== 'number' && rule.map === undefined) {
    texts.push(`"${entry.path}" is no number${entry.type === 'time' ? ', it is a time' : ''}`);
  }
  const want = wanted[field.type];
  if (want === undefined) {
    if (field.type === 'string' || field.type === 'picklist') return texts;
    return field.type === 'reference' || texts.length > 0
      ? texts
      : [`the field is of a kind that no mapping can fill`];
  }
  if (texts.length === 0 && rule.as !== want.as && !isAlready(rule, entry, want.as)) {
    texts.push(`the field holds ${want.what}; add as: ${want.as}`);
  }
  return texts;
}

/** Is the value of that kind without being told to be? */
function isAlready(rule: Rule, entry: VocabularyEntry | undefined, as: Rule['as']): boolean {
  if (rule.as !== undefined) return false;
  if (rule.map !== undefined) {
    const kind = as === 'boolean' ? 'boolean' : 'number';
    return (
      (as === 'number' || as === 'boolean') && Object.values(rule.map).every((one) => typeof one === kind)
    );
  }
  if (as === 'number') return entry?.type === 'number';
  return as === 'boolean' && entry?.type === 'yes/no';
}

/** Values that an open picklist does not list: it takes them, and they may be typing errors. */
export function choiceWarnings({ choices }: CompiledRule, field: CrmField): string[] {
  if (!field.valuesOpen) return [];
  const { values = [] } = field;
  const given = choices.flatMap(({ rule }) => constantsOf(rule));
  return given.flatMap(([where, value]) =>
    typeof value !== 'string' || values.includes(value)
      ? []
      : [`${where}"${value}" is not among the picklist's values${didYouMean(value, values)}`],
  );
}

/** Values that a rule spells out, with where. */
function constantsOf(rule: Rule): (readonly [string, Value | undefined])[] {
  return [
    ['', 'value' in rule ? rule.value : undefined],
    ['default: ', rule.default],
    ...Object.entries(rule.map ?? {}).map(([name, value]) => [`map of ${name}: `, value] as const),
  ];
}

/** Constants, translations and defaults that the field does not take. */
function constantMistakes(rule: Rule, entry: VocabularyEntry | undefined, field: CrmField): string[] {
  const texts = constantsOf(rule).flatMap(([where, value]) =>
    value === undefined || value === null ? [] : constantMistake(value, field).map((one) => where + one),
  );
  if ('value' in rule && rule.value === null && field.required) texts.push('the field must not be empty');
  // A choice that goes to a picklist as it is must be one of its values.
  if (
    entry?.values !== undefined &&
    rule.map === undefined &&
    field.values !== undefined &&
    !field.valuesOpen
  ) {
    const missing = entry.values.filter((value) => !field.values?.includes(value));
    if (missing.length > 0) {
      texts.push(
        `the picklist has no ${quoted(missing)}; translate with map to ${quoted(field.values.slice(0, 12))}`,
      );
    }
  }
  return texts;
}

function constantMistake(value: NonNullable<Value>, field: CrmField): string[] {
  const text = String(value);
  if (field.values !== undefined && !field.valuesOpen && !field.values.includes(text)) {
    const near = didYouMean(text, field.values);
    return [`"${text}" is not among the allowed values: ${field.values.slice(0, 12).join(', ')}${near}`];
  }
  if (field.length !== undefined && typeof value === 'string' && text.length > field.length) {
    return [`the text has ${text.length} characters, the field takes ${field.length}`];
  }
  switch (field.type) {
    case 'number':
      return typeof value === 'number' ? [] : [`"${text}" is no number; write it without quotes`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`"${text}" is neither true nor false`];
    case 'date':
      return isDay(text) ? [] : [`"${text}" is no date like 2026-01-31`];
    case 'datetime':
      return Number.isNaN(Date.parse(text)) || !text.includes('T')
        ? [`"${text}" is no time like 2026-01-31T09:30:00Z`]
        : [];
    default:
      return [];
  }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}
