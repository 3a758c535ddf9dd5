/**
 * The one table of things that go wrong on the way to a CRM: what it is called, what it means in an admin's words, and
 * its fate. docs/errors.md has a heading for each code.
 *
 * - `retry`: this record again later, with a growing pause; after {@link maxAttempts} it is a dead letter
 * - `wait`: the destination as a whole pauses; no attempt is burnt
 * - `rematch`: the contact is gone; look for it again
 * - `park`: a person must decide
 * - `dead-letter`: will never work as it is; replayable by hand
 * - `stop`: the destination stops until the cause is mended (it is tried again every few minutes); nothing is lost
 * - `read-back`: nobody knows whether it was written; ask the CRM by key before anything else
 */
export type Fate = 'retry' | 'wait' | 'rematch' | 'park' | 'dead-letter' | 'stop' | 'read-back';

interface ErrorEntry {
  readonly text: string;
  readonly fate: Fate;
}

export const errorTable = {
  'auth-failed': {
    text: 'The CRM refused the credentials. Renew the token or the client secret.',
    fate: 'stop',
  },
  'address-wrong': {
    text: 'The CRM does not know the address that was asked. Check its URL and the API version in the settings.',
    fate: 'stop',
  },
  'certificate-wrong': {
    text: 'The certificate at the address of the CRM is not to be trusted: nothing was sent.',
    fate: 'stop',
  },
  'permission-missing': {
    text: 'The credentials lack a permission or scope.',
    fate: 'stop',
  },
  'record-permission': {
    text: 'The CRM user may not see or change this record.',
    fate: 'park',
  },
  'key-field-missing': {
    text: 'The key field does not exist or is not visible. Run `wcs setup`.',
    fate: 'stop',
  },
  'field-unknown': {
    text: 'The mapping names a field that the CRM does not have or does not let us write.',
    fate: 'stop',
  },
  'mapping-incomplete': {
    text: 'The mapping in use has no part "conversation", and a route makes records of days or conversations.',
    fate: 'stop',
  },
  'field-invalid': {
    text: 'The CRM refused the value of a field.',
    fate: 'dead-letter',
  },
  'validation-rule': {
    text: 'A validation rule or automation of the CRM refused the record.',
    fate: 'dead-letter',
  },
  'too-long': {
    text: 'A value is longer than its field.',
    fate: 'dead-letter',
  },
  'parked-too-long': {
    text: 'Nobody could say whose this is for as long as the policy parkedDays allows.',
    fate: 'dead-letter',
  },
  'dry-run': {
    text: 'The route is a dry run: everything was made ready, and nothing was sent.',
    fate: 'park',
  },
  'mapping-failed': {
    text: 'The mapping could not make a record from this activity.',
    fate: 'dead-letter',
  },
  'contact-gone': {
    text: 'The contact was deleted, merged or converted.',
    fate: 'rematch',
  },
  'row-locked': {
    text: 'The record was locked by another change.',
    fate: 'retry',
  },
  'key-taken': {
    text: 'The CRM says that a record with this key exists, but does not show it.',
    fate: 'retry',
  },
  'automation-failed': {
    text: 'A trigger or flow of the CRM failed on this record.',
    fate: 'retry',
  },
  'rate-limited': { text: 'The CRM asks to slow down.', fate: 'wait' },
  'quota-used-up': {
    text: 'The daily quota of API calls is used up.',
    fate: 'wait',
  },
  'share-used-up': {
    text: 'Our share of the daily quota of API calls is used up; the rest is kept for others.',
    fate: 'wait',
  },
  unavailable: {
    text: 'The CRM did not answer or said it is down; the call did not reach it.',
    fate: 'wait',
  },
  'answer-lost': {
    text: 'The call was sent and no usable answer came back.',
    fate: 'read-back',
  },
  'not-named': {
    text: 'The answer does not name this record.',
    fate: 'read-back',
  },
  'storage-full': {
    text: 'The storage of the CRM is full. Free some, or buy more.',
    fate: 'stop',
  },
  'file-refused': {
    text: 'The CRM does not take this file: it is too large, or of a type that is not allowed there.',
    fate: 'dead-letter',
  },
  'file-unreadable': {
    text: 'The kept file could not be read.',
    fate: 'retry',
  },
  'record-gone': {
    text: 'The record was deleted in the CRM.',
    fate: 'dead-letter',
  },
  refused: {
    text: 'The CRM refused the record for a reason this version does not know.',
    fate: 'dead-letter',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** True when the CRM could not even be asked, or did not know us: whatever else is asked of it now says nothing. */
export function isNoWayIn(code: string | undefined): boolean {
  return code === 'auth-failed' || code === 'unavailable' || code === 'certificate-wrong';
}

/** Attempts of one record before it becomes a dead letter. Waiting burns none. */
export const maxAttempts = 8;

export function fateOf(code: ErrorCode): Fate {
  return errorTable[code].fate;
}

/** Milliseconds before attempt `n` (1 = the first retry): 2 s, 4 s, … at most 10 min. */
export function retryDelay(attempt: number): number {
  return Math.min(2_000 * 2 ** (attempt - 1), 600_000);
}

/** An error a person can act on: a code from the table, and the outside party's own words without secrets or texts. */
export class CrmError extends Error {
  readonly code: ErrorCode;
  /** how long the other side asked us to wait */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, detail: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(
      `${errorTable[code].text} ${detail}`.trim(),
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.name = 'CrmError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
