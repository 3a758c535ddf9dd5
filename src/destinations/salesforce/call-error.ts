/**
 * What became of a call that gave no usable answer.
 * - `not-sent`: it did not reach Salesforce
 * - `lost`: it was sent, perhaps, and nobody knows what became of it (timeout, reset, 5xx, unreadable answer)
 * - `refused`: Salesforce said no, and nothing was written
 */
export type CallErrorKind = 'not-sent' | 'lost' | 'refused';

interface Details {
  readonly status?: number;
  /** Salesforce's errorCode, or the OAuth error */
  readonly code?: string;
  readonly fields?: readonly string[];
}

/** A failed HTTP call. The message is Salesforce's own and not yet fit for people: see errors.ts. */
export class CallError extends Error {
  readonly kind: CallErrorKind;
  readonly status: number | undefined;
  readonly code: string;
  readonly fields: readonly string[];

  constructor(kind: CallErrorKind, message: string, details: Details = {}) {
    super(message);
    this.name = 'CallError';
    this.kind = kind;
    this.status = details.status;
    this.code = details.code ?? '';
    this.fields = details.fields ?? [];
  }
}

/** A whole call or one row that Salesforce refused, in its words. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly fields: readonly string[];
}

/** Reads an answer with a status outside 2xx: a REST error list, an OAuth error or a SOAP fault. */
export function refusalOf(status: number, body: string): CallError {
  const { code, message, fields } = readRefusal(body);
  // A SOAP fault has status 500, and says itself that the call was refused.
  const refused = status < 500 || /<faultcode>/.test(body);
  const said = message === '' ? `HTTP ${status}` : message;
  return new CallError(refused ? 'refused' : 'lost', said, { status, code, fields });
}

function readRefusal(body: string): Refusal {
  const fault = /<faultcode>(?:\w+:)?([^<]*)<\/faultcode>\s*<faultstring>([^<]*)</.exec(body);
  if (fault) return { code: fault[1] ?? '', message: fault[2] ?? '', fields: [] };
  try {
    const parsed: unknown = JSON.parse(body);
    return readError(Array.isArray(parsed) ? parsed[0] : parsed);
  } catch {
    return { code: '', message: '', fields: [] };
  }
}

/** One error of an answer: `errorCode` at the top, `statusCode` in rows (REST guide), `error` from the token endpoint. */
export function readError(raw: unknown): Refusal {
  if (raw === null || typeof raw !== 'object') return { code: '', message: '', fields: [] };
  const {
    errorCode,
    statusCode,
    error,
    message,
    error_description: description,
    fields,
  } = raw as Record<string, unknown>;
  const text = (...values: unknown[]) => String(values.find((value) => typeof value === 'string') ?? '');
  return {
    code: text(statusCode, errorCode, error),
    message: text(message, description),
    fields: Array.isArray(fields) ? fields.filter((one): one is string => typeof one === 'string') : [],
  };
}
