import { CrmError, type ErrorCode } from '../../core/errors.ts';
import { scrub } from './scrub.ts';
import type { Answer, Json } from './transport.ts';

/** What a refusal of HubSpot means, of a whole call or of one row. */
export type Verdict =
  /** a record with this unique value exists */
  | { readonly kind: 'conflict' }
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly reason: string;
      readonly retryAfterMs?: number;
      /** the properties it is about, where it names them */
      readonly properties: readonly string[];
      /** the contacts it names as not there */
      readonly contacts?: readonly string[];
    };

export interface JudgeContext {
  readonly keyField: string;
  /** must not show up in reasons */
  readonly secrets: readonly string[];
  /** the contacts that the records hang on: a refusal that names one as not there means that it is gone */
  readonly contactIds: readonly string[];
}

interface PropertyError {
  readonly error: string;
  readonly name: string;
}

/**
 * The one place where HubSpot's codes become ours (HubSpot docs, error handling; batch create; usage guidelines).
 *
 * @param status HTTP status; undefined for a row of a 207, which has only category and message
 */
export function judge(
  status: number | undefined,
  body: Json,
  context: JudgeContext,
  header: Header = none,
): Verdict {
  const whole = status === undefined ? undefined : judgeStatus(status, body, context, header);
  if (whole) return whole;
  const category = text(body['category']).toUpperCase();
  const said = [
    category,
    text(body['subCategory']),
    text(body['message']),
    JSON.stringify(body['errors'] ?? ''),
  ].join(' ');
  const wrong = propertyErrors(body);
  if (isConflict(category, status, said, wrong, context.keyField)) return { kind: 'conflict' };
  const properties = [...new Set(wrong.map((each) => each.name).filter(Boolean))];
  const failed = (code: ErrorCode, contacts: readonly string[] = []): Verdict => ({
    kind: 'failed',
    code,
    reason: reasonOf(status, category, body, wrong, context),
    properties,
    contacts,
  });
  const rowCode = rowCategories[category];
  if (rowCode) return failed(rowCode);
  if (isContactGone(said, wrong, context)) return failed('contact-gone', contactsNamed(said, context));
  return failed(propertyCode(wrong, said, context.keyField));
}

/** A refusal of a call that writes nothing, thrown to whoever asked; a lost read is an outage. */
export function crmError(answer: Answer, context: JudgeContext): CrmError {
  if (answer.kind === 'held') return answer.error;
  if (answer.kind !== 'answer') return new CrmError('unavailable', answer.reason);
  const verdict = judge(answer.status, answer.body, context, answer.header);
  if (verdict.kind === 'conflict') return new CrmError('refused', `HTTP ${answer.status}`);
  return new CrmError(
    verdict.code === 'answer-lost' ? 'unavailable' : verdict.code,
    verdict.reason,
    verdict.retryAfterMs === undefined ? {} : { retryAfterMs: verdict.retryAfterMs },
  );
}

type Header = (name: string) => string | undefined;
const none: Header = () => undefined;

/** Codes that the HTTP status alone decides; undefined for 400, 409 and 413, where the body says more. */
function judgeStatus(status: number, body: Json, context: JudgeContext, header: Header): Verdict | undefined {
  const category = text(body['category']).toUpperCase();
  const asked = retryAfter(header('retry-after'));
  const failed = (code: ErrorCode, pauseMs?: number): Verdict => {
    const retryAfterMs = asked ?? pauseMs;
    const reason = reasonOf(status, category, body, [], context);
    return {
      kind: 'failed',
      code,
      reason,
      properties: [],
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  };
  switch (status) {
    case 401:
      return failed('auth-failed');
    case 403:
      return failed('permission-missing');
    case 423: // a lock lasts two seconds
      return failed('unavailable', 3_000);
    case 429:
      return rateVerdict(body, failed, header);
    case 477: // the account moves to another data centre; Retry-After says how long
      return failed('unavailable', 60_000);
    case 400:
    case 409:
    case 413:
      return undefined;
    case 404: // a contact that is gone is named; else the address or the version is wrong
      return contactsNamed(JSON.stringify(body), context).length > 0 ? undefined : failed('unavailable');
    default:
      return failed(status >= 500 ? 'answer-lost' : 'unavailable');
  }
}

function rateVerdict(
  body: Json,
  failed: (code: ErrorCode, pauseMs: number) => Verdict,
  header: Header,
): Verdict {
  const said = `${text(body['policyName'])} ${text(body['message'])}`;
  if (/daily/i.test(said)) return failed('quota-used-up', 15 * 60_000);
  if (/(^|[^_n])secondly/i.test(said) && !/ten_?secondly/i.test(said)) return failed('rate-limited', 1_000);
  return failed('rate-limited', Number(header('x-hubspot-ratelimit-interval-milliseconds')) || 10_000);
}

/** Seconds, as documented for 477. */
function retryAfter(value: string | undefined): number | undefined {
  const seconds = Number(value);
  return value !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}

const rowCategories: Readonly<Record<string, ErrorCode>> = {
  OBJECT_NOT_FOUND: 'contact-gone',
  NOT_FOUND: 'contact-gone',
  FORBIDDEN: 'record-permission',
  MISSING_SCOPES: 'permission-missing',
  INVALID_AUTHENTICATION: 'auth-failed',
  EXPIRED_AUTHENTICATION: 'auth-failed',
  RATE_LIMITS: 'rate-limited',
  LOCKED: 'row-locked',
  INTERNAL_ERROR: 'automation-failed',
};

/**
 * Both shapes seen in the field: category CONFLICT, and a value that conflicts inside a VALIDATION_ERROR. A conflict of
 * another unique property is not ours to adopt.
 */
function isConflict(
  category: string,
  status: number | undefined,
  said: string,
  wrong: readonly PropertyError[],
  keyField: string,
): boolean {
  const own = wrong.filter((each) => each.error.includes('CONFLICT'));
  if (own.length > 0)
    return wrong.every((each) => each.error.includes('CONFLICT') && [keyField, ''].includes(each.name));
  return category === 'CONFLICT' || status === 409 || said.includes('CONFLICTING_UNIQUE_VALUE');
}

/** Ids of contacts that stand in the text as words of their own. */
function contactsNamed(said: string, { contactIds }: JudgeContext): readonly string[] {
  const words = new Set(said.split(/[^\w-]+/));
  return [...new Set(contactIds)].filter((id) => words.has(id));
}

function isContactGone(said: string, wrong: readonly PropertyError[], context: JudgeContext): boolean {
  if (/association.?type/i.test(said) || wrong.length > 0) return false;
  if (/INVALID_OBJECT_ID|OBJECT_NOT_FOUND/i.test(said)) return true;
  const named = contactsNamed(said, context).length > 0;
  return (
    (named || /associat/i.test(said)) &&
    /not valid|invalid|not (be )?found|does(n't| not) exist|deleted|archived/i.test(said)
  );
}

function propertyCode(wrong: readonly PropertyError[], said: string, keyField: string): ErrorCode {
  const unusable = wrong.filter(({ error }) =>
    /DOES_?NT?_?(NOT_)?EXIST|READ_?ONLY|UNKNOWN_PROPERTY/.test(error),
  );
  if (unusable.some((each) => each.name === keyField)) return 'key-field-missing';
  if (unusable.length > 0) return 'field-unknown';
  if (wrong.length === 0 && /non-?unique/i.test(said)) return 'key-field-missing';
  if (wrong.length === 0 && /PROPERTY_DOESNT_EXIST|propert\w+ .*does(n't| not) exist/i.test(said)) {
    return said.includes(keyField) ? 'key-field-missing' : 'field-unknown';
  }
  if (/TOO_LONG|LIMIT_EXCEEDED|too long|exceeds? .*(length|limit|characters)/i.test(said)) return 'too-long';
  if (
    wrong.length > 0 ||
    /required propert|was not a? ?valid|INVALID_(OPTION|DATE|LONG|INTEGER|DOUBLE|NUMBER|VALUE)/i.test(said)
  ) {
    return 'field-invalid';
  }
  return said.includes('VALIDATION_ERROR') && /rule|conditional|require/i.test(said)
    ? 'validation-rule'
    : 'refused';
}

/** From `errors[]`, and from the JSON list that HubSpot puts inside the message. */
function propertyErrors(body: Json): PropertyError[] {
  const found: PropertyError[] = [];
  for (const each of list(body['errors'])) {
    const context = each['context'] as Json | undefined;
    const names = context?.['propertyName'];
    const code = text(each['code']);
    if (code === '' || !(Array.isArray(names) || /PROPERTY|VALUE|OPTION|DATE/.test(code))) continue;
    found.push({ error: code, name: Array.isArray(names) ? text(names[0]) : '' });
  }
  const inner = /Property values were not valid:\s*(\[.*\])/s.exec(text(body['message']))?.[1];
  for (const each of list(parse(inner))) found.push({ error: text(each['error']), name: text(each['name']) });
  const key = (each: PropertyError): string => `${each.error} ${each.name}`;
  return [...new Map(found.filter((each) => each.error !== '').map((each) => [key(each), each])).values()];
}

/** Codes and property names where HubSpot gives them: its sentences quote the values. */
function reasonOf(
  status: number | undefined,
  category: string,
  body: Json,
  wrong: readonly PropertyError[],
  { secrets }: JudgeContext,
): string {
  const head = [status === undefined ? '' : `HTTP ${status}`, category].filter(Boolean).join(' ');
  const scopes = list(body['errors']).flatMap((each) => {
    const required = (each['context'] as Json | undefined)?.['requiredGranularScopes'];
    return Array.isArray(required) ? required.map(text) : [];
  });
  const named = [...wrong.map((each) => `${each.error}${each.name && ` (${each.name})`}`), ...scopes].join(
    ', ',
  );
  const details = list(body['errors']).map((each) => text(each['message']));
  const said = named || [text(body['message']), ...details].filter(Boolean).join('; ');
  return scrub([head, said].filter(Boolean).join(': '), secrets);
}

function parse(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The objects of a list; nothing for anything else. */
export function list(value: unknown): Json[] {
  return Array.isArray(value)
    ? value.filter((each): each is Json => typeof each === 'object' && each !== null && !Array.isArray(each))
    : [];
}

/** A string or number as text, '' for anything else. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
