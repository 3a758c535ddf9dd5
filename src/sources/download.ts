import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import axios, { type AxiosResponse } from 'axios';
import { SourceError } from '../core/source-errors.ts';
import { checkAddress, isConfigured, publicLookup, type AllowedHosts, type Resolve } from './addresses.ts';
import { retryAfterOf, statusError } from './answer-errors.ts';

/** A file to be fetched. */
export interface DownloadRequest extends AllowedHosts {
  readonly url: string;
  /** credentials: sent to the first host alone, whatever it redirects to */
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** changes an address, the first one and those of redirects, before it is checked and asked */
  readonly map?: (url: URL) => URL;
  /** the file itself may be a page of HTML; else HTML is taken for the page that asks to log in */
  readonly html?: boolean;
  /** milliseconds without a byte; 30 s */
  readonly idleMs?: number;
  readonly resolve?: Resolve;
}

/** A file on its way. Whoever got it reads the stream to its end or destroys it. */
export interface Download {
  /** ends with a SourceError when it is too long, stalls or breaks off */
  readonly stream: Readable;
  readonly mimeType?: string;
  /** bytes, as announced */
  readonly size?: number;
}

const maxRedirects = 5;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Opens a file. Asks only hosts that are allowed, at each redirect anew; names are resolved at the moment of connecting
 * and private addresses refused. Errors hold neither address nor token.
 * @throws SourceError
 */
export async function openDownload(request: DownloadRequest): Promise<Download> {
  const map = request.map ?? ((url: URL) => url);
  let url = map(parse(request.url));
  const first = url.origin;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    checkAddress(url, request);
    const withCredentials = url.origin === first;
    const response = await ask(url, request, withCredentials);
    const location = redirects.has(response.status) ? textHeader(response, 'location') : undefined;
    if (location === undefined) return accept(response, request, withCredentials);
    response.data.destroy();
    url = map(parse(location, url));
  }
  throw new SourceError('media-address-refused', `It redirects more than ${maxRedirects} times.`);
}

function parse(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new SourceError('media-address-refused', 'It is no address.');
  return new URL(text, base);
}

async function ask(
  url: URL,
  request: DownloadRequest,
  withCredentials: boolean,
): Promise<AxiosResponse<Readable>> {
  const { signal, idleMs = 30_000 } = request;
  let refused = false;
  const lookup = publicLookup(() => (refused = true), request.resolve);
  const agents = isConfigured(url, request)
    ? {}
    : { httpAgent: new HttpAgent({ lookup }), httpsAgent: new HttpsAgent({ lookup }) };
  const headersIn = new AbortController();
  const timer = setTimeout(() => headersIn.abort(), idleMs);
  try {
    return await axios.get<Readable>(url.href, {
      ...agents,
      headers: { ...(withCredentials ? request.headers : {}), 'accept-encoding': 'identity' },
      responseType: 'stream',
      maxRedirects: 0,
      proxy: false,
      validateStatus: () => true,
      signal: AbortSignal.any([signal, headersIn.signal]),
    });
  } catch (error) {
    signal.throwIfAborted();
    if (refused) throw new SourceError('media-address-refused', 'The address is not a public one.');
    throw new SourceError(
      'source-unavailable',
      headersIn.signal.aborted ? 'It did not answer in time.' : codeOf(error),
    );
  } finally {
    clearTimeout(timer);
  }
}

function accept(response: AxiosResponse<Readable>, request: DownloadRequest, asked: boolean): Download {
  const { status, data } = response;
  const mimeType = textHeader(response, 'content-type');
  const length = Number(textHeader(response, 'content-length') ?? Number.NaN);
  const size = Number.isSafeInteger(length) && length >= 0 ? length : undefined;
  const error =
    status === 200
      ? contentError(mimeType, size, request)
      : statusError(status, { asked, ...retryAfterOf(response.headers) });
  if (error !== undefined) {
    data.destroy();
    throw error;
  }
  return {
    stream: guard(data, request),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(size === undefined ? {} : { size }),
  };
}

function contentError(
  mimeType: string | undefined,
  size: number | undefined,
  { html, maxBytes }: DownloadRequest,
): SourceError | undefined {
  if (html !== true && mimeType !== undefined && /^(text\/html|application\/xhtml)/i.test(mimeType)) {
    return new SourceError('source-auth-failed', 'It answered with a page instead of the file.');
  }
  return size !== undefined && size > maxBytes ? tooLarge(maxBytes) : undefined;
}

function tooLarge(maxBytes: number): SourceError {
  return new SourceError('media-too-large', `More than ${maxBytes} bytes.`);
}

/** The bytes as they come, until they are too many or stall. */
function guard(source: Readable, { maxBytes, signal, idleMs = 30_000 }: DownloadRequest): Readable {
  const stop = () => source.destroy();
  signal.addEventListener('abort', stop, { once: true });
  const stream = Readable.from(counted(source, maxBytes, idleMs, signal), { objectMode: false });
  // A generator that never began, or that waits for the next byte, does not see the end of its reader.
  stream.once('close', () => {
    signal.removeEventListener('abort', stop);
    source.destroy();
  });
  source.on('error', () => undefined);
  return stream;
}

async function* counted(
  source: Readable,
  maxBytes: number,
  idleMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  let stalled = false;
  const iterator = source[Symbol.asyncIterator]();
  const next = async () => {
    const timer = setTimeout(() => {
      stalled = true;
      source.destroy(new Error('stalled'));
    }, idleMs);
    try {
      return await iterator.next();
    } catch (error) {
      signal.throwIfAborted();
      throw new SourceError('source-unavailable', stalled ? 'The file stopped coming.' : codeOf(error));
    } finally {
      clearTimeout(timer);
    }
  };
  for (let step = await next(); step.done !== true; step = await next()) {
    const chunk = step.value as Buffer;
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
  signal.throwIfAborted();
}

function textHeader(response: AxiosResponse, name: string): string | undefined {
  const value: unknown = response.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `ECONNRESET` and its like; messages of HTTP clients quote addresses. */
function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : 'The connection failed.';
}
