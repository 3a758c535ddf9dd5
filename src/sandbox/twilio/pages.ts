import { badParameter } from './errors.ts';

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

/** One value of a query. @throws Refusal when it is given more than once */
export function one(query: Query, name: string): string | undefined {
  const value = query[name];
  if (typeof value === 'object') throw badParameter(`Parameter ${name} is given more than once`);
  return value === '' ? undefined : value;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly size: number;
  /** number of the page; for the client's own use, says nothing to the server */
  readonly number: number;
  /** index of the first item in the whole list */
  readonly start: number;
  /** query of the next page; undefined: this is the last */
  readonly next: string | undefined;
  readonly first: string;
  readonly self: string;
}

export interface PageLimits {
  /** documented maximum of PageSize */
  readonly maximum: number;
  /** smaller pages than what is asked for, for tests */
  readonly cap: number | undefined;
}

/**
 * One page of a list. Where it goes on is told by a token that names the last item, so that what comes in meanwhile moves
 * nothing; a page number without its token is refused: clients follow the link that they are given (Twilio docs, paging).
 */
export function pageOf<T extends { readonly sid: string }>(
  all: readonly T[],
  query: Query,
  { maximum, cap }: PageLimits,
): Page<T> {
  const asked = Number(one(query, 'PageSize') ?? 50);
  if (!Number.isInteger(asked) || asked < 1 || asked > maximum) {
    throw badParameter(`PageSize must be from 1 to ${maximum}`);
  }
  const size = Math.min(asked, cap ?? asked);
  const number = Number(one(query, 'Page') ?? 0);
  const start = startOf(all, number, one(query, 'PageToken'));
  const items = all.slice(start, start + size);
  const filters = Object.entries(query).filter(([name]) => !['PageSize', 'Page', 'PageToken'].includes(name));
  const link = (page: number, token?: string) => {
    const pairs: [string, string][] = [
      ...(filters as [string, string][]),
      ['PageSize', String(asked)],
      ['Page', String(page)],
    ];
    if (token !== undefined) pairs.push(['PageToken', token]);
    return new URLSearchParams(pairs).toString();
  };
  const last = items.at(-1);
  const hasMore = last !== undefined && start + items.length < all.length;
  return {
    items,
    size,
    number,
    start,
    next: hasMore ? link(number + 1, tokenOf(last)) : undefined,
    first: link(0),
    self: link(number, one(query, 'PageToken')),
  };
}

function startOf(all: readonly { readonly sid: string }[], page: number, token: string | undefined): number {
  if (token === undefined) {
    if (page !== 0) throw badParameter('Page is given without its PageToken');
    return 0;
  }
  const at = all.findIndex((item) => tokenOf(item) === token);
  if (at < 0) throw badParameter('Invalid PageToken');
  return at + 1;
}

const tokenOf = ({ sid }: { readonly sid: string }): string => `PA${sid}`;

/** The list envelope of 2010-04-01: links are relative to the host. */
export function listJson<T extends { readonly sid: string }>(
  name: string,
  path: string,
  page: Page<T>,
  json: (item: T) => object,
): object {
  return {
    [name]: page.items.map(json),
    page: page.number,
    page_size: page.size,
    start: page.start,
    end: Math.max(page.start, page.start + page.items.length - 1),
    uri: `${path}?${page.self}`,
    first_page_uri: `${path}?${page.first}`,
    previous_page_uri: null,
    next_page_uri: page.next === undefined ? null : `${path}?${page.next}`,
  };
}

/** The list envelope of the younger APIs: links are absolute. */
export function metaJson<T extends { readonly sid: string }>(
  name: string,
  url: string,
  page: Page<T>,
  json: (item: T) => object,
): object {
  return {
    meta: {
      page: page.number,
      page_size: page.size,
      first_page_url: `${url}?${page.first}`,
      previous_page_url: null,
      url: `${url}?${page.self}`,
      next_page_url: page.next === undefined ? null : `${url}?${page.next}`,
      key: name,
    },
    [name]: page.items.map(json),
  };
}

/**
 * The day filters `name`, `name<` and `name>` of a query; days are GMT.
 * @param before whether `<` leaves out the day itself: calls do, messages do not (Twilio's OpenAPI) @throws Refusal
 */
export function dayFilter(
  query: Query,
  name: string,
  before: 'inclusive' | 'exclusive',
): (at: Date | null) => boolean {
  const dayOf = (parameter: string): string | undefined => {
    const text = one(query, parameter);
    if (text !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(text)) {
      throw badParameter(`${parameter} must be a date like 2026-01-31`);
    }
    return text;
  };
  const [on, until, from] = [dayOf(name), dayOf(`${name}<`), dayOf(`${name}>`)];
  if (on === undefined && until === undefined && from === undefined) return () => true;
  return (at) => {
    const day = at?.toISOString().slice(0, 10);
    return (
      day !== undefined &&
      (on === undefined || day === on) &&
      (from === undefined || day >= from) &&
      (until === undefined || (before === 'exclusive' ? day < until : day <= until))
    );
  };
}
