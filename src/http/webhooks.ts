import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../observe/log.ts';
import { inTime } from '../pipeline/in-time.ts';
import type { WebhookSource } from '../sources/source.ts';
import { Overloaded, type Admission, type RoomLimits } from './admission.ts';
import { readBody } from './body.ts';
import { RequestError } from './errors.ts';
import { letIn, turnAway } from './places.ts';

export interface WebhookDeps {
  readonly webhooks: ReadonlyMap<string, WebhookSource>;
  /** resolves when everything in the body is durable */
  capture(source: WebhookSource, body: Buffer, receivedAt: Date): Promise<void>;
  /** has room for each of them, and turns away what is too much */
  readonly admission: Admission;
  /** milliseconds until a ledger that does not answer is taken for one that is down; default 8 s */
  readonly patienceMs?: number;
  readonly log: Log;
}

/** The most bytes of a webhook (Meta, Webhooks: "payloads can be up to 3 MB"). */
export const maxWebhookBytes = 3 * 1024 * 1024;

/**
 * What a process holds of webhooks at most. A thousand are committed within a second or two by the slowest store measured, and
 * Meta asks for an answer within one; 32 MiB of bodies are some 150 MB with all that is made of them until the commit.
 * Nobody knows how long Meta waits for an answer: after 5 s it is taken to have given up.
 */
export const webhookRoom: RoomLimits = {
  requests: 1_000,
  bytes: 32 * 1024 * 1024,
  largest: maxWebhookBytes,
  ageMs: 5_000,
  slowMs: 5_000,
};
/** Meta waits some ten seconds, Twilio fifteen: whoever is told to come again in time comes again. */
const defaultPatienceMs = 8_000;

type WebhookRoute = { Params: { source: string }; Querystring: Record<string, string | string[]> };

/**
 * `/webhooks/:source`: the provider's challenge, and signed events, answered 200 only once they are durable. More than can
 * be made durable soon is answered 503 at its head, unread.
 */
export async function registerWebhooks(app: FastifyInstance, deps: WebhookDeps): Promise<void> {
  app.removeAllContentTypeParsers();
  app.decorateRequest('place');
  app.addContentTypeParser('*', (request: FastifyRequest, stream: IncomingMessage) =>
    readBody(stream, maxWebhookBytes, request.place),
  );

  app.addHook<WebhookRoute>('onRequest', async (request, reply) => {
    const { source } = request.params;
    if (!deps.webhooks.has(source)) throw new RequestError(404, 'not-found', 'There is no such source.');
    // What is signed are bytes, whatever they are called: a strange content type must not be refused unread.
    delete request.headers['content-type'];
    if (request.method === 'POST' && !letIn(deps.admission, source, request, reply)) {
      return reply.code(503).type('text/plain; charset=utf-8').send('too much is waiting, send again');
    }
    return undefined;
  });

  app.addHook('onError', async (request, reply, error) => {
    if (error instanceof Overloaded) turnAway(request, reply);
    if (error instanceof RequestError && error.status === 408) void reply.header('connection', 'close');
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
    request.place?.wait();
    try {
      // What is recorded after all is known when it is sent again.
      await inTime(
        deps.capture(source, body, receivedAt),
        deps.patienceMs ?? defaultPatienceMs,
        'the ledger',
      );
    } catch (error) {
      deps.log.error({ err: error, source: source.id }, 'a webhook could not be recorded');
      return reply.code(503).header('retry-after', '10').send('not recorded, send again');
    } finally {
      request.place?.leave();
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
