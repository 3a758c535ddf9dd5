import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import type { Fault } from './faults.ts';
import { Refusal } from './refusal.ts';

/** Versions of the API that this org has. */
const versions = { oldest: 31, newest: 68 };

/** `/services/data`: the versions, as Salesforce lists them. */
export function listVersions(): object[] {
  const count = versions.newest - versions.oldest + 1;
  return Array.from({ length: count }, (_none, index) => {
    const version = `${versions.oldest + index}.0`;
    return { label: `Release ${version}`, url: `/services/data/v${version}`, version };
  });
}

/** @throws Refusal NOT_FOUND for a version that the org does not have */
export function checkVersion(text: string): void {
  const number = Number(/^v(\d+)\.0$/.exec(text)?.[1] ?? 0);
  if (number < versions.oldest || number > versions.newest) {
    throw new Refusal(404, 'NOT_FOUND', 'The requested resource does not exist');
  }
}

/** What every REST call goes through before its own work: version, token, daily limit. @throws Refusal */
export function checkCall(context: Context, request: FastifyRequest): void {
  if (Buffer.byteLength(request.url) > 16_384) throw new Refusal(414, 'URI_TOO_LONG', 'URI Too Long');
  const { version } = request.params as { version?: string };
  if (version !== undefined) checkVersion(version);
  context.tokens.check(request.headers.authorization);
  if (context.used >= context.dailyLimit) {
    throw new Refusal(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
  }
  context.used += 1;
}

/** `Sforce-Limit-Info` of every REST answer. */
export function limitInfo({ used, dailyLimit }: Context): string {
  return `api-usage=${used}/${dailyLimit}`;
}

/** Lets the planned faults happen, before and after the request is carried out. */
export function addFaultHooks(app: FastifyInstance, context: Context): void {
  app.addHook('preHandler', async (request, reply) => {
    const { operation } = request.routeOptions.config;
    const fault = operation === undefined ? undefined : context.faults.take(operation);
    if (fault === undefined) return undefined;
    context.faultOf.set(request, fault);
    return before(fault, request, reply);
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const fault = context.faultOf.get(request);
    return fault === undefined ? payload : after(fault, context, request, reply, payload);
  });
}

function before(fault: Fault, request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  switch (fault.kind) {
    case 'dropped':
      request.raw.socket.destroy();
      return reply.hijack();
    case 'quota':
      throw new Refusal(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    case 'expired':
      throw new Refusal(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    case 'status':
      return fault.committed ? undefined : reply.code(fault.status).send(bodyFor(fault));
    default:
      return undefined;
  }
}

async function after(
  fault: Fault,
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): Promise<unknown> {
  switch (fault.kind) {
    case 'lost-answer':
      request.raw.socket.destroy();
      return payload;
    case 'status':
      reply.code(fault.status);
      return JSON.stringify(bodyFor(fault));
    case 'slow':
      await context.wait(fault.ms);
      return payload;
    case 'html':
      reply.type('text/html');
      return '<!DOCTYPE html><html><head><title>Salesforce - Down for maintenance</title></head></html>';
    case 'truncated':
      return truncated(String(payload), fault.drop ?? 1);
    default:
      return payload;
  }
}

function truncated(payload: string, drop: number): string {
  const body = JSON.parse(payload) as unknown;
  if (Array.isArray(body)) return JSON.stringify(body.slice(0, -drop));
  const { records } = body as { records?: unknown[] };
  return JSON.stringify(records ? { ...(body as object), records: records.slice(0, -drop) } : body);
}

function bodyFor(fault: Extract<Fault, { kind: 'status' }>): unknown {
  if (fault.body !== undefined) return fault.body;
  const codes: Record<number, string> = { 429: 'TOO_MANY_REQUESTS', 503: 'SERVER_UNAVAILABLE' };
  const errorCode = codes[fault.status] ?? (fault.status < 500 ? 'UNKNOWN_ERROR' : 'UNKNOWN_EXCEPTION');
  return [{ message: 'The server is unable to handle your request.', errorCode }];
}
