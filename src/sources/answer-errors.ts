import { SourceError } from '../core/source-errors.ts';

interface StatusContext {
  /** false: no credentials were sent, so that they cannot have been refused */
  readonly asked?: boolean;
  readonly retryAfterMs?: number;
}

/** What an HTTP status without a more telling body means where a file or its link was asked for. */
export function statusError(status: number, { asked = true, ...wait }: StatusContext = {}): SourceError {
  const detail = `HTTP ${status}`;
  if (status === 401 || status === 403) {
    // A link that carries its own signature is refused like this when it is too old: a new one helps.
    if (!asked) return new SourceError('source-unavailable', detail);
    return new SourceError(status === 401 ? 'source-auth-failed' : 'source-permission-missing', detail);
  }
  if (status === 404 || status === 410) return new SourceError('media-expired', detail);
  if (status === 413) return new SourceError('media-too-large', detail);
  if (status === 429) return new SourceError('source-throttled', detail, wait);
  if (status === 408 || status >= 500) return new SourceError('source-unavailable', detail, wait);
  return new SourceError('source-answer-unreadable', detail);
}

/** Milliseconds of `Retry-After`: seconds or a date (RFC 9110, 10.2.3); at most a day. */
export function retryAfterOf(headers: object, now = Date.now()): { retryAfterMs?: number } {
  const value = (headers as Record<string, unknown>)['retry-after'];
  if (typeof value !== 'string' || value.trim() === '') return {};
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? { retryAfterMs: Math.min(Math.max(ms, 0), 86_400_000) } : {};
}
