import axios, { AxiosError } from 'axios';
import { z } from 'zod';
import type { Finding } from '../../core/finding.ts';
import { SourceError } from '../../core/source-errors.ts';
import type { PollSource, SourceCheck } from '../source.ts';

/** The access token of a Cloud API app, and where it is good. */
export interface TokenOptions {
  readonly id: string;
  readonly apiUrl: string;
  /** `v25.0` */
  readonly apiVersion: string;
  readonly accessToken: string;
}

const everyMs = 15 * 60_000;
const timeoutMs = 15_000;

/** What sending and fetching need (Meta docs, webhooks overview: permissions). */
const scopeWanted = 'whatsapp_business_messaging';

const tokenSchema = z.object({
  data: z.object({
    is_valid: z.boolean().default(false),
    expires_at: z.number().optional(),
    scopes: z.array(z.string()).optional(),
  }),
});
type Token = z.infer<typeof tokenSchema>['data'];

/** Looks at the token once, in words. */
export function createTokenCheck(options: TokenOptions): SourceCheck {
  return {
    id: options.id,
    check: async (signal) => {
      try {
        return findingsOf(await inspect(options, signal));
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        return [{ level: 'error', subject: 'access token', text: error.message, code: error.code }];
      }
    },
  };
}

/**
 * Watches the token: a stream without events that fails when the token is dead, so that the alert comes before the first
 * file is missed.
 */
export function createTokenWatch(options: TokenOptions): PollSource {
  return {
    id: options.id,
    kind: 'whatsapp-cloud',
    everyMs,
    streams: ['token'],
    // eslint-disable-next-line require-yield
    async *pages(_stream, { signal }) {
      const token = await inspect(options, signal);
      if (!token.is_valid) throw new SourceError('source-auth-failed', 'Meta says the token is not valid.');
    },
  };
}

/** `GET /debug_token` with the token itself (Graph API reference). @throws SourceError */
async function inspect(
  { apiUrl, apiVersion, accessToken }: TokenOptions,
  signal: AbortSignal,
): Promise<Token> {
  try {
    const answer = await axios.get<unknown>(`${apiUrl}/${apiVersion}/debug_token`, {
      params: { input_token: accessToken },
      headers: { authorization: `Bearer ${accessToken}` },
      timeout: timeoutMs,
      maxRedirects: 0,
      proxy: false,
      signal,
    });
    const parsed = tokenSchema.safeParse(answer.data);
    if (parsed.success) return parsed.data.data;
  } catch (error) {
    // Never the error itself: it carries the request with its token.
    throw refusalOf(error instanceof AxiosError ? error.response?.status : undefined);
  }
  throw new SourceError('source-answer-unreadable', 'It was asked about the access token.');
}

function refusalOf(status: number | undefined): SourceError {
  if (status === 401 || status === 400) return new SourceError('source-auth-failed', `HTTP ${status}.`);
  if (status === 403) return new SourceError('source-permission-missing', 'HTTP 403.');
  if (status === 429) return new SourceError('source-throttled', 'HTTP 429.');
  return new SourceError('source-unavailable', status === undefined ? '' : `HTTP ${status}.`);
}

function findingsOf(token: Token): Finding[] {
  const subject = 'access token';
  if (!token.is_valid) {
    return [{ level: 'error', subject, text: 'Meta says it is not valid', code: 'source-auth-failed' }];
  }
  if (token.scopes && !token.scopes.includes(scopeWanted)) {
    return [
      {
        level: 'error',
        subject,
        text: `lacks the permission ${scopeWanted}`,
        code: 'source-permission-missing',
      },
    ];
  }
  const ends = dayOf(token.expires_at);
  return [
    ends === undefined
      ? { level: 'ok', subject, text: 'is valid and does not expire' }
      : { level: 'warning', subject, text: `is valid until ${ends}; a system user's token does not expire` },
  ];
}

/** Undefined: it does not expire. */
function dayOf(seconds: number | undefined): string | undefined {
  if (!seconds) return undefined;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? 'a time that cannot be read' : date.toISOString().slice(0, 10);
}
