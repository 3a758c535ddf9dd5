import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import type { z } from 'zod';
import { isTooDeep } from '../../core/depth.ts';
import { SourceError } from '../../core/source-errors.ts';
import { retryAfterOf } from '../answer-errors.ts';
import { refusal } from './payload.ts';

/** How the REST API is asked. */
export interface ClientOptions {
  /** `https://api.twilio.com`: nothing else is ever asked */
  readonly baseUrl: string;
  /** account SID and auth token, or API key SID and secret (Twilio docs, "Requests to Twilio") */
  readonly username: string;
  readonly password: string;
  /** milliseconds; 30 s */
  readonly timeoutMs?: number;
}

/** One question at a time to one host of Twilio's. */
export interface Client {
  /**
   * The answer at a path with its query, or at an absolute address of the same host.
   * @throws RefusedError where Twilio says that this cannot be asked @throws SourceError
   */
  get<T>(path: string, shape: z.ZodType<T>, signal: AbortSignal): Promise<T>;
}

/** Twilio does not have what was asked, or does not understand the question: asking again does not help. */
export class RefusedError extends SourceError {
  readonly status: number;

  constructor(status: number, code: number | undefined) {
    super('source-answer-unreadable', `HTTP ${status}${code === undefined ? '' : `, code ${code}`}`);
    this.name = 'RefusedError';
    this.status = status;
  }
}

/** `?DateSent%3E=2026-06-01&PageSize=1000`: a query of these parameters. */
export function query(params: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(params).map(([name, value]): [string, string] => [name, String(value)]);
  return `?${new URLSearchParams(pairs).toString()}`;
}

/** Makes a client. Errors hold neither address nor credentials. */
export function createClient({ baseUrl, username, password, timeoutMs = 30_000 }: ClientOptions): Client {
  const agents = {
    httpAgent: new HttpAgent({ keepAlive: false }),
    httpsAgent: new HttpsAgent({ keepAlive: false }),
  };
  return {
    async get(path, shape, signal) {
      const url = addressOf(path, baseUrl);
      let response: AxiosResponse<string>;
      try {
        response = await axios.get<string>(url, {
          ...agents,
          auth: { username, password },
          headers: { accept: 'application/json' },
          responseType: 'text',
          transformResponse: (data: string) => data,
          timeout: timeoutMs,
          maxRedirects: 0,
          maxContentLength: 100 * 1_048_576,
          proxy: false,
          validateStatus: () => true,
          signal,
        });
      } catch (error) {
        throw new SourceError('source-unavailable', codeOf(error));
      }
      return read(response, shape);
    },
  };
}

/** A page may name the next one: never on another host, and never with credentials of its own. */
function addressOf(path: string, baseUrl: string): string {
  if (path.startsWith('/') && !path.startsWith('//')) return baseUrl + path;
  const base = new URL(baseUrl);
  const url = URL.canParse(path) ? new URL(path) : undefined;
  if (url === undefined || url.origin !== base.origin || url.username !== '' || url.password !== '') {
    throw new SourceError('source-answer-unreadable', 'The next page is on another host.');
  }
  return url.href;
}

function read<T>({ status, data, headers }: AxiosResponse<string>, shape: z.ZodType<T>): T {
  const json = parse(data);
  if (status !== 200) {
    const said = refusal.safeParse(json);
    throw errorOf(status, said.success ? said.data.code : undefined, headers);
  }
  const answer = shape.safeParse(json);
  if (answer.success) return answer.data;
  const where = answer.error.issues[0]?.path.join('.') ?? '';
  throw new SourceError('source-answer-unreadable', where === '' ? 'It is no JSON object.' : `At ${where}.`);
}

/** Undefined: no JSON, or nested too deeply to be kept. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Codes of Twilio's: 20003 credentials, 20429 too many requests (Twilio docs, error dictionary). */
function errorOf(status: number, code: number | undefined, headers: object): SourceError {
  const detail = `HTTP ${status}${code === undefined ? '' : `, code ${code}`}`;
  if (status === 429 || code === 20429) {
    return new SourceError('source-throttled', detail, retryAfterOf(headers));
  }
  if (status === 401 || status === 403 || code === 20003)
    return new SourceError('source-auth-failed', detail);
  if (status === 408 || status >= 500) {
    return new SourceError('source-unavailable', detail, retryAfterOf(headers));
  }
  return new RefusedError(status, code);
}

/** `ECONNRESET` and its like: the client's own messages quote addresses. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'The connection failed.';
}
