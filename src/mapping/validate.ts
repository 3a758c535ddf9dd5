import type { CrmField, Finding } from '../destinations/destination.ts';
import { choiceMistakes, choiceWarnings } from './validate-choice.ts';
import type { CompiledRule, Mapping } from './mapping.ts';
import { didYouMean } from './nearest.ts';
import type { MappingPart } from './vocabulary.ts';

/**
 * Compares a part of a mapping with the fields that the CRM really has: one finding per mistake, with the field, the
 * reason and the nearest right name; none: it fits.
 */
export function validateMapping(
  mapping: Mapping,
  part: MappingPart,
  object: string,
  fields: readonly CrmField[],
): Finding[] {
  const isPerson = part === 'contact' || part === 'lead';
  const always = isPerson ? (mapping[part] ?? []) : (mapping[part]?.fields ?? []);
  const createOnly = isPerson ? [] : (mapping[part]?.createOnly ?? []);
  const check = (list: readonly CompiledRule[], needs: Needs) =>
    list.flatMap((rule) => fieldFindings(rule, fields, object, part, needs));
  const findings = [
    ...check(always, isPerson ? ['updateable'] : ['createable', 'updateable']),
    ...check(createOnly, ['createable']),
  ];
  // A contact exists already: nothing can be left out of it.
  return isPerson ? findings : [...findings, ...leftOut([...always, ...createOnly], fields, object, part)];
}

type Needs = readonly ('createable' | 'updateable')[];

function fieldFindings(
  rule: CompiledRule,
  fields: readonly CrmField[],
  object: string,
  part: MappingPart,
  needs: Needs,
): Finding[] {
  const subject = `${part} mapping, ${object}.${rule.field}`;
  const error = (text: string, code: string): Finding => ({ level: 'error', subject, text, code });
  const field = fields.find((one) => one.name === rule.field);
  if (field === undefined) {
    const others = choiceMistakes(rule, undefined, part).map((one) => error(one, 'field-invalid'));
    if (rule.optional) return others;
    const names = fields.map(({ name }) => name);
    const text = `${object} has no field of this name, or the user may not see it${hint(rule.field, fields, names)}`;
    return [error(text, 'field-unknown'), ...others];
  }
  if (field.reserved) {
    return [error('the worker writes this field by itself; take it out of the mapping', 'field-invalid')];
  }
  const denied = needs.filter((need) => !field[need]);
  // An optional field that cannot be written is left out.
  if (denied.length > 0 && !rule.optional) return [error(deniedText(denied, needs), 'field-unknown')];
  return [
    ...choiceMistakes(rule, field, part).map((one) => error(one, 'field-invalid')),
    ...choiceWarnings(rule, field).map((text): Finding => ({ level: 'warning', subject, text })),
  ];
}

/** By name, else by label: an admin knows the label. */
function hint(name: string, fields: readonly CrmField[], names: readonly string[]): string {
  const byLabel = fields.find(({ label }) => label.toLowerCase() === name.toLowerCase());
  return byLabel === undefined ? didYouMean(name, names) : `; "${name}" is the label of ${byLabel.name}`;
}

function deniedText(denied: Needs, needs: Needs): string {
  if (denied.length === 1 && denied[0] === 'updateable' && needs.length === 2) {
    return 'the CRM takes this field only when the record is made; move it to createOnly';
  }
  return 'the field cannot be written: it is computed by the CRM, or the user has no permission to edit it';
}

/** Fields without which the CRM makes no record. */
function leftOut(
  rules: readonly CompiledRule[],
  fields: readonly CrmField[],
  object: string,
  part: MappingPart,
): Finding[] {
  const mapped = new Map(rules.map((rule) => [rule.field, rule]));
  return fields
    .filter(({ required, createable, reserved }) => required && createable && !reserved)
    .flatMap(({ name, label }): Finding[] => {
      const subject = `${part} mapping, ${object}.${name}`;
      const rule = mapped.get(name);
      if (rule === undefined) {
        const text = `the CRM makes no record without this field (${label}), and the mapping leaves it out`;
        return [{ level: 'error', subject, text, code: 'field-invalid' }];
      }
      const conditional = rule.choices.every((choice) => choice.when !== undefined);
      if (!conditional) return [];
      const text =
        'the CRM makes no record without this field, and each rule has a condition; add one without';
      return [{ level: 'error', subject, text, code: 'field-invalid' }];
    });
}
