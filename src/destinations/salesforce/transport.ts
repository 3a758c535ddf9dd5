import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { PassThrough, Readable } from 'node:stream';
import type { Connection } from 'jsforce';
import type { Budget, QuotaNews } from '../../core/budget.ts';
import type { CountRequest } from '../destination.ts';
import { uploadTimeMs } from '../multipart.ts';
import { neverLeft } from '../network.ts';
import { CallError, refusalOf } from './call-error.ts';
import { operationOf } from './operation.ts';

type JsforceTransport = Connection['_transport'];
type Request = Parameters<JsforceTransport['httpRequest']>[0];
type Response = Awaited<ReturnType<JsforceTransport['httpRequest']>>;

export interface TransportOptions {
  readonly timeoutMs: number;
  readonly count: CountRequest;
  readonly budget: Budget;
}

export interface Transport {
  /** in the place of jsforce's own */
  readonly forJsforce: JsforceTransport;
  /** milliseconds by which the clock of the org is before ours, as far as its answers tell */
  clockAhead(): number;
  close(): void;
}

/**
 * What jsforce sends its requests through, in the place of its own transport: that one waits for half an hour, repeats
 * reads on its own, opens a connection for every request and follows redirects to any host. Here: one timeout, no repeats,
 * kept connections, no redirects, and everything but a readable 2xx answer is thrown as a {@link CallError}, so that
 * nothing depends on what jsforce makes of it.
 */
export function openTransport({ timeoutMs, count, budget }: TransportOptions): Transport {
  // Idle connections are closed before Salesforce does it, so that few requests meet a dead one.
  const keep = { keepAlive: true, maxFreeSockets: 16, timeout: 20_000 };
  const agents = { http: new HttpAgent(keep), https: new HttpsAgent(keep) };
  const closing = new AbortController();
  let clockAhead = 0;

  async function send(request: Request): Promise<Response> {
    const operation = operationOf(request.method, request.url);
    if (closing.signal.aborted) throw new CallError('not-sent', 'the destination is closed');
    // A login is no API call.
    if (operation !== 'token') await budget.take('call');
    const patience = timeoutMs + uploadTimeMs(lengthOf(request));
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]);
    try {
      const answer = await exchange(request, agents, signal);
      count(operation, String(answer.statusCode));
      clockAhead = aheadOf(answer.headers ?? {}) ?? clockAhead;
      budget.learn(quotaOf(answer.headers ?? {}));
      return usable(request, answer);
    } catch (error) {
      if (error instanceof CallError) throw error;
      const failure = closing.signal.aborted
        ? new CallError('lost', 'the destination was closed')
        : networkError(error, signal.aborted, patience);
      count(operation, failure.kind);
      throw failure;
    }
  }

  return {
    forJsforce: {
      httpRequest: (request: Request) => {
        const promise = send(request);
        // jsforce also wants a stream of the answer, which nobody here reads.
        return Object.assign(promise, { stream: () => new PassThrough() });
      },
    } as unknown as JsforceTransport,
    clockAhead: () => clockAhead,
    close() {
      closing.abort();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** `Sforce-Limit-Info: api-usage=25/100000`: of the last 24 hours, whoever made the calls (REST guide). */
function quotaOf(headers: Readonly<Record<string, string>>): QuotaNews {
  const [, used, limit] = /api-usage=(\d+)\/(\d+)/.exec(headers['sforce-limit-info'] ?? '') ?? [];
  return used === undefined ? {} : { dailyUsed: Number(used), dailyLimit: Number(limit) };
}

function aheadOf({ date = '' }: Readonly<Record<string, string>>): number | undefined {
  const ahead = Date.parse(date) - Date.now();
  return Number.isFinite(ahead) ? ahead : undefined;
}

function exchange(
  { method, url, headers, body }: Request,
  agents: { http: HttpAgent; https: HttpsAgent },
  signal: AbortSignal,
): Promise<Response> {
  const secure = url.startsWith('https:');
  const start = secure ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const agent = secure ? agents.https : agents.http;
    const outgoing = start(url, { method, headers: headers ?? {}, agent, signal }, (incoming) => {
      readAll(incoming).then(
        (text) => resolve({ statusCode: incoming.statusCode ?? 0, headers: plain(incoming), body: text }),
        reject,
      );
    });
    outgoing.on('error', reject);
    // A stream is a form: it is made of what is in memory, and cannot fail.
    if (body instanceof Readable) body.pipe(outgoing);
    else outgoing.end(typeof body === 'string' ? body : undefined);
  });
}

/** Bytes of a request's body, near enough for how long it may take. */
function lengthOf({ body, headers }: Request): number {
  return typeof body === 'string' ? body.length : Number(headers?.['content-length'] ?? 0);
}

async function readAll(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  if (!incoming.complete) throw Object.assign(new Error('the answer broke off'), { code: 'ECONNRESET' });
  return Buffer.concat(chunks).toString('utf8');
}

function plain(incoming: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}

/** @throws CallError for anything but a 2xx answer in the form that was asked for */
function usable(request: Request, answer: Response): Response {
  const { statusCode, body } = answer;
  if (statusCode < 200 || statusCode > 299) throw refusalOf(statusCode, body);
  if (statusCode === 204) return answer;
  // The answer to an upload is empty (Bulk API 2.0 guide, Upload Job Data).
  if (statusCode === 201 && /\/jobs\/ingest\/\w+\/batches$/.test(request.url)) return { ...answer, body: '' };
  // As a text: what stands in it is read where its columns are known.
  const isTable = /\/jobs\/ingest\/\w+\/\w+$/.test(request.url) && isCsv(answer);
  if (isTable) return withType(answer, 'text/plain');
  if (request.url.includes('/services/Soap/')) {
    if (/^\s*</.test(body) && /Envelope/.test(body)) return withType(answer, 'text/xml');
  } else if (isJson(body)) return withType(answer, 'application/json');
  throw new CallError('lost', `HTTP ${statusCode} with an answer that cannot be read`, {
    status: statusCode,
  });
}

/** jsforce parses by content type; a type with unusual parameters must not hide a good answer from it. */
function withType(answer: Response, type: string): Response {
  return { ...answer, headers: { ...answer.headers, 'content-type': type } };
}

function isCsv({ headers }: Response): boolean {
  return /^text\/csv/i.test(headers?.['content-type'] ?? '');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function networkError(error: unknown, aborted: boolean, timeoutMs: number): CallError {
  if (aborted) return new CallError('lost', `no answer within ${timeoutMs} ms`);
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  const word = typeof code === 'string' ? code : 'network error';
  if (neverLeft(word, syscall)) return new CallError('not-sent', word);
  return new CallError('lost', word);
}
