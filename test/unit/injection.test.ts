import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { escapeSearch, inClauses, quote } from '../../src/destinations/salesforce/soql.ts';
import { createForm } from '../../src/destinations/multipart.ts';
import { wordQuery } from '../../src/ledger/search.ts';
import { parseQuery } from '../../src/sandbox/salesforce/soql-parse.ts';

const attacks = [
  "' OR Name != '",
  "\\' OR Name != \\'",
  "\\\\' OR Id != null --",
  "x') OR (Id != '",
  "'\n OR Id != '",
  '%',
  '\\',
  "'",
];
const texts = fc.oneof(
  fc.constantFrom(...attacks),
  fc.string({
    unit: fc.constantFrom("'", '\\', '"', ' ', '\n', '\r', '(', ')', 'a', 'OR', '%', '_', '\0', '🙂'),
  }),
);

describe('whatever a value holds', () => {
  test('a query of Salesforce asks for it and for nothing else', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const soql = `SELECT Id FROM Contact WHERE Name = ${quote(text)}`;
        expect(soql).not.toMatch(/[\r\n]/);
        expect(parseQuery(soql).where).toEqual({
          kind: 'compare',
          field: 'Name',
          op: '=',
          literals: [{ kind: 'string', value: text }],
        });
      }),
      { numRuns: 300, seed: 8 },
    );
    const [clause = ''] = inClauses('Name', attacks);
    expect(parseQuery(`SELECT Id FROM Contact WHERE ${clause}`).where).toEqual({
      kind: 'compare',
      field: 'Name',
      op: 'IN',
      literals: attacks.map((value) => ({ kind: 'string', value })),
    });
  });

  test('a search of Salesforce stays between its braces', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}\\"()&|!^~*?:+-a ') }), (text) => {
        const inside = escapeSearch(text);
        // Nothing reserved is left without its backslash, and no backslash is left over.
        expect(inside.replaceAll(/\\[^a ]/g, '')).toBe(text.replaceAll(/[^a ]/g, ''));
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  test('a search of the ledger looks for words', () => {
    for (const attack of ["a' | 'b", "x':* & !'y", '\\', "'", ':*', '!a', "a\\'b <-> c"]) {
      const query = wordQuery(attack);
      if (query !== undefined)
        expect(query).toMatch(/^'(?:[^'\\]|''|\\\\)+'(?: & '(?:[^'\\]|''|\\\\)+')*:\*$/);
    }
  });

  test('a form has the parts that it was made of, and their heads', async () => {
    const name = 'a"; filename="b.html"\r\nContent-Type: text/html\r\n\r\n<script>';
    const form = createForm([
      { name: 'file', content: 'x', fileName: name, contentType: 'text/plain\r\nX-Own: 1' },
    ]);
    let body = '';
    for await (const chunk of form.stream()) body += String(chunk);
    const [head = ''] = body.split('\r\n\r\n');
    expect(
      head
        .split('\r\n')
        .slice(1)
        .map((line) => line.split(':')[0]),
    ).toEqual(['Content-Disposition', 'Content-Type']);
    expect(head).not.toMatch(/^(X-Own|<script)/m);
    expect(head.match(/filename="/g)).toHaveLength(1);
  });
});
