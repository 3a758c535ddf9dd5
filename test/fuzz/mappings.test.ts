import { readFileSync } from 'node:fs';
import { afterAll, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { Activity } from '../../src/core/activity.ts';
import { cleanText } from '../../src/core/text.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { compileMapping, MappingError, parseMapping, type Mapping } from '../../src/mapping/mapping.ts';
import { render } from '../../src/mapping/render.ts';
import { sampleInteractions } from '../../src/mapping/samples.ts';
import { validateMapping } from '../../src/mapping/validate.ts';
import { heavy, light } from './ingredients.ts';
import { ingredient, mutate, mutations, tell, toText, type Mutation } from './mutate.ts';
import { fuzz, timeFor } from './run.ts';
import { sampleOf } from './schema.ts';
import { stopWatching } from './watchdog.ts';
import { yamlOf } from './yaml-text.ts';

afterAll(stopWatching);

const files = ['salesforce', 'salesforce-object', 'hubspot'].map((name) =>
  readFileSync(`config/mappings/${name}.yaml`, 'utf8'),
);
const schema = JSON.parse(readFileSync('config/mapping.schema.json', 'utf8')) as Record<string, unknown>;
const bases: readonly unknown[] = [
  ...files.map((text) => parse(text) as unknown),
  ...[0, 1, 2].map((turn) => sampleOf(schema, turn)),
];
const activities = sampleInteractions().map((one) =>
  render(one, { revision: 1, contact: { type: 'contact', id: '1' } }),
);
const crmFields = [
  {
    name: 'Subject',
    label: 'Subject',
    type: 'string',
    length: 20,
    required: true,
    createable: true,
    updateable: true,
  },
] as const;

/** A mapping that cannot be used, or a value that it cannot make, is told as its mistake; nothing else is thrown. */
function refusing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

const textOf = ({ base, edits }: Mutation): string =>
  yamlOf(files[base % files.length] as string, mutate(bases[base], edits), edits);

function use(mapping: Mapping, list: readonly Activity[]): void {
  for (const part of ['message', 'call', 'conversation', 'contact', 'lead'] as const) {
    validateMapping(mapping, part, 'Task', crmFields);
  }
  for (const activity of list) refusing(() => mapActivity(mapping, activity, undefined));
}

test(
  'mapping files are used, or their mistakes are told',
  () =>
    fuzz<Mutation>({
      name: 'mappings',
      cases: mutations(bases.length),
      check: ([one]) => {
        // Five times the longest real one: what a parser of YAML takes for more is only more of the same.
        const mapping = refusing(() => parseMapping(textOf(one as Mutation).slice(0, 60_000)));
        if (mapping !== undefined) use(mapping, activities);
      },
      tell,
    }),
  timeFor('mappings'),
);

const values =
  'text content title from person.name localTime occurredAt call.result files "x" 7 (1..9) nil blank a.b[0]'.split(
    ' ',
  );
const filters = (
  'escape newline_to_br strip_newlines strip_html strip lstrip rstrip upcase downcase capitalize reverse size first last join split ' +
  'replace remove append prepend truncate truncatewords slice date utc in_zone times plus minus divided_by modulo round ceil ' +
  'floor abs default url_encode url_decode escape_once json sort uniq map where concat compact group_by raw at_least slugify ' +
  'normalize_whitespace number_of_words array_to_sentence_string xml_escape cgi_escape uri_escape base64_decode base64_encode ' +
  'replace_first remove_last sort_natural sum push pop shift unshift sample inspect to_integer date_to_xmlschema find_exp nope'
).split(' ');
const tags = [
  (inner: string) => `{% if ${inner} %}a{% elsif 1 %}b{% endif %}`,
  (inner: string) => `{% for a in ${inner} %}{{ a }}{% endfor %}`,
  (inner: string) =>
    `{% for a in (1..100000000) %}{% for b in (1..100000000) %}{{ ${inner} }}{% endfor %}{% endfor %}`,
  (inner: string) => `{% assign a = ${inner} %}{% assign a = a | append: a | append: a %}{{ a | append: a }}`,
  (inner: string) => `{% capture a %}{{ ${inner} }}{% endcapture %}{{ a }}`,
  (inner: string) => `{% case ${inner} %}{% when 1 %}a{% else %}b{% endcase %}`,
  (inner: string) =>
    `{% tablerow a in ${inner} %}{{ a }}{% endtablerow %}{% cycle ${inner} %}{% increment a %}`,
  (inner: string) => `{% include ${inner} %}{% render "x" %}{% layout "x" %}{% liquid echo ${inner} %}`,
  (inner: string) => `{% comment %}{{ ${inner} }}{% raw %}{% ${inner}`,
  (inner: string) => `{{ ${inner} }}`.repeat(50),
];

interface Templating {
  readonly value: number;
  readonly chain: readonly { readonly filter: number; readonly what: number; readonly quoted: boolean }[];
  readonly tag: number;
  /** what a stranger wrote */
  readonly said: number;
  readonly when: boolean;
}

const any = fc.oneof(
  { weight: 40, arbitrary: fc.nat(light.length - 1) },
  { weight: 1, arbitrary: fc.integer({ min: light.length, max: light.length + heavy.length - 1 }) },
);
const templatings: fc.Arbitrary<Templating> = fc.record({
  value: fc.nat(values.length - 1),
  chain: fc.array(fc.record({ filter: fc.nat(filters.length - 1), what: any, quoted: fc.boolean() }), {
    maxLength: 4,
  }),
  tag: fc.nat(tags.length),
  said: any,
  when: fc.boolean(),
});

function templateOf({ value, chain, tag }: Templating): string {
  const parts = chain.map(({ filter, what, quoted }) => {
    const argument = toText(ingredient(what).make()).slice(0, 200);
    return ` | ${filters[filter]}${argument === '' ? '' : `: ${quoted ? JSON.stringify(argument) : argument}`}`;
  });
  const inner = `${values[value]}${parts.join('')}`;
  return tags[tag]?.(inner) ?? `{{ ${inner} }}`;
}

test(
  'templates make a value, or their mistakes are told, whatever strangers write',
  () =>
    fuzz<Templating>({
      name: 'templates',
      cases: templatings,
      check: ([one]) => {
        const { said, when } = one as Templating;
        const template = templateOf(one as Templating);
        const rule = when ? { template: 'x', when: template.slice(0, 2_000) } : { template };
        const part = { fields: { Subject: rule } };
        const mapping = refusing(() => compileMapping({ version: 1, message: part, call: part }));
        if (mapping === undefined) return;
        // No text that came by WhatsApp is longer (65,536 characters).
        const text = cleanText(toText(ingredient(said).make())).slice(0, 65_536);
        const strange = { text, content: text, title: text, from: text };
        use(
          mapping,
          activities.slice(0, 1).map((activity) => ({ ...activity, ...strange })),
        );
      },
      tell: (one) =>
        `${templateOf(one).slice(0, 300)} of ${ingredient(one.said).name}${one.when ? ' as a condition' : ''}`,
    }),
  timeFor('templates'),
);
