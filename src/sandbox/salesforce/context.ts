import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import type { BulkSwitches } from './bulk-jobs.ts';
import type { Fault, Faults, Operation } from './faults.ts';
import type { Org } from './org.ts';
import type { Tokens } from './tokens.ts';

/** What all routes of the look-alike share. */
export interface Context {
  readonly org: Org;
  readonly tokens: Tokens;
  readonly faults: Faults;
  /** the fault that the request was chosen for */
  readonly faultOf: WeakMap<FastifyRequest, Fault>;
  readonly dailyLimit: number;
  /** API calls in the last 24 hours */
  used: number;
  /** everything is answered 503 */
  down: boolean;
  /** rows of one page of a query */
  readonly pageSize: number;
  /** how long the search index lags behind the records */
  readonly searchDelayMs: number;
  /** how long a write holds its locks */
  readonly writeMs: number;
  /** parents (accounts, else contacts and leads) that a running write holds */
  readonly locks: Set<string>;
  readonly mayModifyMetadata: boolean;
  readonly bulk: BulkSwitches;
  wait(ms: number): Promise<void>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation;
  }
}

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Adds a route whose requests are counted, and may be made to fail, under this name. */
export function route(
  app: FastifyInstance,
  method: HTTPMethods,
  url: string,
  operation: Operation,
  handler: Handler,
): void {
  app.route({ method, url, config: { operation }, handler });
}

/** A path parameter, decoded. */
export function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string>)[name] ?? '';
}
