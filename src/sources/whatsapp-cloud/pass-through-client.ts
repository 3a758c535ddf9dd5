import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import type { ForwardAnswer } from '../source.ts';

/** The largest file that WhatsApp takes or gives, with room for the form around it (Meta docs, media: 100 MB). */
const maxBytes = 105 * 1024 * 1024;

export interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** milliseconds until an answer must be there, in full */
  readonly timeoutMs: number;
  /** milliseconds until the connection must stand */
  readonly connectMs: number;
}

/** The provider's answer; or certainty that not a byte was sent; or neither. */
export type CallResult =
  | { readonly kind: 'answer'; readonly answer: ForwardAnswer }
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'unknown' };

/**
 * One request on a connection of its own, because on one that is used again nobody can tell whether a request that
 * failed was received. Redirects are answers. Never throws.
 */
export async function call({ method, url, headers, body, timeoutMs, connectMs }: Call): Promise<CallResult> {
  const state = { connected: false };
  const abort = new AbortController();
  const timers = [
    setTimeout(() => abort.abort(), timeoutMs),
    setTimeout(() => !state.connected && abort.abort(), connectMs),
  ];
  try {
    const response = await axios.request<Buffer>({
      method,
      url,
      headers: exactly(headers),
      ...(body.length > 0 && { data: body }),
      responseType: 'arraybuffer',
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
      validateStatus: () => true,
      maxRedirects: 0,
      maxBodyLength: maxBytes,
      maxContentLength: maxBytes,
      decompress: false,
      proxy: false,
      httpAgent: watched(new HttpAgent({ keepAlive: false }), 'connect', state),
      httpsAgent: watched(new HttpsAgent({ keepAlive: false }), 'secureConnect', state),
      signal: abort.signal,
    });
    return { kind: 'answer', answer: toAnswer(response) };
  } catch {
    return { kind: state.connected ? 'unknown' : 'not-sent' };
  } finally {
    timers.forEach(clearTimeout);
  }
}

interface Connects {
  createConnection(...args: unknown[]): Duplex;
}

/** Notes that the connection stands: before that nothing can have been sent. */
function watched<A extends HttpAgent>(agent: A, event: string, state: { connected: boolean }): A {
  const connects = agent as unknown as Connects;
  const create = connects.createConnection.bind(agent);
  connects.createConnection = (...args) => {
    const socket = create(...args);
    socket.once(event, () => (state.connected = true));
    return socket;
  };
  return agent;
}

/** These headers alone: `false` keeps the client from adding its own. */
function exactly(headers: Readonly<Record<string, string>>): Record<string, string | false> {
  return {
    'user-agent': false,
    'content-type': false,
    accept: '*/*',
    ...headers,
    // so that the answer can be read here
    'accept-encoding': 'identity',
  };
}

const given =
  /^(content-(type|encoding|disposition|language)|www-authenticate|retry-after|facebook-.*|x-.*)$/;

function toAnswer({ status, headers, data }: AxiosResponse<Buffer>): ForwardAnswer {
  const kept = Object.entries(headers as Record<string, unknown>).filter(([name]) => given.test(name));
  return {
    status,
    headers: Object.fromEntries(
      kept.map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
    ),
    body: Buffer.from(data ?? []),
  };
}
