import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Log } from '../observe/log.ts';

/** One thing that is wrong with a request, and where. */
export interface Fault {
  readonly path: string;
  readonly text: string;
}

/** What a caller did wrong, in a sentence; answered as `{error, message, faults?}` with its status. */
export class RequestError extends Error {
  readonly status: number;
  readonly error: string;
  readonly faults: readonly Fault[];

  constructor(status: number, error: string, message: string, faults: readonly Fault[] = []) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.error = error;
    this.faults = faults;
  }
}

/** Checks a part of a request. @throws RequestError 400 that names every field that is wrong */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(faultsOf);
  const message = faults.map((fault) => `${fault.path}: ${fault.text}`).join('; ');
  throw new RequestError(400, 'invalid-request', message, faults);
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      text: 'there is no such field',
    }));
  }
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return [{ path: path === '' ? 'request' : path, text: missing ? 'is missing' : issue.message }];
}

/** The one place where an error becomes an answer: what a caller may know goes out, the rest to the log, no content to either. */
export function handleErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | RequestError, request, reply) => {
    if (error instanceof RequestError) return answer(reply, error.status, error);
    const status = error.statusCode ?? 500;
    if (status < 500) return answer(reply, status, { error: 'invalid-request', message: error.message });
    log.error({ err: error, route: request.routeOptions.url }, 'a request failed');
    return answer(reply, 500, { error: 'failed', message: 'The request failed; the log says why.' });
  });
  app.setNotFoundHandler((_request, reply) =>
    answer(reply, 404, { error: 'not-found', message: 'There is nothing at this address.' }),
  );
}

/** For addresses that cannot be read at all: no hook and no handler sees them. */
export function answerUnreadable(headers: Readonly<Record<string, string>>) {
  return (_error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
    void reply.headers(headers);
    return answer(reply, 400, { error: 'invalid-request', message: 'The address cannot be read.' });
  };
}

const brokenStatus: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** For bytes that are no request, or that never become a whole one: answered, as far as anybody listens, and cut off. */
export function answerBroken(headers: Readonly<Record<string, string>>) {
  return (error: Error & { code?: string }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    const status = brokenStatus[error.code ?? ''] ?? 400;
    const body = JSON.stringify({ error: 'invalid-request', message: 'The request cannot be read.' });
    const lines = Object.entries({
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    }).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
    if (socket.writable) socket.write(head + body);
    socket.destroySoon();
  };
}

function answer(
  reply: FastifyReply,
  status: number,
  { error, message, faults }: { error: string; message: string; faults?: readonly Fault[] },
): FastifyReply {
  return reply
    .code(status)
    .send({ error, message, ...(faults === undefined || faults.length === 0 ? {} : { faults }) });
}
