import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { generatedPages } from '../support/generated-pages.ts';

describe('what is made from the schemas', () => {
  test.each(Object.entries(generatedPages))(
    '%s is up to date (else: npm run docs:mapping)',
    async (path, page) => {
      expect(readFileSync(path, 'utf8')).toBe(await page());
    },
  );
});
