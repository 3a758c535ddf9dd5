import type { CrmField, Finding } from '../destinations/destination.ts';
import type { CompiledRule, Mapping } from './mapping.ts';

/** Names of the activity that a mapping may use, from `core/activity.ts`; checked by a test against a rendered one. */
const topLevel = new Set([
  'key',
  'revision',
  'kind',
  'direction',
  'occurredAt',
  'localTime',
  'timeZone',
  'title',
  'text',
  'content',
  'type',
  'business',
  'owner',
  'person',
  'from',
  'to',
  'contact',
  'call',
  'status',
  'source',
]);

/** Compares a mapping with the fields that the CRM really has: one finding per mistake; none: it fits. */
export function validateMapping(
  mapping: Mapping,
  kind: 'message' | 'call',
  object: string,
  fields: readonly CrmField[],
): Finding[] {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const rules = [...mapping[kind].fields, ...mapping[kind].createOnly];
  return rules.flatMap((rule) => ruleFindings(rule, byName.get(rule.field), object, kind));
}

function ruleFindings(
  compiled: CompiledRule,
  field: CrmField | undefined,
  object: string,
  kind: string,
): Finding[] {
  const subject = `${kind} mapping, ${object}.${compiled.field}`;
  const error = (text: string): Finding => ({ level: 'error', subject, text, code: 'field-unknown' });
  const { rule } = compiled;
  const findings: Finding[] = [];
  if ('path' in rule && !topLevel.has(rule.path.split('.')[0] ?? '')) {
    findings.push({ level: 'error', subject, text: `an activity has no "${rule.path}"` });
  }
  if (field === undefined) {
    if (!rule.optional)
      findings.push(error(`${object} has no field of this name, or the user may not see it`));
    return findings;
  }
  if (!field.createable) findings.push(error('the field cannot be written'));
  if ('value' in rule && field.values !== undefined && !field.values.includes(String(rule.value))) {
    findings.push({
      level: 'error',
      subject,
      text: `"${String(rule.value)}" is not among the allowed values: ${field.values.slice(0, 12).join(', ')}`,
      code: 'field-invalid',
    });
  }
  return findings;
}
