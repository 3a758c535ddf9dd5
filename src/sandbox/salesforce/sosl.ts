import type { Org, Row } from './org.ts';
import { refuse } from './refusal.ts';
import { fieldOf, queriedObject, selectRows, showRow } from './soql-run.ts';
import { names, parseTail, Tokens, type Tail } from './soql-parse.ts';

interface Returning extends Tail {
  readonly object: string;
  readonly fields: readonly string[];
}

interface SearchQuery {
  readonly text: string;
  readonly scope: 'ALL' | 'PHONE' | 'NAME' | 'EMAIL';
  readonly returning: readonly Returning[];
}

/** Rows that one search returns at most; an object alone without conditions returns 250 (SOSL limits). */
const mostRows = 2_000;

const reserved = /[?&|!{}[\]()^~*:\\"'+-]/;

function malformed(message: string): Error {
  return refuse('MALFORMED_SEARCH', message);
}

/** Runs a search and gives its rows as the answer shows them. `delayMs`: how long the index lags. @throws Refusal */
export function runSearch(org: Org, sosl: string, version: string, delayMs: number): object[] {
  if (sosl.length > 100_000) throw malformed('SOSL statements cannot be longer than 100000 characters.');
  const query = parseSearch(sosl);
  const matches = matcher(query.text);
  const indexed = org.now().getTime() - delayMs;
  const results: object[] = [];
  for (const part of query.returning) {
    const object = queriedObject(org, part.object);
    for (const name of part.fields) fieldOf(org, object, name);
    const scope = org
      .visibleFields(object)
      .filter((def) => query.scope === 'ALL' || scopeOf(def.name, def.type) === query.scope);
    const hits = [...org.table(object).values()].filter(
      (row) =>
        row.IsDeleted !== true &&
        // A person account is found as an account only.
        !(object === 'Contact' && row.IsPersonAccount === true) &&
        Date.parse(String(row.SystemModstamp)) <= indexed &&
        scope.some((def) => matches(String(row[def.name] ?? ''))),
    );
    const alone = query.returning.length === 1 && part.where === undefined && part.orderBy.length === 0;
    const rows = selectRows(org, object, hits, part).slice(0, alone ? 250 : mostRows);
    results.push(...rows.map((row: Row) => showRow(org, object, row, part.fields, version)));
  }
  return results.slice(0, mostRows);
}

function scopeOf(name: string, type: string): string {
  if (type === 'phone') return 'PHONE';
  if (type === 'email') return 'EMAIL';
  return name === 'Name' ? 'NAME' : '';
}

function parseSearch(sosl: string): SearchQuery {
  const find = /^\s*FIND\s*\{((?:[^}\\]|\\.)*)\}/is.exec(sosl);
  if (find === null) throw malformed('No FIND clause with {search text}');
  const rest = sosl.slice(find[0].length);
  const tokens = new Tokens(rest);
  let scope: SearchQuery['scope'] = 'ALL';
  if (tokens.take('IN')) {
    const word = tokens.name().toUpperCase();
    if (!['ALL', 'PHONE', 'NAME', 'EMAIL'].includes(word)) throw malformed(`unexpected token: '${word}'`);
    scope = word as SearchQuery['scope'];
    tokens.expect('FIELDS');
  }
  const returning: Returning[] = [];
  if (tokens.take('RETURNING')) {
    do returning.push(parseReturning(tokens, rest));
    while (tokens.take(','));
  }
  if (tokens.peek() !== undefined) throw malformed(`unexpected token: '${tokens.peek()}'`);
  return { text: find[1] ?? '', scope, returning };
}

function parseReturning(tokens: Tokens, text: string): Returning {
  const object = tokens.name();
  if (!tokens.take('(')) return { object, fields: ['Id'], orderBy: [] };
  const fields = names(tokens);
  const tail = parseTail(tokens, text);
  tokens.expect(')');
  return { object, fields, ...tail };
}

/**
 * What the text between the braces finds. Over 4,000 characters it loses its operators, over 10,000 it finds nothing (SOSL
 * reference). @throws Refusal for reserved characters that are not escaped
 */
function matcher(text: string): (value: string) => boolean {
  if (text.trim().length < 2) throw malformed('search term must be longer than one character: ' + text);
  if (text.length > 10_000) return () => false;
  if (text.length > 4_000) {
    const all = termTest(text);
    return all;
  }
  const any = text.split(/\s+OR\s+/).map((part) => part.split(/\s+AND\s+/).map(termTest));
  return (value) => any.some((parts) => parts.every((test) => test(value)));
}

function termTest(raw: string): (value: string) => boolean {
  const term = raw.trim().replace(/^\((.*)\)$/s, '$1');
  const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(term)?.[1] ?? term;
  const bare = quoted.replace(/\\(.)/gs, '').replace(/(?<=.)\*/g, '');
  if (reserved.test(bare)) throw malformed(`reserved character is not escaped in search term: ${term}`);
  const plain = quoted.replace(/\\(.)/gs, '$1');
  const digits = plain.replace(/[^\d*]/g, '');
  if (digits.length >= 2 && !/\p{L}/u.test(plain)) return (value) => sameDigits(value, digits);
  const pattern = plain.replaceAll(/[.*+?^${}()|[\]\\]/g, (sign) =>
    sign === '*' ? '[\\p{L}\\p{N}]*' : `\\${sign}`,
  );
  const words = new RegExp(`(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`, 'iu');
  return (value) => words.test(value);
}

/** A stored number is found by all its digits and by its national number, whatever signs stand between. */
function sameDigits(value: string, digits: string): boolean {
  const stored = value.replace(/\D/g, '');
  if (stored === '') return false;
  if (digits.includes('*')) return new RegExp(`^${digits.replaceAll('*', '\\d*')}$`).test(stored);
  return (
    stored === digits ||
    (digits.length >= 7 && stored.endsWith(digits)) ||
    (stored.length >= 7 && digits.endsWith(stored))
  );
}
