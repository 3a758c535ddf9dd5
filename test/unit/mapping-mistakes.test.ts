import { describe, expect, test } from '@jest/globals';
import type { CrmField } from '../../src/destinations/destination.ts';
import { MappingError, parseMapping } from '../../src/mapping/mapping.ts';
import { validateMapping } from '../../src/mapping/validate.ts';

/** What is wrong with the text of a mapping, whatever CRM it is for. */
function textMistakes(text: string): readonly string[] {
  try {
    parseMapping(text);
    return [];
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    return error.mistakes;
  }
}

const file = (rule: string) => `version: 1\nmessage: { fields: { F: ${rule} } }\ncall: { fields: {} }`;

describe('a mapping that cannot be read names', () => {
  test.each<[string, string, string]>([
    ['a list', '- one', 'file: Invalid input: expected object, received array'],
    ['broken YAML', 'version: 1\nmessage: { fields: {', 'Flow map'],
    ['an unknown version', 'version: 2\nmessage: { fields: {} }\ncall: { fields: {} }', 'version: must be 1'],
    ['a part that is missing', 'version: 1\nmessage: { fields: {} }', 'call: is missing'],
    [
      'a part that there is not',
      'version: 1\nmesage: { fields: {} }\nmessage: { fields: {} }\ncall: { fields: {} }',
      'file: there is no option "mesage"; did you mean "message"?',
    ],
    [
      'a group that there is not',
      'version: 1\nmessage: { feilds: {}, fields: {} }\ncall: { fields: {} }',
      'message: there is no option "feilds"; did you mean "fields"?',
    ],
    ['a value without its rule', file('Completed'), 'message.fields.F: must be a rule like { value: … }'],
    [
      'a name that no field has',
      'version: 1\nmessage: { fields: { "Id FROM User": { value: 1 } } }\ncall: { fields: {} }',
      "message.fields.Id FROM User: must be the CRM's own name of a field",
    ],
    ['an empty list of rules', file('[]'), 'message.fields.F: must have at least one rule'],
    ['a rule without a value', file('{ as: number }'), 'message.fields.F: must have one of path, template'],
    ['two values in one rule', file('{ path: text, value: x }'), 'message.fields.F: has path and value'],
    [
      'an option that there is not',
      file('{ path: text, trunkate: 3 }'),
      'message.fields.F: there is no option "trunkate"; did you mean "truncate"?',
    ],
    [
      'a path that is none',
      file('{ path: "call..result" }'),
      'message.fields.F.path: must be names with dots',
    ],
    ['a kind of value that there is not', file('{ path: text, as: money }'), 'message.fields.F.as: '],
    ['a length that is none', file('{ path: text, truncate: 0 }'), 'message.fields.F.truncate: '],
    ['a template with an open tag', file("{ template: '{{ text' }"), 'message.fields.F.template: output'],
    ['a filter that there is not', file("{ template: '{{ text | upcas }}' }"), 'undefined filter: upcas'],
    ['a tag that there is not', file("{ template: '{% fi text %}' }"), 'tag "fi" not found'],
    ['a tag that reads files', file('{ template: \'{% include "x" %}\' }'), 'tag "include" not found'],
    [
      'a condition with its tag',
      file("{ value: 1, when: '{% if text %}' }"),
      'message.fields.F.when: a condition',
    ],
    [
      'a time zone that there is not',
      file('{ path: occurredAt, as: date, zone: Berlin }'),
      'no time zone "Berlin"',
    ],
    [
      'a time zone without a day',
      file('{ path: occurredAt, zone: Europe/Berlin }'),
      'zone only has an effect',
    ],
    ['an option without effect', file('{ value: x, truncate: 3 }'), 'truncate has no effect'],
    ['an empty translation', file('{ path: direction, map: {} }'), 'map: translates nothing'],
    [
      'a rule that is never used',
      file('[{ value: x }, { path: text }]'),
      'message.fields.F.1: is never used',
    ],
    [
      'a field in both groups',
      'version: 1\nmessage: { fields: { F: { value: 1 } }, createOnly: { F: { value: 2 } } }\ncall: { fields: {} }',
      'message.createOnly.F: the field stands under "fields" too',
    ],
  ])('%s', (_what, text, expected) => {
    const mistakes = textMistakes(text);
    expect(mistakes.join('\n')).toContain(expected);
  });

  test('every mistake at once', () => {
    expect(
      textMistakes(
        'version: 1\nmessage: { fields: { A: { pth: x }, B: { template: "{{ a" } } }\ncall: { fields: { C: 1 } }',
      ).map((one) => one.split(':')[0]),
    ).toEqual(['message.fields.A', 'call.fields.C']);
  });
});

const field = (name: string, change: Partial<CrmField> = {}): CrmField => ({
  name,
  label: name,
  type: 'string',
  required: false,
  createable: true,
  updateable: true,
  ...change,
});

const described: CrmField[] = [
  field('Subject', { label: 'Betreff', length: 20 }),
  field('Priority', { type: 'picklist', values: ['High', 'Normal', 'Low'] }),
  field('Direction__c', { type: 'picklist', values: ['inbound', 'Outgoing'] }),
  field('Minutes__c', { type: 'number' }),
  field('Missed__c', { type: 'boolean' }),
  field('Day__c', { type: 'date' }),
  field('Time__c', { type: 'datetime' }),
  field('Formula__c', { createable: false, updateable: false }),
  field('Once__c', { updateable: false }),
  field('Place__c', { type: 'other' }),
  field('Key__c', { reserved: true }),
];

/** What is wrong with a rule of the part `call`, for the fields above. */
function mistakes(name: string, rule: string, more: readonly CrmField[] = []): string[] {
  const text = `version: 1\nmessage: { fields: {} }\ncall: { fields: { ${name}: ${rule} } }`;
  const findings = validateMapping(parseMapping(text), 'call', 'Task', [...described, ...more]);
  expect(findings.every(({ level, code }) => level === 'error' && code !== undefined)).toBe(true);
  return findings.map(({ subject, text: told }) => `${subject}: ${told}`);
}

describe('a mapping that does not fit the CRM names', () => {
  test.each<[string, string, string, string]>([
    [
      'a field that there is not',
      'Subjekt',
      '{ path: title }',
      'Task has no field of this name, or the user may not see it; did you mean "Subject"?',
    ],
    ['a field by another case', 'subject', '{ path: title }', 'did you mean "Subject"?'],
    ['a field by its label', 'Betreff', '{ path: title }', '"Betreff" is the label of Subject'],
    ['a field that nobody can write', 'Formula__c', '{ path: title }', 'the field cannot be written'],
    ['a field that is written once', 'Once__c', '{ path: title }', 'move it to createOnly'],
    ["the worker's own field", 'Key__c', '{ path: key }', 'the worker writes this field by itself'],
    ['a field of no usable kind', 'Place__c', '{ path: title }', 'of a kind that no mapping can fill'],
    [
      'a value that an activity has not',
      'Subject',
      '{ path: titel }',
      'a call has no "titel"; did you mean "title"?',
    ],
    [
      'a value of another part',
      'Subject',
      '{ path: conversation.messages }',
      'a call has no "conversation.messages"',
    ],
    [
      'a group of values',
      'Subject',
      '{ path: person }',
      '"person" holds several values; name one of them: person.name',
    ],
    [
      'an unknown name in a template',
      'Subject',
      "{ template: '{{ person.nam }}' }",
      'a call has no "person.nam"; did you mean "person.name"?',
    ],
    [
      'an unknown name in a condition',
      'Subject',
      '{ value: x, when: \'call.resul == "missed"\' }',
      'a call has no "call.resul"; did you mean "call.result"?',
    ],
    [
      'a picklist value that there is not',
      'Priority',
      '{ value: high }',
      '"high" is not among the allowed values: High, Normal, Low; did you mean "High"?',
    ],
    [
      'a translated value that there is not',
      'Priority',
      '{ path: call.result, map: { missed: Hihg, answered: Low } }',
      'map of missed: "Hihg" is not among',
    ],
    [
      'a default that there is not',
      'Priority',
      '{ path: call.result, map: { missed: High }, default: None }',
      'default: "None" is not among',
    ],
    [
      'a value that is never translated',
      'Priority',
      '{ path: call.result, map: { misst: High } }',
      'map: "call.result" is never "misst"; did you mean "missed"?',
    ],
    [
      'an untranslated choice',
      'Direction__c',
      '{ path: direction }',
      'the picklist has no "outbound"; translate with map',
    ],
    [
      'a text that is too long',
      'Subject',
      '{ value: abcdefghijklmnopqrstu }',
      'the text has 21 characters, the field takes 20',
    ],
    ['a text in a number field', 'Minutes__c', '{ path: title }', 'the field holds a number; add as: number'],
    ['a text that is no number', 'Minutes__c', '{ path: title, as: number }', '"title" is no number'],
    ['a time that is no number', 'Minutes__c', '{ path: occurredAt, as: number }', 'it is a time'],
    [
      'a constant that is no number',
      'Minutes__c',
      '{ value: "5" }',
      '"5" is no number; write it without quotes',
    ],
    [
      'a text in a yes/no field',
      'Missed__c',
      '{ path: call.result }',
      'the field holds yes or no; add as: boolean',
    ],
    ['a constant that is not yes or no', 'Missed__c', '{ value: "ja" }', '"ja" is neither true nor false'],
    ['a time in a date field', 'Day__c', '{ path: occurredAt }', 'the field holds a date; add as: date'],
    [
      'a text that is no date',
      'Day__c',
      '{ path: title, as: date }',
      '"title" is no time, so it cannot be given as: date',
    ],
    [
      'a constant that is no date',
      'Day__c',
      '{ value: 31.1.2026 }',
      '"31.1.2026" is no date like 2026-01-31',
    ],
    [
      'a date in a time field',
      'Time__c',
      '{ path: occurredAt, as: date }',
      'the field holds a date with its time; add as: datetime',
    ],
    [
      'a constant that is no time',
      'Time__c',
      '{ value: 2026-01-31 }',
      'is no time like 2026-01-31T09:30:00Z',
    ],
    ['a template in a time field', 'Time__c', "{ template: '{{ occurredAt }}' }", 'add as: datetime'],
  ])('%s', (_what, name, rule, expected) => {
    const told = mistakes(name, rule);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(new RegExp(`^call mapping, Task\\.${name}: `));
    expect(told[0]).toContain(expected);
  });

  test('a required field that it leaves out, or that it fills only sometimes', () => {
    const required = field('Stage__c', { label: 'Stage', required: true });
    expect(mistakes('Subject', '{ path: title }', [required])).toEqual([
      'call mapping, Task.Stage__c: the CRM makes no record without this field (Stage), and the mapping leaves it out',
    ]);
    expect(mistakes('Stage__c', "{ value: New, when: 'call.result' }", [required])[0]).toContain(
      'each rule has a condition; add one without',
    );
    expect(mistakes('Stage__c', '{ value: null }', [required])[0]).toContain('must not be empty');
    expect(mistakes('Stage__c', "[{ value: A, when: 'call.result' }, { value: B }]", [required])).toEqual([]);
  });

  test('as a warning: a value that an open picklist does not list', () => {
    const text =
      'version: 1\nmessage: { fields: {} }\ncall: { fields: { Status: { path: call.result, map: { missed: Complete } } } }';
    const status = field('Status', { type: 'picklist', values: ['Completed', 'Open'], valuesOpen: true });
    expect(validateMapping(parseMapping(text), 'call', 'Task', [status])).toEqual([
      {
        level: 'warning',
        subject: 'call mapping, Task.Status',
        text: 'map of missed: "Complete" is not among the picklist\'s values; did you mean "Completed"?',
      },
    ]);
  });

  test.each([
    ['a number', 'Minutes__c', '{ path: call.durationSeconds }'],
    [
      'a number out of a template',
      'Minutes__c',
      "{ template: '{{ call.durationSeconds | divided_by: 60 }}', as: number }",
    ],
    ['translated numbers', 'Minutes__c', '{ path: call.result, map: { missed: 1, answered: 2 } }'],
    ['yes and no', 'Missed__c', '{ path: deleted }'],
    [
      'yes by a condition',
      'Missed__c',
      '[{ value: true, when: \'call.result == "missed"\' }, { value: false }]',
    ],
    [
      'a picklist by conditions',
      'Priority',
      '[{ value: High, when: \'call.result == "missed"\' }, { value: Normal }]',
    ],
    ['an optional field that there is not', 'Other__c', '{ path: title, optional: true }'],
    ['an optional field that nobody can write', 'Formula__c', '{ path: title, optional: true }'],
    ['a size', 'Subject', "{ template: '{{ text.size }}' }"],
    ['a date', 'Day__c', '{ path: call.startedAt, as: date, zone: Asia/Tokyo }'],
  ])('nothing about %s', (_what, name, rule) => {
    expect(mistakes(name, rule)).toEqual([]);
  });
});
