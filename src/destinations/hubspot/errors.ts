import { CrmError, type ErrorCode } from '../../core/errors.ts';
import { rowFor } from './error-table.ts';
import type { Json } from './json.ts';
import { readRefusal, reasonOf, type JudgeContext } from './refusal.ts';
import { codeWithoutAnswer, type Answer } from './transport.ts';

export type { JudgeContext } from './refusal.ts';

/** What a refusal of HubSpot means, of a whole call or of one row. */
export type Verdict =
  /** a record with this unique value exists */
  { readonly kind: 'conflict' } | Failed;

export interface Failed {
  readonly kind: 'failed';
  readonly code: ErrorCode;
  readonly reason: string;
  readonly retryAfterMs?: number;
  /** the properties it is about, where it names them */
  readonly properties: readonly string[];
  /** the contacts it names as not there */
  readonly contacts?: readonly string[];
}

type Header = (name: string) => string | undefined;
const none: Header = () => undefined;

/**
 * The one place where HubSpot's codes become ours, by the error table.
 *
 * @param status HTTP status; undefined for a row of a 207, which has only category and message
 */
export function judge(
  status: number | undefined,
  body: Json,
  context: JudgeContext,
  header: Header = none,
): Verdict {
  const refusal = readRefusal(status, body, context);
  const { code, pauseMs } = rowFor(refusal);
  if (code === 'conflict') return { kind: 'conflict' };
  const window = Number(header('x-hubspot-ratelimit-interval-milliseconds')) || 10_000;
  const retryAfterMs = retryAfter(header('retry-after')) ?? (pauseMs === 'window' ? window : pauseMs);
  return {
    kind: 'failed',
    code,
    reason: reasonOf(refusal, body, context, code === 'validation-rule'),
    properties: [...new Set(refusal.properties.map(({ name }) => name).filter(Boolean))],
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(code === 'contact-gone' && { contacts: refusal.contacts }),
  };
}

/** A refusal of a call that writes nothing, thrown to whoever asked; a lost read is an outage. */
export function crmError(answer: Answer, context: JudgeContext): CrmError {
  if (answer.kind === 'held') return answer.error;
  if (answer.kind !== 'answer') {
    return new CrmError(codeWithoutAnswer(answer, 'unavailable'), answer.reason);
  }
  const verdict = judge(answer.status, answer.body, context, answer.header);
  if (verdict.kind === 'conflict') return new CrmError('refused', `HTTP ${answer.status}`);
  return new CrmError(
    codeOfRead(answer.status, verdict.code),
    verdict.reason,
    verdict.retryAfterMs === undefined ? {} : { retryAfterMs: verdict.retryAfterMs },
  );
}

/** No read asks for one contact by its address, so what is not found is the address. */
function codeOfRead(status: number, code: ErrorCode): ErrorCode {
  if (code === 'answer-lost') return 'unavailable';
  return status === 404 ? 'address-wrong' : code;
}

/** What a CrmError says, as a verdict on the records that it stopped. */
export function failedBy({ code, message, retryAfterMs }: CrmError): Failed {
  return {
    kind: 'failed',
    code,
    reason: message,
    properties: [],
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Seconds, as documented for 477. */
function retryAfter(value: string | undefined): number | undefined {
  const seconds = Number(value);
  return value !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
