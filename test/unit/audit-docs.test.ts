import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { auditActions } from '../../src/core/audit.ts';
import { t } from '../../src/console/texts.ts';

const rows = readFileSync('docs/audit.md', 'utf8').matchAll(/^\| `([a-z]+\.[a-z-]+)`/gm);

test('docs/audit.md has a line for each action, and for no other', () => {
  expect([...rows].map(([, action]) => action).toSorted()).toEqual([...auditActions].toSorted());
});

test('the console has words for each action', () => {
  expect(Object.keys(t.audit.actions).toSorted()).toEqual([...auditActions].toSorted());
});
