import type { CrmField, Finding, RecordKind } from '../destinations/destination.ts';
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

/** Names of a contact's history, from `core/contact-history.ts`; checked by a test against a computed one. */
const historyNames = new Set(['lastInboundAt', 'lastOutboundAt', 'lastAt', 'count', 'messages', 'calls']);

/** Compares a mapping with the fields that the CRM really has: one finding per mistake; none: it fits. */
export function validateMapping(
  mapping: Mapping,
  kind: RecordKind,
  object: string,
  fields: readonly CrmField[],
): Finding[] {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const rules =
    kind === 'contact' || kind === 'lead'
      ? (mapping[kind] ?? [])
      : [...mapping[kind].fields, ...mapping[kind].createOnly];
  return rules.flatMap((rule) => ruleFindings(rule, byName.get(rule.field), object, kind));
}

function ruleFindings(
  compiled: CompiledRule,
  field: CrmField | undefined,
  object: string,
  kind: RecordKind,
): Finding[] {
  const subject = `${kind} mapping, ${object}.${compiled.field}`;
  const error = (text: string): Finding => ({ level: 'error', subject, text, code: 'field-unknown' });
  const { rule } = compiled;
  const findings: Finding[] = [];
  const isPerson = kind === 'contact' || kind === 'lead';
  const names = isPerson ? historyNames : topLevel;
  if ('path' in rule && !names.has(rule.path.split('.')[0] ?? '')) {
    const who = isPerson ? "a contact's history" : 'an activity';
    findings.push({ level: 'error', subject, text: `${who} has no "${rule.path}"` });
  }
  if (field === undefined) {
    if (!rule.optional)
      findings.push(error(`${object} has no field of this name, or the user may not see it`));
    return findings;
  }
  if (isPerson ? !field.updateable : !field.createable) findings.push(error('the field cannot be written'));
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
