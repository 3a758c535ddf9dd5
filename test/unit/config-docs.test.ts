import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { settingsShape } from '../../config/schema.ts';
import { errorTable } from '../../src/core/errors.ts';
import { sourceErrorTable } from '../../src/core/source-errors.ts';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
}

/** Every setting below a schema, as `sources[].id`. */
function settingsBelow(schema: JsonSchema, path: string): string[] {
  if (schema.oneOf !== undefined) {
    return schema.oneOf.flatMap((one) => settingsBelow(one, path));
  }
  if (schema.items?.properties !== undefined || schema.items?.oneOf !== undefined) {
    return settingsBelow(schema.items, `${path}[]`);
  }
  if (schema.properties === undefined) return [path];
  return Object.entries(schema.properties).flatMap(([name, inner]) =>
    settingsBelow(inner, path === '' ? name : `${path}.${name}`),
  );
}

describe('docs/configuration.md', () => {
  const text = readFileSync('docs/configuration.md', 'utf8');
  const rows = [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);

  test('has a row for every setting, and for no other', () => {
    const schema = z.toJSONSchema(settingsShape, { io: 'input' }) as JsonSchema;
    const documented = rows.filter((name) => !/^[A-Z_]+$/.test(String(name)));
    expect(documented.toSorted()).toEqual([...new Set(settingsBelow(schema, ''))].toSorted());
  });

  test('has a row for every environment variable that is read', () => {
    const names = [...readFileSync('config/env.ts', 'utf8').matchAll(/^ {2}([A-Z][A-Z_]+): optionalText/gm)];
    expect(names.length).toBeGreaterThan(5);
    expect(rows.filter((name) => /^[A-Z_]+$/.test(String(name))).toSorted()).toEqual(
      names.map(([, name]) => name).toSorted(),
    );
  });
});

describe('docs/errors.md', () => {
  const codes = { ...errorTable, ...sourceErrorTable };
  const text = readFileSync('docs/errors.md', 'utf8');
  const sections = new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => [section.split('\n')[0] ?? '', section]),
  );

  test('has a heading for every code, in the order of the table, and for no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(codes));
  });

  test.each(Object.entries(codes))('says of %s what it means, its fate, and what to do', (code, entry) => {
    const section = sections.get(code) ?? '';
    expect(section).toMatch(/^- Meaning: \S/m);
    expect(section).toContain(`\n- Fate: ${entry.fate}\n`);
    expect(section).toMatch(/^- What to do: \S/m);
    expect(text).toContain(`- **${entry.fate}**: `);
  });
});
