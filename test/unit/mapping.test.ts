import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Activity } from '../../src/core/activity.ts';
import type { CrmField } from '../../src/destinations/destination.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { MappingError, parseMapping, readMapping } from '../../src/mapping/mapping.ts';
import { validateMapping } from '../../src/mapping/validate.ts';

const activity: Activity = {
  key: 'a'.repeat(64),
  revision: 1,
  kind: 'call',
  direction: 'inbound',
  occurredAt: '2026-11-20T10:00:05.123Z',
  localTime: '2026-11-20 10:00:05 UTC',
  timeZone: 'UTC',
  title: 'Missed WhatsApp call from Ana Silva',
  text: 'line one\n<b>line two</b>',
  content: '',
  type: 'call',
  business: { number: '+15550783881' },
  person: { name: 'Ana Silva', phone: '+14155550100' },
  from: 'Ana Silva',
  to: '+15550783881',
  contact: { type: 'Contact', id: '003' },
  call: { result: 'missed', durationSeconds: 65 },
  edited: false,
  deleted: false,
  files: 0,
  source: 'support',
};

const field = (name: string, change: Partial<CrmField> = {}): [string, CrmField] => [
  name,
  { name, label: name, type: 'string', required: false, createable: true, updateable: true, ...change },
];

function map(rules: string, known?: ReadonlyMap<string, CrmField>) {
  return mapActivity(
    parseMapping(`version: 1\nmessage: { fields: {} }\ncall: { fields: { ${rules} } }`),
    activity,
    known,
  ).fields;
}

describe('a mapping', () => {
  test.each<[string, string, unknown]>([
    [
      'a template',
      "F: { template: '{{ title }} / {{ occurredAt | utc }}' }",
      'Missed WhatsApp call from Ana Silva / 2026-11-20 10:00:05 UTC',
    ],
    [
      'markup escaped',
      "F: { template: '{{ text | escape | newline_to_br }}' }",
      'line one<br />\n&lt;b&gt;line two&lt;/b&gt;',
    ],
    ['a path as a number', 'F: { path: call.durationMs, as: number }', 65_000],
    ['a path as a date', 'F: { path: occurredAt, as: date }', '2026-11-20'],
    ['a path as a time', 'F: { path: occurredAt, as: datetime }', '2026-11-20T10:00:05.123Z'],
    ['a translated value', 'F: { path: call.result, map: { missed: NO_ANSWER } }', 'NO_ANSWER'],
    ['a constant', 'F: { value: true }', true],
    ['a default for what is absent', 'F: { path: status, default: none }', 'none'],
    ['a text cut with a mark', 'F: { path: title, truncate: 20 }', 'Missed WhatsA… [cut]'],
  ])('makes %s', (_what, rules, expected) => {
    expect(map(rules)).toEqual({ F: expected });
  });

  test('leaves out an absent value and an optional field that the CRM lacks', () => {
    expect(map('A: { path: status }, B: { value: 1, optional: true }', new Map())).toEqual({});
    expect(map('B: { value: 1, optional: true }', new Map([field('B')]))).toEqual({ B: 1 });
  });

  test('cuts to the length that the CRM tells', () => {
    expect(map('F: { path: title }', new Map([field('F', { length: 10 })]))).toEqual({ F: 'Missed Wha' });
  });

  test('cannot reach prototypes, and unknown filters are refused when it is read', () => {
    expect(map("F: { template: '{{ title.constructor }}{{ __proto__ }}' }")).toEqual({ F: '' });
    expect(() => map("F: { template: '{{ title | nonsense }}' }")).toThrow(/call\.fields\.F\.template/);
  });

  test('names each mistake with its place', () => {
    const text = 'version: 1\nmessage: { fields: { A: { path: "a..b" }, B: { value: 1, nope: 2 } } }';
    try {
      parseMapping(text);
      throw new Error('it was taken');
    } catch (error) {
      expect(error).toBeInstanceOf(MappingError);
      expect((error as MappingError).mistakes.map((one) => one.split(':')[0])).toEqual([
        'message.fields.A.path',
        'message.fields.B',
        'call',
      ]);
    }
  });

  test('has a version that changes with its content and not with its comments', () => {
    const one = 'version: 1\nmessage: { fields: {} }\ncall: { fields: {} }';
    expect(parseMapping(one).version).toBe(parseMapping(`# note\n${one}`).version);
    expect(
      parseMapping(one.replace('call: { fields: {}', 'call: { fields: { A: { value: 1 } }')).version,
    ).not.toBe(parseMapping(one).version);
  });

  test('is compared with the fields that the CRM has', () => {
    const mapping = parseMapping(
      'version: 1\nmessage: { fields: { A: { value: x }, B: { value: 1 }, C: { value: 1 }, D: { path: nonsense }, E: { value: 1, optional: true } } }\ncall: { fields: {} }',
    );
    const findings = validateMapping(mapping, 'message', 'Task', [
      field('A', { type: 'picklist', values: ['y'] })[1],
      field('B', { createable: false })[1],
      field('D')[1],
    ]);
    expect(findings.map((one) => one.subject.split('.')[1])).toEqual(['A', 'B', 'C', 'D']);
  });

  test.each(['config/mappings/salesforce.yaml', 'config/mappings/hubspot.yaml'])('%s is in order', (path) => {
    expect(readMapping(path).version).toMatch(/^[0-9a-f]{12}$/);
  });
});

describe('a mapping in the time zone of the owner', () => {
  test('gives the day there', () => {
    const mapping = parseMapping(
      'version: 1\nmessage: { fields: {} }\ncall: { fields: { F: { path: occurredAt, as: date } } }',
    );
    const tokyo = { ...activity, occurredAt: '2026-11-20T20:00:00.000Z', timeZone: 'Asia/Tokyo' };
    expect(mapActivity(mapping, tokyo, undefined).fields).toEqual({ F: '2026-11-21' });
  });
});

describe('HTML that is longer than its field', () => {
  const shown = (html: string) =>
    html
      .replace(/<br \/>/g, '\n')
      .replace(/&(lt|gt|amp|#34|#39);/g, (_all, name: string) => entities[name] ?? '?');
  const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', '#34': '"', '#39': "'" };
  const rule = (truncate: number) =>
    parseMapping(
      `version: 1\nmessage: { fields: {} }\ncall: { fields: { F: { template: '{{ text | escape | newline_to_br | strip_newlines }}', truncate: ${truncate} } } }`,
    );

  test('is cut between characters, never inside a tag or an entity, and shows the beginning of the text', () => {
    const piece = fc.constantFrom('<', '>', '&', '"', "'", '\n', 'a', '😀', '&amp;', '<br>', '<script>');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 20, max: 120 }), (pieces, limit) => {
        const text = pieces.join('');
        const html = String(mapActivity(rule(limit), { ...activity, text }, undefined).fields['F']);
        expect(html.length).toBeLessThanOrEqual(limit);
        expect(html.replaceAll('<br />', '')).not.toMatch(/[<>]|&(?!(lt|gt|amp|#34|#39);)/);
        const cut = html.endsWith('… [cut]');
        const seen = shown(cut ? html.slice(0, -'… [cut]'.length) : html);
        expect(cut ? text.startsWith(seen) : seen === text).toBe(true);
      }),
    );
  });
});

describe('a field with several rules', () => {
  const priority =
    'F: [{ value: High, when: \'call.result == "missed" and call.durationSeconds > 60\' }, { path: status }, { value: Normal }]';

  test('takes the first one that holds and has a value', () => {
    expect(map(priority)).toEqual({ F: 'High' });
    expect(map(priority.replace('> 60', '> 90'))).toEqual({ F: 'Normal' });
  });

  test('stays empty when none holds', () => {
    expect(map("F: [{ value: x, when: 'deleted' }]")).toEqual({});
  });
});

describe('a template', () => {
  test.each([
    ['as a number', "F: { template: '{{ call.durationSeconds | divided_by: 60.0 | ceil }}', as: number }", 2],
    ['as a time', "F: { template: '{{ occurredAt }}', as: datetime }", '2026-11-20T10:00:05.123Z'],
    ['that is translated', "F: { template: '{{ direction }}-{{ kind }}', map: { inbound-call: In } }", 'In'],
    ['in another zone', "F: { template: \"{{ occurredAt | in_zone: 'Asia/Tokyo', 'HH:mm' }}\" }", '19:00'],
    ['that is empty, with a default', "F: { template: '{{ status }}', default: none }", 'none'],
  ])('makes a value %s', (_what, rules, expected) => {
    expect(map(rules)).toEqual({ F: expected });
  });
});

test('a day is that of the zone that the rule names', () => {
  expect(map('F: { path: occurredAt, as: date, zone: Pacific/Kiritimati }')).toEqual({ F: '2026-11-21' });
});

test('what is cut is told', () => {
  const mapping = parseMapping(
    'version: 1\nmessage: { fields: {} }\ncall: { fields: { F: { path: title } } }',
  );
  expect(mapActivity(mapping, activity, new Map([field('F', { length: 10 })])).cuts).toEqual([
    { field: 'F', length: 35, limit: 10 },
  ]);
});
