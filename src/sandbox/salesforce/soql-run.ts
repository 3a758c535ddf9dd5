import { fullId } from './ids.ts';
import type { Org, Row, Value } from './org.ts';
import { refuse } from './refusal.ts';
import type { FieldDef } from './schema.ts';
import { malformed, type Condition, type Literal, type SelectQuery, type Tail } from './soql-parse.ts';
import { showTime } from './values.ts';

/** Rows of an object after WHERE, ORDER BY, OFFSET and LIMIT. @throws Refusal INVALID_FIELD */
export function selectRows(org: Org, object: string, rows: readonly Row[], tail: Tail): Row[] {
  const test = tail.where === undefined ? () => true : compile(org, object, tail.where);
  const orders = tail.orderBy.map((order) => ({ ...order, def: fieldOf(org, object, order.field) }));
  const found = rows.filter(test);
  found.sort((a, b) => {
    for (const { def, descending, nullsLast } of orders) {
      const [left, right] = [a[def.name] ?? null, b[def.name] ?? null];
      if (left === right) continue;
      if (left === null || right === null) return (left === null) === nullsLast ? 1 : -1;
      return (left < right ? -1 : 1) * (descending ? -1 : 1);
    }
    return 0;
  });
  const start = tail.offset ?? 0;
  return found.slice(start, tail.limit === undefined ? undefined : start + tail.limit);
}

/** The object of a query. @throws Refusal INVALID_TYPE */
export function queriedObject(org: Org, name: string): string {
  const def = [...org.objects.values()].find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (def === undefined) {
    throw refuse('INVALID_TYPE', `sObject type '${name}' is not supported.`);
  }
  return def.name;
}

/** All rows that a query finds. `all`: with deleted and archived ones (`queryAll`). */
export function runQuery(org: Org, query: SelectQuery, all: boolean): { object: string; rows: Row[] } {
  const object = queriedObject(org, query.object);
  for (const name of query.fields) fieldOf(org, object, name);
  if (new Set(query.fields.map((name) => name.toLowerCase())).size !== query.fields.length) {
    throw malformed('duplicate field selected');
  }
  if (object === 'ContentDocumentLink' && !namesRecords(query.where)) {
    throw malformed(
      "Implementation restriction: ContentDocumentLink requires a filter by a single Id on ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the IN operator.",
    );
  }
  const rows = [...org.table(object).values()].filter(
    (row) => all || (row.IsDeleted !== true && row.IsArchived !== true),
  );
  return { object, rows: selectRows(org, object, rows, query) };
}

/** Is there a filter by document or by record? */
function namesRecords(where: Condition | undefined): boolean {
  if (where?.kind === 'and') return where.parts.some(namesRecords);
  return (
    where?.kind === 'compare' &&
    /^(ContentDocumentId|LinkedEntityId)$/i.test(where.field) &&
    ['=', 'IN'].includes(where.op)
  );
}

/** A record as an answer shows it, with the asked fields by their right names. */
export function showRow(
  org: Org,
  object: string,
  row: Row,
  fields: readonly string[],
  version: string,
): Record<string, unknown> {
  const shown: Record<string, unknown> = {
    attributes: { type: object, url: `/services/data/${version}/sobjects/${object}/${row.Id}` },
  };
  for (const name of fields) {
    const def = fieldOf(org, object, name);
    const value = row[def.name] ?? null;
    shown[def.name] =
      def.type === 'datetime' && value !== null
        ? showTime(String(value))
        : (value ?? (def.type === 'boolean' ? false : null));
  }
  return shown;
}

export function fieldOf(org: Org, object: string, name: string): FieldDef {
  const def = org.visibleField(object, name);
  if (def !== undefined) return def;
  if (name.includes('.'))
    throw refuse('INVALID_FIELD', `Didn't understand relationship '${name}' in field path.`);
  throw refuse(
    'INVALID_FIELD',
    `No such column '${name}' on entity '${object}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`,
  );
}

type Test = (row: Row) => boolean;

function compile(org: Org, object: string, condition: Condition): Test {
  switch (condition.kind) {
    case 'and': {
      const parts = condition.parts.map((part) => compile(org, object, part));
      return (row) => parts.every((part) => part(row));
    }
    case 'or': {
      const parts = condition.parts.map((part) => compile(org, object, part));
      return (row) => parts.some((part) => part(row));
    }
    case 'not': {
      const part = compile(org, object, condition.part);
      return (row) => !part(row);
    }
    case 'compare':
      return comparison(fieldOf(org, object, condition.field), condition);
  }
}

function comparison(def: FieldDef, condition: Extract<Condition, { kind: 'compare' }>): Test {
  if (!def.filterable) {
    throw refuse('INVALID_FIELD', `field '${def.name}' can not be filtered in a query call`);
  }
  const { op } = condition;
  const wanted = condition.literals.map((literal) => literalFor(def, literal));
  const value = (row: Row): Value => fold(def, row[def.name] ?? (def.type === 'boolean' ? false : null));
  const first = wanted[0] ?? null;
  switch (op) {
    case 'IN':
    case 'NOT IN': {
      const set = new Set(wanted);
      return (row) => set.has(value(row)) === (op === 'IN');
    }
    case 'LIKE': {
      if (condition.literals[0]?.kind !== 'string') throw malformed('LIKE needs a string');
      const pattern = like(String(first));
      return (row) => value(row) !== null && pattern.test(String(value(row)));
    }
    case '=':
      return (row) => value(row) === first;
    case '!=':
      return (row) => value(row) !== first;
    default:
      return ordered(op, first, value);
  }
}

function ordered(op: '<' | '>' | '<=' | '>=', wanted: Value, value: (row: Row) => Value): Test {
  if (wanted === null) throw malformed(`${op} cannot be used with null`);
  return (row) => {
    const found = value(row);
    if (found === null) return false;
    if (op === '<') return found < wanted;
    if (op === '>') return found > wanted;
    return op === '<=' ? found <= wanted : found >= wanted;
  };
}

function literalFor(def: FieldDef, literal: Literal): Value {
  if (literal.kind === 'null') return null;
  const wanted = { boolean: 'boolean', int: 'number', date: 'date', datetime: 'datetime' }[def.type as 'int'];
  if (literal.kind === (wanted ?? 'string')) {
    const id = def.type === 'id' || def.type === 'reference' ? fullId(String(literal.value)) : undefined;
    if ((def.type === 'id' || def.type === 'reference') && id === undefined) {
      throw refuse('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${String(literal.value)}`);
    }
    return fold(def, id ?? literal.value);
  }
  throw refuse(
    'INVALID_FIELD',
    `value of filter criterion for field '${def.name}' must be of type ${def.type} and should ${wanted ? 'not ' : ''}be enclosed in quotes`,
  );
}

function fold(def: FieldDef, value: Value): Value {
  const exact = def.caseSensitive || def.type === 'id' || def.type === 'reference' || def.type === 'datetime';
  return typeof value === 'string' && !exact ? value.toLowerCase() : value;
}

function like(pattern: string): RegExp {
  const source = pattern.replace(/\\([%_])|([%_])|[.*+?^${}()|[\]\\]/g, (all, escaped, wild) => {
    if (escaped) return escaped;
    if (wild) return wild === '%' ? '.*' : '.';
    return `\\${all}`;
  });
  return new RegExp(`^${source}$`, 'is');
}
