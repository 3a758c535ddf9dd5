import axios from 'axios';
import { z } from 'zod';
import { SourceError } from '../../core/source-errors.ts';
import { openDownload, type Download } from '../download.ts';
import type { FetchedMedia, MediaRequest, MediaSource } from '../source.ts';
import { ErrorBudget } from './error-budget.ts';
import { graphError } from './graph-errors.ts';

/** Where a Cloud API app or a 360dialog channel keeps its files. */
export interface WhatsAppMediaOptions {
  readonly id: string;
  readonly kind: 'whatsapp-cloud' | '360dialog';
  readonly apiUrl: string;
  /** `v25.0`; 360dialog has none */
  readonly apiVersion?: string;
  /** bearer token, or 360dialog's API key */
  readonly secret: string;
}

/**
 * Hosts of Meta's files. Documented: lookaside.fbsbx.com (Meta docs, media) and graph.facebook.com (Meta's OpenAPI, the
 * API's own host). The two suffixes are Meta's content networks, where such links were seen to lead; not documented.
 */
const mediaHosts = ['lookaside.fbsbx.com', 'graph.facebook.com', '.fbcdn.net', '.whatsapp.net'];

/** Meta keeps a received file for 7 days (Meta docs, media). */
const keepsMs = 7 * 86_400_000;

const answerMs = 30_000;

/** What Meta says of a file; the size is a text in its own sample (Meta's OpenAPI, "Retrieve Media URL"). */
const linkSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  mime_type: z.string().min(1).optional().catch(undefined),
  sha256: z.string().min(1).optional().catch(undefined),
  file_size: z.coerce.number().nonnegative().optional().catch(undefined),
});
type Link = z.infer<typeof linkSchema>;

type Options = { readonly maxBytes: number; readonly signal: AbortSignal };

/** Fetches files by id: first a fresh link, then the file behind it (Meta docs, media). */
export function createWhatsAppMedia(options: WhatsAppMediaOptions): MediaSource {
  const { id, kind } = options;
  const fetchOne = (request: MediaRequest, limits: Options) => fetchMedia(options, request, limits);
  // 360dialog blocks a channel for 30 minutes after 20 media errors in an hour (360dialog docs, media).
  const budget = new ErrorBudget({ errors: 15, withinMs: 3_600_000, pauseMs: 1_800_000 });
  return {
    id,
    keepsMs,
    fetchMedia: kind === '360dialog' ? (...of) => budget.spend(() => fetchOne(...of)) : fetchOne,
  };
}

async function fetchMedia(
  options: WhatsAppMediaOptions,
  request: MediaRequest,
  limits: Options,
): Promise<FetchedMedia> {
  try {
    return await fetchOnce(options, request, limits);
  } catch (error) {
    // "404: get a new url" (Meta docs, media): the link may have ended between the two steps.
    if (!(error instanceof LinkEnded)) throw error;
    return fetchOnce(options, request, limits).catch((again: unknown) => {
      throw again instanceof LinkEnded ? again.error : again;
    });
  }
}

class LinkEnded extends Error {
  readonly error: SourceError;

  constructor(error: SourceError) {
    super(error.message);
    this.error = error;
  }
}

async function fetchOnce(
  options: WhatsAppMediaOptions,
  { media }: MediaRequest,
  limits: Options,
): Promise<FetchedMedia> {
  const link = await askLink(options, media.id, limits);
  const type = media.mimeType ?? link.mime_type;
  const { stream, mimeType } = await openLink(options, link.url, limits, isHtml(type)).catch(
    (error: unknown) => {
      if (error instanceof SourceError && error.code === 'media-expired') throw new LinkEnded(error);
      throw error;
    },
  );
  const told = link.mime_type ?? mimeType;
  return {
    stream,
    ...(told === undefined ? {} : { mimeType: told }),
    ...(link.sha256 === undefined ? {} : { sha256: link.sha256 }),
  };
}

function isHtml(mimeType: string | undefined): boolean {
  return mimeType !== undefined && /^(text\/html|application\/xhtml)/i.test(mimeType);
}

async function askLink(
  options: WhatsAppMediaOptions,
  mediaId: string,
  { maxBytes, signal }: Options,
): Promise<Link> {
  if (!/^[\w=-]{1,200}$/.test(mediaId)) throw new SourceError('media-unavailable', 'Its id is unreadable.');
  const version = options.apiVersion === undefined ? '' : `/${options.apiVersion}`;
  const { status, data, headers } = await askJson(`${options.apiUrl}${version}/${mediaId}`, options, signal);
  if (status !== 200) throw graphError(status, data, headers);
  const link = linkSchema.safeParse(data);
  if (!link.success) throw graphError(status, data, headers);
  if (link.data.file_size !== undefined && link.data.file_size > maxBytes) {
    throw new SourceError('media-too-large', `More than ${maxBytes} bytes.`);
  }
  return link.data;
}

async function askJson(
  url: string,
  options: WhatsAppMediaOptions,
  signal: AbortSignal,
): Promise<{ status: number; data: unknown; headers: Record<string, unknown> }> {
  try {
    const { status, data, headers } = await axios.get<unknown>(url, {
      headers: { ...credentials(options), accept: 'application/json' },
      maxRedirects: 0,
      maxContentLength: 1_048_576,
      proxy: false,
      timeout: answerMs,
      validateStatus: () => true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    return { status, data, headers: { ...headers } };
  } catch (error) {
    signal.throwIfAborted();
    const code = axios.isAxiosError(error) ? error.code : undefined;
    throw new SourceError('source-unavailable', code ?? 'The connection failed.');
  }
}

function openLink(
  options: WhatsAppMediaOptions,
  url: string,
  limits: Options,
  html: boolean,
): Promise<Download> {
  const { kind, apiUrl } = options;
  const api = new URL(apiUrl);
  return openDownload({
    ...limits,
    url,
    html,
    headers: credentials(options),
    hosts: mediaHosts,
    configured: [apiUrl],
    // 360dialog hands out Meta's links and serves them on its own host, path and query kept (360dialog docs, media).
    ...(kind === '360dialog' && { map: ({ pathname, search }) => new URL(pathname + search, api.origin) }),
  });
}

function credentials({ kind, secret }: WhatsAppMediaOptions): Record<string, string> {
  return kind === '360dialog' ? { 'D360-API-KEY': secret } : { authorization: `Bearer ${secret}` };
}
