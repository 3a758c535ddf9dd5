import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import type { Client } from '@hubspot/api-client';
import type { Budget, QuotaNews } from '../../core/budget.ts';
import { CrmError, type ErrorCode } from '../../core/errors.ts';
import type { CountRequest } from '../destination.ts';
import { uploadTimeMs, type Form } from '../multipart.ts';
import { codeOfNotSent, neverLeft, wordsOfNotSent } from '../network.ts';
import { parseObject, type Json } from './json.ts';
import type { AskForToken, Tokens } from './tokens.ts';

/** What came of one HTTP request. */
export type Answer =
  /** the CRM answered; `body` is {} where a refusal was no JSON object */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: Json;
      readonly header: (name: string) => string | undefined;
    }
  /** it was sent, perhaps, and no usable answer came back */
  | { readonly kind: 'lost'; readonly reason: string }
  /** it did not reach the CRM */
  | { readonly kind: 'not-sent'; readonly code: ErrorCode; readonly reason: string }
  /** we did not send it: our share is used up, or there is no token */
  | { readonly kind: 'held'; readonly reason: string; readonly error: CrmError };

/** The code that an answer which is none stands for. @param lost for one that may have been carried out */
export function codeWithoutAnswer(answer: Exclude<Answer, { kind: 'answer' }>, lost: ErrorCode): ErrorCode {
  if (answer.kind === 'held') return answer.error.code;
  return answer.kind === 'lost' ? lost : answer.code;
}

export interface HttpRequest {
  /** for counting: `communications.batch.create` */
  readonly operation: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Json;
  /** in the place of a body; the call may take longer then */
  readonly form?: Form;
}

export interface Transport {
  /** Loads the SDK, so that the next request goes out at once. */
  warm(): Promise<void>;
  send(request: HttpRequest): Promise<Answer>;
  close(): void;
}

export interface TransportOptions {
  readonly apiUrl: string;
  readonly tokens: Tokens;
  readonly timeoutMs: number;
  readonly count: CountRequest;
  readonly budget: Budget;
}

/** The part of node-fetch's options that the SDK leaves out. */
interface FetchExtras {
  readonly agent: HttpAgent;
  readonly signal: AbortSignal;
  readonly redirect: 'manual';
}

/**
 * The SDK's transport, `client.apiRequest`, with what 13.5.0 lacks. As it is, it hands node-fetch a method, headers and a
 * body and nothing else: no timeout, a new connection for every request (`httpAgent` of its configuration reaches the
 * generated API classes only), and redirects are followed to any host with the body. Its own seam, the decorators of
 * `apiRequest`, lets us add an agent, a signal and `redirect: manual`. Retries and limiter are off unless asked for.
 * An HTTP error is an answer here, not an exception. The SDK is loaded at the first request.
 */
export function openTransport(options: TransportOptions): Transport {
  const { apiUrl, budget, count, timeoutMs, tokens } = options;
  const secure = apiUrl.startsWith('https:');
  // The timeout closes connections that idled so long: sooner than HubSpot does, so that few requests meet a dead one.
  const agent = new (secure ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    timeout: 20_000,
    maxFreeSockets: 16,
  });
  const closing = new AbortController();
  let loading: Promise<Sdk> | undefined;
  const load = (): Promise<Sdk> => (loading ??= loadSdk(options));

  async function once(request: HttpRequest, token: string | undefined): Promise<Answer> {
    const { operation, method, path, query, body, form } = request;
    const sdk = await load();
    const timer = new AbortController();
    const patience = timeoutMs + uploadTimeMs(form?.length ?? 0);
    const timeout = setTimeout(() => timer.abort(), patience);
    const signal = AbortSignal.any([timer.signal, closing.signal]);
    try {
      const response = await sdk.request(
        { method, path, ...(query && { qs: query }), ...(body && { body }), ...(form && optionsOf(form)) },
        { agent, signal, redirect: 'manual' },
        token,
      );
      const answer = readAnswer(response, await response.text());
      count(operation, answer.kind === 'answer' ? String(answer.status) : 'unreadable');
      return answer;
    } catch (error) {
      const failure = describeFailure(error, timer.signal.aborted ? patience : undefined);
      count(operation, failure.kind === 'lost' ? 'lost' : 'not-sent');
      return failure;
    } finally {
      clearTimeout(timeout);
    }
  }

  /** Asks for a token, without one. */
  const askForToken: AskForToken = (path, fields) =>
    once({ operation: 'oauth.token', method: 'POST', path, form: urlEncoded(fields) }, undefined);

  async function allowed(request: HttpRequest): Promise<Answer> {
    const token = await tokens.current(askForToken);
    const kind = /^(contacts|communications|calls)\.search$/.test(request.operation) ? 'search' : 'call';
    await budget.take(kind);
    const answer = await once(request, token);
    if (answer.kind === 'answer') budget.learn(quotaOf(answer));
    if (answer.kind !== 'answer' || answer.status !== 401) return answer;
    // A refused token changed nothing: once more with a new one, where there can be one.
    const renewed = await tokens.renew(token, askForToken);
    if (renewed === undefined) return answer;
    await budget.take(kind);
    return once(request, renewed);
  }

  return {
    warm: async () => void (await load()),
    async send(request) {
      if (closing.signal.aborted) {
        return { kind: 'not-sent', code: 'unavailable', reason: 'closed' };
      }
      try {
        return await allowed(request);
      } catch (error) {
        if (!(error instanceof CrmError)) throw error;
        return { kind: 'held', reason: error.message, error };
      }
    },
    close() {
      closing.abort();
      agent.destroy();
    },
  };
}

/** HubSpot docs, usage guidelines: no daily ones with OAuth, none at all on searches. */
function quotaOf({ header }: Extract<Answer, { kind: 'answer' }>): QuotaNews {
  const number = (name: string): number | undefined => {
    const value = Number(header(`x-hubspot-ratelimit-${name}`) ?? Number.NaN);
    return Number.isFinite(value) ? value : undefined;
  };
  const [dailyLimit, dailyLeft] = [number('daily'), number('daily-remaining')];
  const [burstLimit, burstWindowMs] = [number('max'), number('interval-milliseconds')];
  return {
    ...(dailyLimit !== undefined && { dailyLimit }),
    ...(dailyLimit !== undefined && dailyLeft !== undefined && { dailyUsed: dailyLimit - dailyLeft }),
    ...(burstLimit !== undefined && { burstLimit }),
    ...(burstWindowMs !== undefined && { burstWindowMs }),
  };
}

function urlEncoded(fields: Readonly<Record<string, string>>): Form {
  const text = new URLSearchParams(fields).toString();
  return {
    contentType: 'application/x-www-form-urlencoded',
    length: Buffer.byteLength(text),
    stream: () => Readable.from([text]),
  };
}

function optionsOf(form: Form): ApiOptions {
  const headers = { 'Content-Type': form.contentType, 'Content-Length': String(form.length) };
  return { defaultJson: false, headers, body: form.stream() };
}

type ApiResponse = Awaited<ReturnType<Client['apiRequest']>>;
type ApiOptions = NonNullable<Parameters<Client['apiRequest']>[0]>;

interface Sdk {
  request(options: ApiOptions, extras: FetchExtras, token: string | undefined): Promise<ApiResponse>;
}

interface SdkRequest {
  readonly opts: { readonly extras?: FetchExtras };
  getSendData(): object;
}
type Send = (request: SdkRequest) => Promise<ApiResponse>;

/** Decorators are kept in one object for the whole process; ours reads everything from the request, so all clients share it. */
const withExtras = {
  decorate:
    (send: Send): Send =>
    (request) => {
      const data = { ...request.getSendData(), ...request.opts.extras };
      request.getSendData = () => data;
      return send(request);
    },
};

async function loadSdk({ apiUrl }: TransportOptions): Promise<Sdk> {
  const { Client } = await import('@hubspot/api-client');
  const decorators = await import('@hubspot/api-client/lib/src/services/ApiDecoratorService.js');
  const service = decorators.default.default;
  const client = new Client({ basePath: apiUrl });
  return {
    request(options, extras, token) {
      const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
      // Every new Client replaces the process-wide list: it is set anew each time.
      service.getInstance().setDecorators([withExtras]);
      return client.apiRequest({ ...options, headers, extras } as ApiOptions);
    },
  };
}

function readAnswer(response: ApiResponse, text: string): Answer {
  const { status } = response;
  const body = parseObject(text);
  const ok = status >= 200 && status < 300;
  if (ok && body === undefined && text !== '')
    return { kind: 'lost', reason: `HTTP ${status}, the answer is not JSON` };
  return {
    kind: 'answer',
    status,
    body: body ?? {},
    header: (name) => response.headers.get(name) ?? undefined,
  };
}

function describeFailure(error: unknown, timedOutMs: number | undefined): Answer {
  if (timedOutMs !== undefined) return { kind: 'lost', reason: `no answer within ${timedOutMs} ms` };
  const { code, erroredSysCall, name } = error as {
    code?: unknown;
    erroredSysCall?: unknown;
    name?: unknown;
  };
  const word = typeof code === 'string' ? code : String(name ?? 'error');
  if (neverLeft(word, erroredSysCall)) {
    return { kind: 'not-sent', code: codeOfNotSent(word), reason: wordsOfNotSent(word) };
  }
  return { kind: 'lost', reason: word };
}
