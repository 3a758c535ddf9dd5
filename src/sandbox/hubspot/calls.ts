import type { FastifyRequest } from 'fastify';

/** One request, as faults and counters name it: `communications.batch.create`, `contacts.search`, `properties.list`. */
export interface CallInfo {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
}

/** What a route needs, and how it is called in counts and faults; `{type}` stands for the object type in the path. */
export interface RouteConfig {
  readonly operation: string;
  /** all of them are asked for; `{type}` and `{toType}` stand for the group of scopes of the types in the path */
  readonly scopes?: readonly string[];
  /** `search`: per second and account. `associations`: its own ten seconds. `none`: no token is asked for, nothing counted */
  readonly limit?: 'search' | 'associations' | 'none';
}

const known = new WeakMap<object, CallInfo>();

/** What this request is called; the same object each time. Undefined for pages that are no part of the API. */
export function callOf(
  request: Pick<FastifyRequest, 'routeOptions' | 'params' | 'method' | 'url'>,
  typeName: (word: string) => string,
): CallInfo | undefined {
  const before = known.get(request);
  if (before) return before;
  const { operation } = request.routeOptions.config as Partial<RouteConfig>;
  if (operation === undefined) return undefined;
  const { type } = request.params as { type?: string };
  const named = operation.replace('{type}', type === undefined ? '' : typeName(type));
  const call = { operation: named, method: request.method, path: request.url };
  known.set(request, call);
  return call;
}

/** The same, where the gate has seen the request. Throws for any other. */
export function callSeen(request: object): CallInfo {
  const call = known.get(request);
  if (!call) throw new Error('a request that did not come through the gate');
  return call;
}
