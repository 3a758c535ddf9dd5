import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { notFound, refusalOf, Refusal, unauthenticated } from './errors.ts';
import type { Faults, Operation } from './faults.ts';

/** What the routes share. */
export interface Context {
  readonly accountSid: string;
  /** user names and passwords that are accepted: account or key SID, token or secret */
  readonly credentials: Map<string, string>;
  readonly faults: Faults;
  /** requests so far, by operation */
  readonly requests: Partial<Record<Operation, number>>;
  /** pages are no larger than this, whatever is asked for */
  readonly maxPageSize: number | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** what a request of this route asks for */
    readonly asks?: Operation;
    /** links to files that need no credentials */
    readonly open?: boolean;
  }
}

/** Everything before and after the work itself: counts, faults, credentials, error bodies. */
export function addGate(app: FastifyInstance, context: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    const { asks: operation, open } = request.routeOptions.config;
    if (operation === undefined) return undefined;
    context.requests[operation] = (context.requests[operation] ?? 0) + 1;
    const fault = context.faults.take(operation);
    if (fault?.kind === 'slow') await new Promise((resolve) => void setTimeout(resolve, fault.ms).unref());
    if (fault?.kind === 'cut') return cut(request, reply);
    if (fault?.kind === 'cut-within') return cutWithin(request, reply);
    if (fault?.kind === 'refuse') throw fault.refusal;
    if (fault?.kind === 'html') {
      return reply.type('text/html').send('<!doctype html><title>Twilio</title><p>One moment, please.');
    }
    if (!open) authorise(request, context);
    return undefined;
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const refusal = error instanceof Refusal ? error : refusalOf(error.statusCode ?? 500);
    return reply.code(refusal.status).headers(refusal.headers).send(refusal.body);
  });
  app.setNotFoundHandler((request, reply) => {
    const refusal = notFound(request.url.split('?')[0] ?? '');
    return reply.code(404).send(refusal.body);
  });
}

function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

function cutWithin(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  const { socket } = request.raw;
  socket.write(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"messages":[',
    () => socket.destroy(),
  );
  return reply;
}

/** HTTP Basic with the account's token or an API key; another account's path is not found (Twilio docs, requests). */
function authorise(request: FastifyRequest, { credentials, accountSid }: Context): void {
  const [, encoded = ''] = /^Basic (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  const [, user = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (password === '' || credentials.get(user) !== password) throw unauthenticated();
  const { account } = request.params as { account?: string };
  if (account !== undefined && account !== accountSid) throw notFound(request.url.split('?')[0] ?? '');
}
