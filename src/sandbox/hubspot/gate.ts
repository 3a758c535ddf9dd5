import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { missingScopes, rateLimited, Refusal, unauthenticated } from './errors.ts';
import type { CallInfo, Faults } from './faults.ts';

/** What a route needs, and how it is called in counts and faults; `{type}` stands for the object type in the path. */
export interface RouteConfig {
  readonly operation: string;
  readonly scope?: string;
  /** does not count to the ten-second limit (search; association batches) */
  readonly exempt?: boolean;
  /** search's own limit, per second and account */
  readonly search?: boolean;
}

export interface Limits {
  /** requests in any ten seconds */
  readonly burst: number;
  readonly daily: number;
  readonly searchPerSecond: number;
}

export interface Token {
  readonly scopes: readonly string[];
  expired: boolean;
}

export interface GateState {
  readonly now: () => Date;
  readonly limits: Limits;
  readonly tokens: Map<string, Token>;
  readonly faults: Faults;
  readonly calls: { total: number; readonly byOperation: Record<string, number> };
}

/** Everything before and after the work itself: faults, token, scope, limits, counts, envelopes. */
export function addGate(app: FastifyInstance, state: GateState, typeName: (word: string) => string): void {
  const limiter = new Limiter(state);
  const infoOf = (request: FastifyRequest): CallInfo | undefined => {
    const { operation } = request.routeOptions.config as Partial<RouteConfig>;
    if (operation === undefined) return undefined;
    const { type } = request.params as { type?: string };
    const named = operation.replace('{type}', type === undefined ? '' : typeName(type));
    return { operation: named, method: request.method, path: request.url };
  };

  app.addHook('onRequest', async (request, reply) => {
    const info = infoOf(request);
    if (!info) return undefined;
    state.calls.total += 1;
    state.calls.byOperation[info.operation] = (state.calls.byOperation[info.operation] ?? 0) + 1;
    const slow = state.faults.take('slow', info);
    if (slow) await new Promise((resolve) => void setTimeout(resolve, slow.ms).unref());
    if (state.faults.take('drop', info)) return cut(request, reply);
    const refused = state.faults.take('status', info);
    if (refused) throw refused.refusal;
    const config = request.routeOptions.config as unknown as RouteConfig;
    authorise(state, request.headers.authorization, config.scope);
    for (const [name, value] of limiter.pass(config)) void reply.header(name, value);
    return undefined;
  });

  app.addHook('preSerialization', async (request, _reply, payload: unknown) => {
    const info = infoOf(request);
    if (!info || !hasResults(payload)) return payload;
    const fault = state.faults.take('truncate', info);
    return fault ? { ...payload, results: payload.results.slice(0, fault.keep) } : payload;
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const info = infoOf(request);
    if (!info || reply.statusCode >= 300) return payload;
    if (state.faults.take('lose-answer', info)) {
      request.raw.socket.destroy();
      return payload;
    }
    if (state.faults.take('html', info)) {
      void reply.type('text/html; charset=utf-8');
      return '<!doctype html><title>HubSpot</title><p>One moment, please.</p>';
    }
    const late = state.faults.take('status-after-commit', info);
    if (!late) return payload;
    void reply.code(late.status);
    return JSON.stringify({ status: 'error', message: 'gateway timeout' });
  });

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const refusal = error instanceof Refusal ? error : envelope(error);
    return reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
  });
  app.setNotFoundHandler((_request, reply) => {
    const { body } = new Refusal(404, { message: 'No such endpoint' });
    return reply.code(404).send(body);
  });
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

function authorise(state: GateState, header: string | undefined, scope: string | undefined): void {
  const token = state.tokens.get(/^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '');
  if (!token) throw unauthenticated('INVALID_AUTHENTICATION');
  if (token.expired) throw unauthenticated('EXPIRED_AUTHENTICATION');
  if (scope !== undefined && !token.scopes.includes(scope)) throw missingScopes([scope]);
}

/** The three policies (HubSpot docs, usage guidelines): rolling ten seconds, searches per second, day. */
class Limiter {
  readonly #state: GateState;
  #burst: number[] = [];
  #searches: number[] = [];
  #day = '';
  #today = 0;

  constructor(state: GateState) {
    this.#state = state;
  }

  /** Counts one request and gives its rate-limit headers. Throws 429. */
  pass(config: RouteConfig): (readonly [string, string])[] {
    const { now, limits } = this.#state;
    const at = now().getTime();
    const day = now().toISOString().slice(0, 10);
    if (day !== this.#day) [this.#day, this.#today] = [day, 0];
    if (this.#today >= limits.daily) throw rateLimited('DAILY');
    if (config.search) {
      this.#searches = this.#searches.filter((each) => each > at - 1_000);
      if (this.#searches.length >= limits.searchPerSecond) throw rateLimited('SECONDLY');
      this.#searches.push(at);
    }
    this.#today += 1;
    if (config.exempt) return [];
    this.#burst = this.#burst.filter((each) => each > at - 10_000);
    if (this.#burst.length >= limits.burst) throw rateLimited('TEN_SECONDLY_ROLLING');
    this.#burst.push(at);
    return [
      ['X-HubSpot-RateLimit-Max', String(limits.burst)],
      ['X-HubSpot-RateLimit-Remaining', String(limits.burst - this.#burst.length)],
      ['X-HubSpot-RateLimit-Interval-Milliseconds', '10000'],
      ['X-HubSpot-RateLimit-Daily', String(limits.daily)],
      ['X-HubSpot-RateLimit-Daily-Remaining', String(limits.daily - this.#today)],
    ];
  }
}

/** Fastify's own refusals (JSON, content type, size) in HubSpot's envelope. */
function envelope(error: Error & { statusCode?: number }): Refusal {
  const status = error.statusCode ?? 500;
  if (status === 400) {
    return new Refusal(400, {
      message: `Invalid input JSON on line 1, column 1: ${error.message}`,
      category: 'VALIDATION_ERROR',
    });
  }
  return new Refusal(status, { message: status === 500 ? 'internal error' : error.message });
}

function hasResults(payload: unknown): payload is { readonly results: readonly unknown[] } {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    Array.isArray((payload as { results?: unknown }).results)
  );
}
