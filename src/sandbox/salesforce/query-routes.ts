import type { FastifyInstance, FastifyRequest } from 'fastify';
import { param, route, type Context } from './context.ts';
import { notFound, refuse, Refusal } from './refusal.ts';
import { runQuery, showRow } from './soql-run.ts';
import { parseQuery } from './soql-parse.ts';
import { runSearch } from './sosl.ts';

interface Locator {
  readonly all: object[];
}

/** Subrequests of one composite call, and queries among them (REST guide, Composite). */
const mostSubrequests = 25;
const mostQueries = 5;

/** Query, queryAll, their further pages, search, and composite of queries. */
export function queryRoutes(app: FastifyInstance, context: Context): void {
  const base = '/services/data/:version';
  const locators = new Map<string, Locator>();
  const run = (soql: string | undefined, version: string, all: boolean) =>
    answerQuery(context, locators, soql, version, all);
  route(app, 'GET', `${base}/query`, 'query', async (request) =>
    run(textOf(request), param(request, 'version'), false),
  );
  route(app, 'GET', `${base}/queryAll`, 'query-all', async (request) =>
    run(textOf(request), param(request, 'version'), true),
  );
  const more = async (request: FastifyRequest) =>
    nextPage(context, locators, param(request, 'locator'), param(request, 'version'));
  route(app, 'GET', `${base}/query/:locator`, 'query-more', more);
  route(app, 'GET', `${base}/queryAll/:locator`, 'query-more', more);
  route(app, 'GET', `${base}/search`, 'search', async (request) => {
    const sosl = textOf(request);
    if (sosl === undefined) throw refuse('MALFORMED_SEARCH', 'No search string');
    return {
      searchRecords: runSearch(context.org, sosl, param(request, 'version'), context.searchDelayMs),
    };
  });
  route(app, 'POST', `${base}/composite`, 'composite', async (request) => answerComposite(request.body, run));
}

function textOf(request: FastifyRequest): string | undefined {
  const { q } = request.query as { q?: string | string[] };
  return typeof q === 'string' ? q : undefined;
}

function answerQuery(
  context: Context,
  locators: Map<string, Locator>,
  soql: string | undefined,
  version: string,
  all: boolean,
): object {
  if (soql === undefined) throw refuse('MALFORMED_QUERY', 'missing required parameter q');
  const query = parseQuery(soql);
  const { object, rows } = runQuery(context.org, query, all);
  if (query.count) return { totalSize: rows.length, done: true, records: [] };
  const shown = rows.map((row) => showRow(context.org, object, row, query.fields, version));
  const name = `01g5g${String(locators.size + 1).padStart(10, '0')}AAA`;
  if (shown.length > context.pageSize) locators.set(name, { all: shown });
  return page(context, shown, name, 0, version);
}

function nextPage(context: Context, locators: Map<string, Locator>, text: string, version: string): object {
  const [, name = '', start = ''] = /^(\w+)-(\d+)$/.exec(text) ?? [];
  const locator = locators.get(name);
  if (locator === undefined) throw refuse('INVALID_QUERY_LOCATOR', 'invalid query locator');
  return page(context, locator.all, name, Number(start), version);
}

function page(context: Context, all: object[], name: string, start: number, version: string): object {
  const end = start + context.pageSize;
  return {
    totalSize: all.length,
    done: end >= all.length,
    ...(end < all.length ? { nextRecordsUrl: `/services/data/${version}/query/${name}-${end}` } : {}),
    records: all.slice(start, end),
  };
}

function answerComposite(
  body: unknown,
  run: (soql: string | undefined, version: string, all: boolean) => object,
): object {
  const { compositeRequest: parts } = (body ?? {}) as { compositeRequest?: unknown };
  if (!Array.isArray(parts) || parts.length === 0) {
    throw refuse('JSON_PARSER_ERROR', 'Required field is missing: compositeRequest');
  }
  if (parts.length > mostSubrequests) {
    throw refuse('LIMIT_EXCEEDED', `composite: more than ${mostSubrequests} subrequests`);
  }
  if (parts.length > mostQueries)
    throw refuse('LIMIT_EXCEEDED', `composite: more than ${mostQueries} queries`);
  return { compositeResponse: parts.map((part) => answerPart(part, run)) };
}

function answerPart(
  part: unknown,
  run: (soql: string | undefined, version: string, all: boolean) => object,
): object {
  const { method, url, referenceId } = part as Record<string, unknown>;
  const answer = (status: number, content: unknown) => ({
    body: content,
    httpHeaders: {},
    httpStatusCode: status,
    referenceId,
  });
  try {
    const parsed = new URL(String(url), 'http://localhost');
    const [, version, kind] =
      /^\/services\/data\/(v\d+\.0)\/(query|queryAll)\/?$/.exec(parsed.pathname) ?? [];
    if (typeof referenceId !== 'string') throw refuse('JSON_PARSER_ERROR', 'referenceId is required');
    if (version === undefined || method !== 'GET') throw notFound();
    return answer(200, run(parsed.searchParams.get('q') ?? undefined, version, kind === 'queryAll'));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return answer(error.status, error.body);
  }
}
