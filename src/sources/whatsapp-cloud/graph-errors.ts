import { z } from 'zod';
import { SourceError, type SourceErrorCode } from '../../core/source-errors.ts';
import { retryAfterOf, statusError } from '../answer-errors.ts';

const errorSchema = z.object({
  error: z.object({
    code: z.coerce.number().int(),
    error_subcode: z.coerce.number().int().optional().catch(undefined),
  }),
});

/** Codes decide, not HTTP statuses: Meta answers rate limits with 400 (Meta docs, error codes). */
const meanings: readonly { readonly codes: readonly number[]; readonly code: SourceErrorCode }[] = [
  { codes: [0, 190], code: 'source-auth-failed' },
  { codes: [3, 10, 33, 368, 130497, 131005, 131031], code: 'source-permission-missing' },
  { codes: [4, 613, 80007, 130429, 131048, 131056], code: 'source-throttled' },
  { codes: [1, 2, 131000, 131016, 131057, 133004], code: 'source-unavailable' },
  // could not be downloaded by Meta, or over its 100 MB
  { codes: [131052], code: 'media-too-large' },
  // 100 with subcode 33: no such object
  { codes: [100], code: 'media-expired' },
];

/** What an answer that is no link means. Holds the code alone: messages may name ids. */
export function graphError(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, unknown>>,
): SourceError {
  const retryAfterMs = retryAfterOf(headers).retryAfterMs ?? regainMs(headers);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  const told = errorSchema.safeParse(body);
  if (!told.success) {
    return status === 200
      ? new SourceError('source-answer-unreadable', 'There is no link in it.')
      : statusError(status, wait);
  }
  const { code, error_subcode: subcode } = told.data.error;
  const isPermission = code >= 200 && code <= 299;
  const meaning = isPermission
    ? 'source-permission-missing'
    : meanings.find(({ codes }) => codes.includes(code))?.code;
  if (meaning === undefined) return statusError(status === 200 ? 500 : status, wait);
  const detail = `Graph API error ${code}${subcode === undefined ? '' : `/${subcode}`}`;
  return new SourceError(meaning, detail, wait);
}

const usageSchema = z.record(
  z.string(),
  z.array(z.object({ estimated_time_to_regain_access: z.number().nonnegative().optional() })),
);

/** `X-Business-Use-Case-Usage` says in minutes when a throttled account may ask again (Graph API, rate limits). */
function regainMs(headers: Readonly<Record<string, unknown>>): number | undefined {
  const text = headers['x-business-use-case-usage'];
  if (typeof text !== 'string') return undefined;
  try {
    const usage = usageSchema.parse(JSON.parse(text));
    const minutes = Object.values(usage)
      .flat()
      .map((one) => one.estimated_time_to_regain_access ?? 0);
    const longest = Math.max(0, ...minutes);
    return longest > 0 ? Math.min(longest, 1_440) * 60_000 : undefined;
  } catch {
    return undefined;
  }
}
