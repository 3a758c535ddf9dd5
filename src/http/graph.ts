import type { IncomingMessage } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../observe/log.ts';
import type { EventDraft, ForwardAnswer, ForwardRequest, PassThrough } from '../sources/source.ts';
import { Overloaded, type Admission, type RoomLimits } from './admission.ts';
import { readBody } from './body.ts';
import { RequestError } from './errors.ts';
import { Once, requestKey, type Ticket } from './graph-once.ts';
import { letIn, turnAway } from './places.ts';

export interface GraphDeps {
  readonly passThroughs: ReadonlyMap<string, PassThrough>;
  /** resolves when the events are durable */
  recordSent(source: string, drafts: readonly EventDraft[]): Promise<void>;
  /** has room for what is on its way to Meta: a room of its own, since Meta's answer takes its time; files have another */
  readonly admission: Admission;
  readonly log: Log;
}

type GraphRoute = { Params: { source: string } };

declare module 'fastify' {
  interface FastifyRequest {
    /** the content type as it was sent: the parser must not see it */
    sentType?: string | undefined;
    /** bytes of the budget for files that this request holds */
    heldBytes: number;
  }
}

/** The most bytes of a request to send a message; the largest that WhatsApp takes is far below. */
const maxMessageBytes = 1024 * 1024;
/** Meta docs, media: documents up to 100 MB, with room for the form around them. */
const maxFileBytes = 101 * 1024 * 1024;
/** of files that are held at a time; one more waits outside */
const fileBudget = 2 * maxFileBytes;

/** What a process holds of messages at most. Meta answers each in its own time, so that age says nothing. */
export const graphRoom: RoomLimits = {
  requests: 500,
  bytes: 32 * 1024 * 1024,
  largest: maxMessageBytes,
  ageMs: Infinity,
  slowMs: 5_000,
};

/**
 * `/graph/:source/*`: what a sender would send to the Graph API, passed on with its own token and recorded. Everything
 * that goes wrong here is answered in the Graph API's shape, for its clients to read.
 */
export async function registerGraph(app: FastifyInstance, deps: GraphDeps): Promise<void> {
  const once = new Once();
  const budget = { left: fileBudget };
  let isClosing = false;
  app.addHook('preClose', async () => void (isClosing = true));
  app.decorateRequest('sentType');
  app.decorateRequest('heldBytes', 0);
  app.decorateRequest('place');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, stream: IncomingMessage) =>
    readBody(stream, mostBytes(request), request.place),
  );
  app.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    if (error instanceof Overloaded) return answerBusy(request, reply);
    const status = error instanceof RequestError ? error.status : (error.statusCode ?? 500);
    if (status === 408) void reply.header('connection', 'close');
    if (status >= 500) deps.log.error({ err: error, route: request.routeOptions.url }, 'a request failed');
    return answerError(reply, status, status < 500 ? error.message : 'The request failed.');
  });

  app.addHook<GraphRoute>('onRequest', async (request, reply) => {
    if (!deps.passThroughs.has(request.params.source)) {
      return answerError(reply, 404, 'There is no such source, or nothing can be sent through it.');
    }
    if (isFile(request)) {
      if (!hasCredentials(request)) return answerError(reply, 401, 'An access token is required.');
      if (!hold(request, budget)) {
        void reply.header('retry-after', '5');
        return answerError(
          reply,
          503,
          'Nothing was sent: too many files are on their way. Send it again.',
          true,
        );
      }
    } else if (!letIn(deps.admission, request.params.source, request, reply)) {
      return answerBusy(request, reply);
    }
    // What is passed on are bytes, whatever they are called.
    request.sentType = request.headers['content-type'];
    delete request.headers['content-type'];
    return undefined;
  });
  // Requests here are long: one that was on its way at the end must not hold its connection, and us, any longer.
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) void reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request) => release(request, budget));
  app.addHook('onRequestAbort', async (request) => release(request, budget));

  app.all<GraphRoute>('/graph/:source/*', async (request, reply) => {
    if (reply.raw.closed || reply.raw.destroyed) return reply.hijack();
    const source = request.params.source;
    const passThrough = deps.passThroughs.get(source) as PassThrough;
    const forward = forwardRequest(request);
    const start = () => passThrough.forward(forward, (drafts) => deps.recordSent(source, drafts));
    if (isFile(request)) return answer(reply, await start());
    // Held until Meta has answered, whether or not the sender waits for it.
    request.place?.wait();
    try {
      const ticket = once.begin(requestKey(source, forward), start);
      watch(reply, ticket);
      if (ticket.isReplay) void reply.header('x-wcs-replayed', 'true');
      return answer(reply, await ticket.answer);
    } finally {
      request.place?.leave();
    }
  });
}

function answerBusy(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  turnAway(request, reply);
  return answerError(
    reply,
    503,
    'Nothing was sent: too many messages are on their way. Send it again.',
    true,
  );
}

/** Handed over in full is taken for heard; nobody can know more. */
function watch(reply: FastifyReply, ticket: Ticket): void {
  reply.raw.once('close', () => (reply.raw.writableFinished ? ticket.delivered() : ticket.gone()));
}

function answer(reply: FastifyReply, { status, headers, body }: ForwardAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

function forwardRequest(request: FastifyRequest): ForwardRequest {
  const url = request.raw.url ?? '';
  return {
    method: request.method,
    url: url.slice(url.indexOf('/', '/graph/'.length)),
    headers: {
      ...request.headers,
      ...(request.sentType !== undefined && { 'content-type': request.sentType }),
    },
    body: request.body instanceof Buffer ? request.body : Buffer.alloc(0),
  };
}

/** Everything but a POST to send a message: files, and what is said about them. */
function isFile({ method, raw }: FastifyRequest): boolean {
  return method !== 'POST' || /\/media\/?(\?|$)/.test(raw.url ?? '');
}

function mostBytes(request: FastifyRequest): number {
  return isFile(request) ? maxFileBytes : maxMessageBytes;
}

/** A file is not even read for somebody who shows no token. */
function hasCredentials({ headers, raw }: FastifyRequest): boolean {
  const inQuery = /[?&]access_token=/.test(raw.url ?? '');
  return headers.authorization !== undefined || headers['d360-api-key'] !== undefined || inQuery;
}

function hold(request: FastifyRequest, budget: { left: number }): boolean {
  if (request.method !== 'POST') return true;
  const announced = Number(request.headers['content-length'] ?? maxFileBytes);
  const size = Number.isFinite(announced) ? Math.min(announced, maxFileBytes) : maxFileBytes;
  if (size > budget.left) return false;
  budget.left -= size;
  request.heldBytes = size;
  return true;
}

function release(request: FastifyRequest, budget: { left: number }): void {
  budget.left += request.heldBytes;
  request.heldBytes = 0;
}

/** Meta docs, error handling: `{error: {message, type, code, is_transient}}`. */
function answerError(
  reply: FastifyReply,
  status: number,
  message: string,
  isTransient = false,
): FastifyReply {
  const code = status === 401 ? 104 : isTransient ? 2 : 100;
  const error = { message, type: 'PassThroughException', code, is_transient: isTransient };
  return reply.code(status).header('x-wcs-outcome', 'not-sent').send({ error });
}
