import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../observe/log.ts';
import type { WebhookSource } from '../sources/source.ts';
import { readBody } from './body.ts';
import { RequestError } from './errors.ts';

export interface WebhookDeps {
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  /** resolves when everything in the body is durable */
  capture(source: WebhookSource, body: Buffer, receivedAt: Date): Promise<void>;
  readonly log: Log;
}

/** The most bytes of a webhook (Meta, Webhooks: "payloads can be up to 3 MB"). */
export const maxWebhookBytes = 3 * 1024 * 1024;

type WebhookRoute = { Params: { source: string }; Querystring: Record<string, string | string[]> };

/** `/webhooks/:source`: the provider's challenge, and signed events, answered 200 only once they are durable. */
export async function registerWebhooks(app: FastifyInstance, deps: WebhookDeps): Promise<void> {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, stream: IncomingMessage) =>
    readBody(stream, maxWebhookBytes),
  );

  app.addHook<WebhookRoute>('onRequest', async (request) => {
    if (!deps.webhooks.has(request.params.source)) {
      throw new RequestError(404, 'not-found', 'There is no such source.');
    }
    // What is signed are bytes, whatever they are called: a strange content type must not be refused unread.
    delete request.headers['content-type'];
  });

  app.get<WebhookRoute>('/webhooks/:source', async (request, reply) => {
    const source = deps.webhooks.get(request.params.source) as WebhookSource;
    const challenge = source.challenge(singles(request.query));
    void reply.type('text/plain; charset=utf-8');
    return challenge === undefined ? reply.code(403).send('refused') : reply.send(challenge);
  });

  app.post<WebhookRoute>('/webhooks/:source', async (request, reply) => {
    const receivedAt = new Date();
    const source = deps.webhooks.get(request.params.source) as WebhookSource;
    const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0);
    void reply.type('text/plain; charset=utf-8');
    if (!isSigned(source, body, request)) return reply.code(401).send('bad signature');
    try {
      await deps.capture(source, body, receivedAt);
    } catch (error) {
      deps.log.error({ err: error, source: source.id }, 'a webhook could not be recorded');
      return reply.code(503).header('retry-after', '10').send('not recorded, send again');
    }
    return source.reply === undefined
      ? reply.send('ok')
      : reply.type(source.reply.type).send(source.reply.text);
  });
}

function isSigned(source: WebhookSource, body: Buffer, request: FastifyRequest): boolean {
  try {
    return source.verify({ body, headers: request.headers, url: request.originalUrl });
  } catch {
    return false;
  }
}

// A parameter that is given twice has no one value.
function singles(query: Record<string, string | string[]>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, typeof value === 'string' ? value : undefined]),
  );
}
