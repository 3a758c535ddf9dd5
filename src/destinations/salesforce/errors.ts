import { CrmError, type ErrorCode } from '../../core/errors.ts';
import { codeOfNotSent, wordsOfNotSent } from '../network.ts';
import { CallError, type Refusal } from './call-error.ts';
import { rowFor, type PlacedRefusal } from './error-table.ts';
import { scrub } from './scrub.ts';

/** Where a refusal stands, and what it is about. */
export interface Subject {
  readonly place: PlacedRefusal['place'];
  readonly keyField: string;
  readonly status?: number | undefined;
  readonly ofFile?: boolean;
  /** default: those of tasks */
  readonly linkFields?: readonly string[];
}

/** Links of a task: to the person, to the opportunity (Object Reference, Task). */
export const taskLinks: readonly string[] = ['WhoId', 'WhatId'];

/** The one place where Salesforce's codes become ours, by the error table. */
export function verdictOf(
  { code, message, fields }: Refusal,
  { place, keyField, status, ofFile = false, linkFields = taskLinks }: Subject,
): ErrorCode | 'adopted' {
  return rowFor({ code, message, fields, place, keyField, status, ofFile, linkFields }).code;
}

/** The same where there is nothing to be adopted: what the refusal names is then not known for sure. */
export function codeOf(refusal: Refusal, subject: Subject): ErrorCode {
  const code = verdictOf(refusal, subject);
  return code === 'adopted' ? 'not-named' : code;
}

/** Codes whose message quotes the refused value; of these only code and fields are told. */
const quoting = new Set([
  'STRING_TOO_LONG',
  'JSON_PARSER_ERROR',
  'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  'INVALID_TYPE_ON_FIELD_IN_RECORD',
]);

/** What people read of a refusal: Salesforce's code and words, without values, texts and numbers. */
export function reasonOf({ code, message, fields }: Refusal, values: readonly string[] = []): string {
  const named = fields.length > 0 ? ` (${fields.join(', ')})` : '';
  const words = quoting.has(code) ? '' : message;
  return scrub(`${[code, words].filter((part) => part !== '').join(': ')}${named}`, values);
}

/** @param word Node's for what kept it from leaving */
export function notSent(word: string): CrmError {
  return new CrmError(codeOfNotSent(word), scrub(wordsOfNotSent(word)));
}

/**
 * What a failed call is for whoever asked: of a read, anything without an answer is an outage; of a write it is unknown.
 *
 * @param effect `write`: the call may have changed something
 * @param about what the call was about, where that matters for its meaning
 */
export function crmErrorOf(
  error: unknown,
  effect: 'read' | 'write',
  keyField: string,
  about: Pick<Subject, 'ofFile' | 'linkFields'> = {},
): CrmError {
  if (error instanceof CrmError) return error;
  const meant = (code: ErrorCode) => (code === 'answer-lost' && effect === 'read' ? 'unavailable' : code);
  if (!(error instanceof CallError)) {
    return new CrmError(meant('answer-lost'), error instanceof Error ? error.name : 'error');
  }
  const { kind, code, message, fields, status } = error;
  if (kind === 'not-sent') return notSent(message);
  const refusal = { code, message, fields };
  const words = reasonOf(refusal);
  const told = status === undefined || words.startsWith('HTTP') || kind === 'refused';
  const reason = told ? words : `HTTP ${status}: ${words}`;
  // A good status with an answer that cannot be read, or no answer at all.
  if (kind === 'lost' && (status === undefined || status < 500)) {
    return new CrmError(meant('answer-lost'), reason);
  }
  const place = kind === 'lost' ? 'outage' : 'call';
  return new CrmError(meant(codeOf(refusal, { place, keyField, status, ...about })), reason);
}
