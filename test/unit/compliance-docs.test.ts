import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const text = readFileSync('docs/compliance.md', 'utf8');
const parts = text
  .split(/^### /m)
  .slice(1)
  .map((part) => [part.split('\n', 1)[0] ?? '', part.split(/^## /m, 1)[0] ?? ''] as const);

/** What a part says under a word: up to the next one. */
const saidOf = (part: string, word: string): string =>
  new RegExp(`^- ${word}: ([^]*?)(?=^- |(?![^]))`, 'm').exec(part)?.[1] ?? '';

/** Tests that a part names, each with its file. */
function namedTests(part: string): { file: string; name: string }[] {
  let file = '';
  return [...saidOf(part, 'Tests').matchAll(/`(test\/[^`]+)`|"([^"]+)"/g)].flatMap(([, path, name]) => {
    if (path !== undefined) file = path;
    return name === undefined ? [] : [{ file, name }];
  });
}

/** Whether a file has a test, or a group of tests, of this name. */
function hasTest({ file, name }: { file: string; name: string }): boolean {
  if (!existsSync(file)) return false;
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(String.raw`[(\s](['"\`])${escaped}\1,\s`).test(readFileSync(file, 'utf8'));
}

describe('docs/compliance.md', () => {
  test.each(parts)('says of %s what answers it, which tests, and what is left to the firm', (_head, part) => {
    for (const word of ['Answer', 'Yours']) expect(saidOf(part, word)).toMatch(/\S/);
    expect(saidOf(part, 'Tests')).toMatch(/^(none\.|`test\/)/);
  });

  test('names tests as they stand in the code', () => {
    const named = parts.flatMap(([, part]) => namedTests(part));
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((one) => !hasTest(one))).toEqual([]);
  });

  test('names no file in vain', () => {
    const files = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, file]) => file);
    const used = new Set(parts.flatMap(([, part]) => namedTests(part)).map(({ file }) => file));
    expect(files.filter((file) => !used.has(file ?? ''))).toEqual([]);
  });
});
