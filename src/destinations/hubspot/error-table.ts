import type { ErrorCode } from '../../core/errors.ts';
import { isConflictOfKey, isContactGone, isPlainConflict, isRule, unusable } from './error-signs.ts';
import type { Refusal } from './refusal.ts';

/** One thing that HubSpot says, and what it means to us. The first row that fits a refusal decides. */
export interface ErrorRow {
  /** names it in tests and docs */
  readonly id: string;
  /** HTTP statuses; `row`: an error of one row in a 207; `other`: any other status */
  readonly at: readonly (number | 'row' | '5xx' | 'other')[];
  /** HubSpot's words by which it is known */
  readonly sign: string;
  /** undefined: the status alone decides */
  readonly when?: (refusal: Refusal) => boolean;
  /** `conflict`: a record with this key exists and is adopted */
  readonly code: ErrorCode | 'conflict';
  /** for people */
  readonly meaning: string;
  /** milliseconds to wait where the answer does not say; `window`: of the short limit */
  readonly pauseMs?: number | 'window';
}

/** Refusals whose body says what they are about. */
const told = [400, 409, 413, 'row'] as const;

/**
 * The error table of HubSpot (HubSpot docs, error handling; usage guidelines; batch create; properties). What the docs do
 * not settle is from public integrations: a refused unique value comes as CONFLICT or as CONFLICTING_UNIQUE_VALUE.
 */
export const errorRows: readonly ErrorRow[] = [
  {
    id: 'token-refused',
    at: [401],
    sign: 'INVALID_AUTHENTICATION, EXPIRED_AUTHENTICATION',
    code: 'auth-failed',
    meaning: 'The token is unknown or has ended. With OAuth a new one was asked for already.',
  },
  {
    id: 'scope-missing',
    at: [403],
    sign: 'MISSING_SCOPES',
    code: 'permission-missing',
    meaning: 'The token lacks the scope that is named.',
  },
  {
    id: 'locked',
    at: [423],
    sign: 'LOCKED',
    code: 'unavailable',
    meaning: 'HubSpot is busy with these records; a lock lasts two seconds.',
    pauseMs: 3_000,
  },
  {
    id: 'daily-limit',
    at: [429],
    sign: 'policyName DAILY',
    when: ({ policy }) => /daily/i.test(policy),
    code: 'quota-used-up',
    meaning:
      "The account's calls of the day are used up; they begin anew at midnight of the account's time zone.",
    pauseMs: 15 * 60_000,
  },
  {
    id: 'second-limit',
    at: [429],
    sign: 'policyName SECONDLY',
    when: ({ policy }) => /(^|[^_n])secondly/i.test(policy) && !/ten_?secondly/i.test(policy),
    code: 'rate-limited',
    meaning: 'Too many searches in one second, of all apps of the account together.',
    pauseMs: 1_000,
  },
  {
    id: 'ten-second-limit',
    at: [429],
    sign: 'policyName TEN_SECONDLY_ROLLING',
    code: 'rate-limited',
    meaning: 'Too many calls in ten seconds.',
    pauseMs: 'window',
  },
  {
    id: 'migration',
    at: [477],
    sign: 'Retry-After',
    code: 'unavailable',
    meaning: 'The account moves to another data centre; the answer says how long.',
    pauseMs: 60_000,
  },
  {
    id: 'outage',
    at: [408, '5xx'],
    sign: '500, 502, 503, 504, 521, 523, 524',
    code: 'answer-lost',
    meaning: 'HubSpot or a gateway before it gave up. Whether records were written is asked for by key.',
  },
  {
    id: 'record-not-found',
    at: [404],
    sign: 'OBJECT_NOT_FOUND, or the contact is named',
    when: ({ category, contacts }) => category === 'OBJECT_NOT_FOUND' || contacts.length > 0,
    code: 'contact-gone',
    meaning: 'The contact was deleted, or merged into another one: it is matched again.',
  },
  {
    id: 'no-such-address',
    at: [301, 302, 303, 307, 308, 404, 405],
    sign: 'no JSON of the API, a redirect',
    code: 'address-wrong',
    meaning: 'The address or the API version in the settings is wrong.',
  },
  {
    id: 'unexpected-status',
    at: ['other'],
    sign: 'any other status',
    code: 'unavailable',
    meaning: 'Something between us and HubSpot answered; nothing was written.',
  },
  {
    id: 'key-conflict-value',
    at: told,
    sign: 'CONFLICTING_UNIQUE_VALUE of the key property',
    when: isConflictOfKey,
    code: 'conflict',
    meaning: 'A record with this key is there, from an earlier try: it is adopted.',
  },
  {
    id: 'key-conflict',
    at: told,
    sign: 'CONFLICT',
    when: isPlainConflict,
    code: 'conflict',
    meaning: 'A record with this key is there, from an earlier try: it is adopted.',
  },
  {
    id: 'row-not-found',
    at: told,
    sign: 'category OBJECT_NOT_FOUND, NOT_FOUND',
    when: ({ category }) => /^(OBJECT_)?NOT_FOUND$/.test(category),
    code: 'contact-gone',
    meaning: 'The contact was deleted, or merged into another one: it is matched again.',
  },
  {
    id: 'row-forbidden',
    at: told,
    sign: 'category FORBIDDEN',
    when: ({ category }) => category === 'FORBIDDEN',
    code: 'record-permission',
    meaning: 'The user behind the token may not see or change this record.',
  },
  {
    id: 'row-scope-missing',
    at: told,
    sign: 'category MISSING_SCOPES',
    when: ({ category }) => category === 'MISSING_SCOPES',
    code: 'permission-missing',
    meaning: 'The token lacks a scope for this record.',
  },
  {
    id: 'row-token-refused',
    at: told,
    sign: 'category INVALID_AUTHENTICATION, EXPIRED_AUTHENTICATION',
    when: ({ category }) => /^(INVALID|EXPIRED)_AUTHENTICATION$/.test(category),
    code: 'auth-failed',
    meaning: 'The token is unknown or has ended.',
  },
  {
    id: 'row-rate-limited',
    at: told,
    sign: 'category RATE_LIMITS',
    when: ({ category }) => category === 'RATE_LIMITS',
    code: 'rate-limited',
    meaning: 'HubSpot had no time for this record.',
  },
  {
    id: 'row-locked',
    at: told,
    sign: 'category LOCKED',
    when: ({ category }) => category === 'LOCKED',
    code: 'row-locked',
    meaning: 'Another change held the record.',
  },
  {
    id: 'row-internal',
    at: told,
    sign: 'category INTERNAL_ERROR',
    when: ({ category }) => category === 'INTERNAL_ERROR',
    code: 'automation-failed',
    meaning: 'HubSpot failed on this record, or a workflow did.',
  },
  {
    id: 'contact-not-valid',
    at: told,
    sign: 'INVALID_OBJECT_IDS, "associations are not valid"',
    when: isContactGone,
    code: 'contact-gone',
    meaning: 'The contact was deleted, or merged into another one: it is matched again.',
  },
  {
    id: 'key-property-unknown',
    at: told,
    sign: 'PROPERTY_DOESNT_EXIST, READ_ONLY_VALUE of the key property',
    when: (refusal) => unusable(refusal, (name) => name === refusal.keyField),
    code: 'key-field-missing',
    meaning: 'The key property is not there or cannot be written.',
  },
  {
    id: 'key-not-unique',
    at: told,
    sign: '"non-unique property"',
    when: ({ properties, said }) => properties.length === 0 && /non-?unique/i.test(said),
    code: 'key-field-missing',
    meaning: 'The key property is there without unique values.',
  },
  {
    id: 'property-unknown',
    at: told,
    sign: 'PROPERTY_DOESNT_EXIST, READ_ONLY_VALUE',
    when: (refusal) => unusable(refusal, (name) => name !== refusal.keyField),
    code: 'field-unknown',
    meaning: 'The mapping names a property that is not there or cannot be written.',
  },
  {
    id: 'rule-of-the-account',
    at: told,
    sign: 'REQUIRED, RULE, CONDITIONAL of a property; "rule", "conditional" (from 2026-09 on)',
    when: isRule,
    code: 'validation-rule',
    meaning: 'A rule that an admin made in HubSpot refused the record: HubSpot’s words tell which.',
  },
  {
    id: 'value-too-long',
    at: told,
    sign: 'TOO_LONG, LIMIT_EXCEEDED',
    when: ({ said }) => /TOO_LONG|LIMIT_EXCEEDED|too long|exceeds? .*(length|limit|characters)/i.test(said),
    code: 'too-long',
    meaning: 'A value is longer than 65,536 characters.',
  },
  {
    id: 'value-refused',
    at: told,
    sign: 'INVALID_OPTION, INVALID_DATE, INVALID_INTEGER, … of a property; required properties',
    when: ({ properties, said }) =>
      properties.length > 0 ||
      /required propert|was not a? ?valid|INVALID_(OPTION|DATE|LONG|INTEGER|DOUBLE|NUMBER|VALUE)/i.test(said),
    code: 'field-invalid',
    meaning: 'A value does not fit its property, or one that HubSpot always wants is missing.',
  },
  {
    id: 'rule-in-words',
    at: told,
    sign: 'VALIDATION_ERROR with "require"',
    when: ({ said }) => said.includes('VALIDATION_ERROR') && /require/i.test(said),
    code: 'validation-rule',
    meaning: 'A rule that an admin made in HubSpot refused the record: HubSpot’s words tell which.',
  },
  {
    id: 'not-known',
    at: told,
    sign: 'anything else',
    code: 'refused',
    meaning: 'HubSpot refused the record for a reason that this version does not know.',
  },
];

/** The row that decides: there is one for every refusal. */
export function rowFor(refusal: Refusal): ErrorRow {
  const { status } = refusal;
  const place = status === undefined ? 'row' : status >= 500 ? '5xx' : status;
  const named = new Set(errorRows.flatMap((row) => row.at));
  const where = named.has(place) ? place : 'other';
  const row = errorRows.find((each) => each.at.includes(where) && (each.when?.(refusal) ?? true));
  if (row === undefined) throw new Error('the error table has a gap');
  return row;
}
