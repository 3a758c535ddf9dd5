import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { compileTemplate, renderTemplate } from '../../src/mapping/liquid.ts';

const values = {
  text: 'x'.repeat(60_000),
  spaces: `${' '.repeat(65_000)}x`,
  tags: '<script'.repeat(9_000),
  person: { name: '{{ title }}{% assign title = "owned" %}' },
  title: 'A message',
  list: [1, 2, 3],
};
const rendered = (template: string) => renderTemplate(compileTemplate(template), values);

describe('a template of somebody who should not have written it', () => {
  test.each([
    '{{ person.constructor }}{{ person.__proto__ }}{{ title.constructor.constructor }}',
    "{{ person['constructor']['prototype'] }}{{ list | map: 'constructor' }}",
    '{{ process }}{{ global }}{{ globalThis }}{{ this }}{{ self }}{{ env }}{{ settings }}{{ toString }}',
    "{{ list | find_exp: 'one', 'one.constructor' }}{{ title | map: '__proto__' }}",
    "{{ title | in_zone: '../../etc/passwd' }}",
  ])('reaches nothing but the values: %s', (template) => expect(rendered(template)).toBe(''));

  test.each(['include', 'render', 'layout'])('reads no file by %s', (tag) => {
    expect(() => rendered(`{% ${tag} "/etc/passwd" %}`)).toThrow(`tag "${tag}" not found`);
    expect(() => rendered(`{% liquid ${tag} "/etc/passwd" %}`)).toThrow(`tag "${tag}" not found`);
  });

  test.each([
    '{% for i in (1..1000000000) %}a{% endfor %}',
    '{% for i in (1..99999) %}{% for j in (1..99999) %}a{% endfor %}{% endfor %}',
    '{% assign x = (1..9999999) %}{{ x | join: "," }}',
    '{% tablerow i in (1..9999999) %}{{ i }}{% endtablerow %}',
    '{% assign a = "aaaaaaaaaa" %}{% for i in (1..99) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
    '{{ "now" | date: "%999999999d" }}',
    '{{ text | replace: "x", text }}',
    '{{ text | split: "" | join: text }}',
    '{% for i in (1..999) %}{{ spaces | strip_html }}{{ tags | strip_html }}{% endfor %}',
  ])('ends soon, whatever it would make: %s', (template) => {
    const before = process.memoryUsage.rss();
    const start = performance.now();
    expect(() => rendered(template)).toThrow(/limit exceeded/);
    expect(performance.now() - start).toBeLessThan(2_000);
    // A list of ten million took 340 MB and five seconds.
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
  });

  test('makes a long text into HTML all the same', () => {
    const text = '<b>&'.repeat(300_000);
    const template = compileTemplate('{{ text | escape | newline_to_br }}');
    expect(renderTemplate(template, { text })).toHaveLength(text.length * 3.5);
  });
});

test('what looks like a template in a message is a text', () => {
  expect(rendered('{{ person.name }} {{ title }}')).toBe(`${values.person.name} A message`);
});

test('a mapping file cannot grow in the memory of who reads it', () => {
  const levels = Array.from({ length: 30 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(10)}]`);
  expect(() => parse(`a0: &a0 x\n${levels.join('\n')}\n`)).toThrow(/alias/i);
});
