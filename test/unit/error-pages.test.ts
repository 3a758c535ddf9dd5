import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hubspotPage, salesforcePage } from '../support/error-pages.ts';

describe('the pages of what the CRMs refuse', () => {
  test.each([
    ['docs/errors-salesforce.md', salesforcePage],
    ['docs/errors-hubspot.md', hubspotPage],
  ])('%s is what the error table says (else: npm run docs:errors)', async (path, page) => {
    expect(readFileSync(path, 'utf8')).toBe(await page());
  });
});
