import { refuse } from './refusal.ts';
import type { Value } from './org.ts';

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | 'LIKE' | 'IN' | 'NOT IN';

export interface Literal {
  readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'date' | 'datetime';
  readonly value: Value;
}

export type Condition =
  | { readonly kind: 'compare'; readonly field: string; readonly op: Operator; readonly literals: Literal[] }
  | { readonly kind: 'and' | 'or'; readonly parts: Condition[] }
  | { readonly kind: 'not'; readonly part: Condition };

export interface Order {
  readonly field: string;
  readonly descending: boolean;
  readonly nullsLast: boolean;
}

/** What may follow the object's name: the same in SOQL and in SOSL's RETURNING. */
export interface Tail {
  readonly where?: Condition;
  readonly orderBy: readonly Order[];
  readonly limit?: number;
  readonly offset?: number;
}

export interface SelectQuery extends Tail {
  readonly fields: readonly string[];
  readonly count: boolean;
  readonly object: string;
}

export function malformed(message: string): Error {
  return refuse('MALFORMED_QUERY', message);
}

const datetimePattern = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})`;
const tokenPattern = new RegExp(
  [
    String.raw`\s+`,
    String.raw`'(?:[^'\\]|\\.)*'`,
    datetimePattern,
    String.raw`\d{4}-\d{2}-\d{2}`,
    String.raw`-?\d+(?:\.\d+)?`,
    String.raw`[A-Za-z_][\w.]*`,
    String.raw`<=|>=|!=|<>|[=<>(),]`,
  ].join('|'),
  'y',
);

/** Words and signs of a query, one after the other. */
export class Tokens {
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(text: string) {
    tokenPattern.lastIndex = 0;
    while (tokenPattern.lastIndex < text.length) {
      const start = tokenPattern.lastIndex;
      const found = tokenPattern.exec(text)?.[0];
      if (found === undefined) throw malformed(`unexpected token: '${text.slice(start, start + 20)}'`);
      if (found.trim() !== '') this.#tokens.push(found);
    }
  }

  peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw malformed('unexpected end of query');
    return token;
  }

  /** Takes the next words if they are these, in any case. */
  take(...words: readonly string[]): boolean {
    const same = words.every((word, index) => this.#tokens[this.#at + index]?.toUpperCase() === word);
    if (same) this.#at += words.length;
    return same;
  }

  expect(word: string): void {
    if (!this.take(word)) throw malformed(`expecting ${word}, found '${this.peek() ?? 'end of query'}'`);
  }

  name(): string {
    const token = this.next();
    if (!/^[A-Za-z_][\w.]*$/.test(token)) throw malformed(`unexpected token: '${token}'`);
    return token;
  }

  number(): number {
    const token = this.next();
    if (!/^\d+$/.test(token)) throw malformed(`unexpected token: '${token}'`);
    return Number(token);
  }
}

/** Parses the supported part of SOQL. @throws Refusal MALFORMED_QUERY */
export function parseQuery(text: string): SelectQuery {
  if (text.length > 100_000) throw malformed('SOQL statements cannot be longer than 100000 characters.');
  const tokens = new Tokens(text);
  tokens.expect('SELECT');
  const count = tokens.take('COUNT', '(', ')');
  const fields = count ? [] : names(tokens);
  tokens.expect('FROM');
  const object = tokens.name();
  const tail = parseTail(tokens, text);
  if (tokens.peek() !== undefined) throw malformed(`unexpected token: '${tokens.peek()}'`);
  return { fields, count, object, ...tail };
}

export function names(tokens: Tokens): string[] {
  const found = [tokens.name()];
  while (tokens.take(',')) found.push(tokens.name());
  return found;
}

export function parseTail(tokens: Tokens, text: string): Tail {
  const where = tokens.take('WHERE') ? anyOf(tokens) : undefined;
  if (where !== undefined) {
    // "Strings in a WHERE clause can't exceed 4,000 characters" (SOQL and SOSL limits).
    const clause = /\sWHERE\s([\s\S]*?)(\sORDER\s+BY\s|\sLIMIT\s|$)/i.exec(text)?.[1] ?? '';
    if (clause.length > 4_000) throw malformed('The WHERE clause exceeds the maximum of 4000 characters.');
  }
  const orderBy = tokens.take('ORDER', 'BY') ? orders(tokens) : [];
  const limit = tokens.take('LIMIT') ? tokens.number() : undefined;
  const offset = tokens.take('OFFSET') ? tokens.number() : undefined;
  if (offset !== undefined && offset > 2_000) {
    throw refuse('NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000');
  }
  return {
    orderBy,
    ...(where === undefined ? {} : { where }),
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
  };
}

function orders(tokens: Tokens): Order[] {
  const found: Order[] = [];
  do {
    const field = tokens.name();
    const descending = tokens.take('DESC') || (tokens.take('ASC') && false);
    const nullsLast = tokens.take('NULLS', 'LAST') || (tokens.take('NULLS', 'FIRST') && false);
    found.push({ field, descending, nullsLast });
  } while (tokens.take(','));
  return found;
}

/** AND and OR may not be mixed without parentheses: Salesforce refuses that too. */
function anyOf(tokens: Tokens): Condition {
  const parts = [one(tokens)];
  const word = tokens.peek()?.toUpperCase();
  if (word !== 'AND' && word !== 'OR') return parts[0] as Condition;
  while (tokens.take(word)) parts.push(one(tokens));
  const next = tokens.peek()?.toUpperCase();
  if (next === 'AND' || next === 'OR') throw malformed(`unexpected token: '${next}'`);
  return { kind: word === 'AND' ? 'and' : 'or', parts };
}

function one(tokens: Tokens): Condition {
  if (tokens.take('NOT')) return { kind: 'not', part: one(tokens) };
  if (tokens.take('(')) {
    const inner = anyOf(tokens);
    tokens.expect(')');
    return inner;
  }
  const field = tokens.name();
  if (tokens.take('IN')) return { kind: 'compare', field, op: 'IN', literals: list(tokens) };
  if (tokens.take('NOT', 'IN')) return { kind: 'compare', field, op: 'NOT IN', literals: list(tokens) };
  if (tokens.take('LIKE')) return { kind: 'compare', field, op: 'LIKE', literals: [literal(tokens)] };
  const sign = tokens.next();
  if (!/^(=|!=|<>|<|>|<=|>=)$/.test(sign)) throw malformed(`unexpected token: '${sign}'`);
  const op = (sign === '<>' ? '!=' : sign) as Operator;
  return { kind: 'compare', field, op, literals: [literal(tokens)] };
}

function list(tokens: Tokens): Literal[] {
  tokens.expect('(');
  const values = [literal(tokens)];
  while (tokens.take(',')) values.push(literal(tokens));
  tokens.expect(')');
  return values;
}

function literal(tokens: Tokens): Literal {
  const token = tokens.next();
  if (token.startsWith("'")) return { kind: 'string', value: unescapeText(token.slice(1, -1)) };
  if (/^(true|false)$/i.test(token)) return { kind: 'boolean', value: token.toLowerCase() === 'true' };
  if (/^null$/i.test(token)) return { kind: 'null', value: null };
  if (/^\d{4}-\d{2}-\d{2}T/.test(token)) {
    const time = new Date(token);
    if (Number.isNaN(time.getTime())) throw malformed(`invalid date: ${token}`);
    return { kind: 'datetime', value: time.toISOString() };
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(token)) return { kind: 'date', value: token };
  if (/^-?\d+(\.\d+)?$/.test(token)) return { kind: 'number', value: Number(token) };
  throw malformed(`unexpected token: '${token}'`);
}

function unescapeText(text: string): string {
  const known: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
  return text.replace(/\\(.)/gs, (_all, letter: string) => {
    if (!/[nrtbf"'\\_%]/i.test(letter)) throw malformed(`invalid escape \\${letter}`);
    return known[letter.toLowerCase()] ?? (letter === '%' || letter === '_' ? `\\${letter}` : letter);
  });
}
