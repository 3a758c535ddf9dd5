import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callOf, type RouteConfig } from './calls.ts';
import { gatewayPage, missingScopes, Refusal, unauthenticated } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Limiter } from './limiter.ts';
import { nameOfType, scopeGroupOf } from './object-types.ts';
import type { Token } from './tokens.ts';

export interface GateState {
  readonly now: () => Date;
  readonly limiter: Limiter;
  readonly tokens: Map<string, Token>;
  readonly faults: Faults;
  readonly calls: { total: number; readonly byOperation: Record<string, number> };
}

/** Everything before and after the work itself: faults, token, scopes, limits, counts, envelopes. */
export function addGate(app: FastifyInstance, state: GateState): void {
  app.addHook('onRequest', async (request, reply) => {
    const info = callOf(request, nameOfType);
    if (!info) return undefined;
    state.calls.total += 1;
    state.calls.byOperation[info.operation] = (state.calls.byOperation[info.operation] ?? 0) + 1;
    const slow = state.faults.take('slow', info);
    if (slow) await new Promise((resolve) => void setTimeout(resolve, slow.ms).unref());
    if (state.faults.take('drop', info)) return cut(request, reply);
    const refused = state.faults.take('status', info);
    if (refused) throw refused.refusal;
    const config = request.routeOptions.config as unknown as RouteConfig;
    if (config.limit === 'none') return undefined;
    const [name, token] = authorise(state, request, config);
    for (const [header, value] of state.limiter.pass(config.limit, name, token)) {
      void reply.header(header, value);
    }
    return undefined;
  });

  app.addHook('preSerialization', async (request, _reply, payload: unknown) => {
    const info = callOf(request, nameOfType);
    if (!info || !hasResults(payload)) return payload;
    const fault = state.faults.take('truncate', info);
    return fault ? { ...payload, results: payload.results.slice(0, fault.keep) } : payload;
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const info = callOf(request, nameOfType);
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
    const page = gatewayPage(late.status);
    void reply.code(late.status);
    if (page === undefined) return JSON.stringify({ status: 'error', message: 'gateway timeout' });
    void reply.type('text/html; charset=utf-8');
    return page;
  });

  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const refusal = error instanceof Refusal ? error : envelope(error);
    void reply.code(refusal.status).headers(refusal.headers);
    return refusal.page === undefined
      ? reply.send(refusal.body)
      : reply.type('text/html; charset=utf-8').send(refusal.page);
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

function authorise(
  { now, tokens }: GateState,
  request: FastifyRequest,
  { scopes = [] }: RouteConfig,
): readonly [name: string, token: Token] {
  const name = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const token = tokens.get(name);
  if (!token) throw unauthenticated('INVALID_AUTHENTICATION');
  const isOver = token.expiresAt !== undefined && token.expiresAt <= now().getTime();
  if (token.expired || isOver) throw unauthenticated('EXPIRED_AUTHENTICATION');
  const { type = '', toType = '' } = request.params as { type?: string; toType?: string };
  const needed = scopes.map((scope) =>
    scope.replace('{type}', scopeGroupOf(type)).replace('{toType}', scopeGroupOf(toType)),
  );
  const missing = [...new Set(needed)].filter((scope) => !token.scopes.includes(scope));
  if (missing.length > 0) throw missingScopes(missing);
  return [name, token];
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
