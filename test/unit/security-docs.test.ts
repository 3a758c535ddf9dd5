import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { filesInVain, hasTest, namedTests, partsOf, saidOf } from '../support/named-tests.ts';

const text = readFileSync('docs/security.md', 'utf8');
const parts = partsOf(text);

describe('docs/security.md', () => {
  test.each(parts.map((part) => [part.head, part] as const))(
    'says of %s what the attack is, what answers it, which tests, and what is left',
    (_head, part) => {
      for (const word of ['Attack', 'Answer', 'Left']) expect(saidOf(part, word)).toMatch(/\S/);
      expect(saidOf(part, 'Tests')).toMatch(/^(none\.|`test\/)/);
    },
  );

  test('names tests as they stand in the code', () => {
    const named = parts.flatMap((part) => namedTests(part));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((one) => !hasTest(one))).toEqual([]);
  });

  test('names no file in vain', () => expect(filesInVain(text)).toEqual([]));
});
