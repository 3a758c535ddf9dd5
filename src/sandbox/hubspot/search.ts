import { invalid } from './errors.ts';
import { present, type PublicObject } from './present.ts';
import type { ObjectType } from './object-types.ts';
import type { SearchFilter, SearchRequest } from './shapes.ts';
import type { Store } from './store.ts';

/** Limits of a search (HubSpot docs, search the CRM). */
const most = {
  groups: 5,
  filtersEach: 6,
  filters: 18,
  page: 200,
  results: 10_000,
  characters: 3_000,
  values: 100,
};

export interface SearchAnswer {
  readonly total: number;
  readonly results: readonly PublicObject[];
  readonly paging?: { readonly next: { readonly after: string } };
}

type Hit = ReturnType<Store['indexed']>[number];

/** Runs one search over what the index shows. Throws the 400 for anything beyond the limits. */
export function search(
  store: Store,
  type: ObjectType,
  request: SearchRequest,
  characters: number,
): SearchAnswer {
  checkLimits(request, characters);
  const after = Number(request.after);
  const tests = request.filterGroups.map((group) => group.filters.map((each) => compile(store, type, each)));
  const hits = store
    .indexed(type)
    .filter((hit) => tests.length === 0 || tests.some((group) => group.every((test) => test(hit))))
    .filter((hit) => matchesQuery(hit, request.query));
  sort(store, type, hits, request);
  const page = hits.slice(after, after + request.limit);
  const next = after + request.limit;
  return {
    total: hits.length,
    results: page.map(({ record, values }) => present(store, record, request.properties, values)),
    ...(next < hits.length && { paging: { next: { after: String(next) } } }),
  };
}

function checkLimits(request: SearchRequest, characters: number): void {
  const { filterGroups, limit, sorts } = request;
  const after = Number(request.after);
  if (characters > most.characters)
    throw invalid(`The search request is longer than ${most.characters} characters`);
  if (limit < 0 || limit > most.page)
    throw invalid(`Invalid limit: ${limit}. It must be at most ${most.page}`);
  if (!Number.isInteger(after) || after < 0) throw invalid(`Invalid after: ${request.after}`);
  if (after + limit > most.results) throw invalid(`Cannot page beyond ${most.results} results`);
  if (sorts.length > 1) throw invalid('Only one sort is supported');
  if (filterGroups.length > most.groups) throw invalid(`Too many filterGroups, at most ${most.groups}`);
  const filters = filterGroups.flatMap((group) => group.filters);
  if (
    filters.length > most.filters ||
    filterGroups.some((group) => group.filters.length > most.filtersEach)
  ) {
    throw invalid(`Too many filters, at most ${most.filtersEach} in a group and ${most.filters} in all`);
  }
  if (filterGroups.some((group) => group.filters.length === 0))
    throw invalid('A filter group needs a filter');
  if (filters.some((each) => (each.values?.length ?? 0) > most.values)) {
    throw invalid(`A filter takes at most ${most.values} values`);
  }
}

type Test = (hit: Hit) => boolean;

function compile(store: Store, type: ObjectType, filter: SearchFilter): Test {
  const { propertyName: name, operator } = filter;
  if (name.startsWith('associations.')) return associated(store, type, filter);
  const property = store.schema.property(type, name);
  if (!property) throw invalid(`There is no property ${name} on object type ${type.typeId}`);
  const numeric = ['number', 'date', 'datetime'].includes(property.type) || name === 'hs_object_id';
  const rank = (text: string): number | string => (numeric ? toNumber(name, text) : text.toLowerCase());
  const read = ({ values }: Hit): string | null => values[name] ?? null;
  const compare = (holds: (own: number | string, asked: number | string) => boolean): Test => {
    const asked = rank(needed(filter.value, filter));
    return (hit) => {
      const own = read(hit);
      return own !== null && holds(rank(own), asked);
    };
  };
  switch (operator) {
    case 'EQ':
      return compare((own, asked) => own === asked);
    case 'NEQ':
      return compare((own, asked) => own !== asked);
    case 'GT':
      return compare((own, asked) => own > asked);
    case 'GTE':
      return compare((own, asked) => own >= asked);
    case 'LT':
      return compare((own, asked) => own < asked);
    case 'LTE':
      return compare((own, asked) => own <= asked);
    case 'BETWEEN':
      return between(rank(needed(filter.value, filter)), rank(needed(filter.highValue, filter)), read, rank);
    case 'IN':
    case 'NOT_IN':
      return isIn(filter, read, numeric ? rank : (text) => text);
    case 'HAS_PROPERTY':
      return ({ kept }) => (kept[name] ?? null) !== null;
    case 'NOT_HAS_PROPERTY':
      return ({ kept }) => (kept[name] ?? null) === null;
    case 'CONTAINS_TOKEN':
    case 'NOT_CONTAINS_TOKEN':
      return containsToken(filter, read);
    default:
      throw invalid(`Invalid operator ${operator}`);
  }
}

function between(
  low: number | string,
  high: number | string,
  read: (hit: Hit) => string | null,
  rank: (text: string) => number | string,
): Test {
  return (hit) => {
    const own = read(hit);
    return own !== null && rank(own) >= low && rank(own) <= high;
  };
}

/** Stored strings are compared in lower case; the values asked for are taken as they are, so upper case never matches. */
function isIn(
  filter: SearchFilter,
  read: (hit: Hit) => string | null,
  rank: (text: string) => number | string,
): Test {
  const asked = new Set(needed(filter.values, filter).map(rank));
  const wanted = filter.operator === 'IN';
  return (hit) => {
    const own = read(hit);
    return own !== null && asked.has(rank(own.toLowerCase())) === wanted;
  };
}

function containsToken(filter: SearchFilter, read: (hit: Hit) => string | null): Test {
  const pattern = needed(filter.value, filter)
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('.*');
  const token = new RegExp(`^${pattern}$`);
  const wanted = filter.operator === 'CONTAINS_TOKEN';
  return (hit) => {
    const own = read(hit)?.toLowerCase();
    return (
      own !== undefined &&
      (own.split(/[^\p{L}\p{N}+]+/u).some((word) => token.test(word)) || token.test(own)) === wanted
    );
  };
}

function associated(store: Store, type: ObjectType, filter: SearchFilter): Test {
  const other = store.schema.type(filter.propertyName.slice('associations.'.length));
  const asked = filter.operator === 'IN' ? needed(filter.values, filter) : [needed(filter.value, filter)];
  return ({ record }) => store.linked({ type, id: record.id }, other).some((id) => asked.includes(id));
}

function matchesQuery({ record, values }: Hit, query: string | undefined): boolean {
  if (!query) return true;
  const names =
    record.type.name === 'contacts'
      ? ['firstname', 'lastname', 'email', 'phone', 'mobilephone', 'company']
      : ['hs_object_id'];
  return names.some((name) => values[name]?.toLowerCase().includes(query.toLowerCase()));
}

function sort(store: Store, type: ObjectType, hits: Hit[], request: SearchRequest): void {
  const [first] = request.sorts;
  const asked =
    typeof first === 'string'
      ? {
          propertyName: first.replace(/^-/, ''),
          direction: first.startsWith('-') ? 'DESCENDING' : 'ASCENDING',
        }
      : first;
  const { propertyName: name, direction } = asked ?? { propertyName: type.created, direction: 'ASCENDING' };
  const property = store.schema.property(type, name);
  if (!property) throw invalid(`There is no property ${name} to sort by`);
  const numeric = ['number', 'date', 'datetime'].includes(property.type) || name === 'hs_object_id';
  const rank = ({ values }: Hit): number | string =>
    numeric ? toNumber(name, values[name] ?? '0') : (values[name] ?? '').toLowerCase();
  const sign = direction === 'DESCENDING' ? -1 : 1;
  hits.sort((a, b) => (rank(a) < rank(b) ? -sign : rank(a) > rank(b) ? sign : 0));
}

function toNumber(name: string, text: string): number {
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(value)) throw invalid(`Invalid value for ${name}: not a number or time`);
  return value;
}

function needed<T>(value: T | undefined, filter: SearchFilter): T {
  if (value === undefined)
    throw invalid(`Operator ${filter.operator} on ${filter.propertyName} needs another value`);
  return value;
}
