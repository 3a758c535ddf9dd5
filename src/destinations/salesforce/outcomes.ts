import { fateOf, type CrmError, type ErrorCode } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { readError, type Refusal } from './call-error.ts';
import { codeOf, reasonOf } from './errors.ts';

/** An outcome that is no delivery, of the kind that its code's fate asks for. */
export function failure(key: string, code: ErrorCode, reason: string, retryAfterMs?: number): Outcome {
  switch (fateOf(code)) {
    case 'retry':
    case 'rematch':
      return { kind: 'retryable', key, code, reason };
    case 'park':
    case 'dead-letter':
      return { kind: 'permanent', key, code, reason };
    case 'read-back':
      return { kind: 'unknown', key, code, reason };
    case 'wait':
    case 'stop':
      return {
        kind: 'throttled',
        key,
        code,
        reason,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
  }
}

/** The same outcome for all items of a call that failed as a whole. */
export function failures(items: readonly DeliveryItem[], error: CrmError, reason: string): Outcome[] {
  return items.map(({ key }) => failure(key, error.code, reason, error.retryAfterMs));
}

/**
 * Outcomes of a collections upsert. Rows carry no key: they stand in the order of the records (REST guide, sObject
 * Collections). An answer of another length names nobody for certain, so all of it is unknown.
 */
export function readAnswer(items: readonly DeliveryItem[], answer: unknown, keyField: string): Outcome[] {
  if (!Array.isArray(answer)) return unknown(items, 'the answer is no list');
  if (answer.length !== items.length) {
    return unknown(items, `the answer has ${answer.length} rows for ${items.length} records`);
  }
  return items.map((item, at) => rowOutcome(item, answer[at], keyField));
}

function unknown(items: readonly DeliveryItem[], reason: string): Outcome[] {
  return items.map(({ key }) => failure(key, 'not-named', reason));
}

function rowOutcome(item: DeliveryItem, row: unknown, keyField: string): Outcome {
  const { key } = item;
  const { id, success, errors, created } = (row ?? {}) as Record<string, unknown>;
  if (success === true && typeof id === 'string' && id !== '') {
    const adopted = created === false && item.recordId === undefined;
    return { kind: 'delivered', key, recordId: id, ...(adopted ? { adopted } : {}) };
  }
  const refusal = readError(Array.isArray(errors) ? errors[0] : undefined);
  if (success !== false || refusal.code === '') {
    return failure(key, 'not-named', 'the row of the answer says neither yes nor no');
  }
  const existing = existingRecord(refusal, keyField);
  if (existing !== undefined) return { kind: 'delivered', key, recordId: existing, adopted: true };
  if (isOwnDuplicate(refusal, keyField)) return failure(key, 'not-named', reasonOf(refusal));
  return failure(key, codeOf(refusal, { scope: 'row', keyField }), reasonOf(refusal, textsOf(item)));
}

function isOwnDuplicate({ code, message, fields }: Refusal, keyField: string): boolean {
  return code === 'DUPLICATE_VALUE' && (fields.includes(keyField) || message.includes(keyField));
}

/** Another upsert of the same key was faster: the refusal names its record. */
function existingRecord(refusal: Refusal, keyField: string): string | undefined {
  if (!isOwnDuplicate(refusal, keyField)) return undefined;
  return /record with id:\s*([0-9A-Za-z]{15,18})\b/.exec(refusal.message)?.[1];
}

/** Texts that a refusal of this item must not repeat. */
export function textsOf(item: DeliveryItem): string[] {
  const values = [...Object.values(item.fields), ...Object.values(item.createOnly)];
  return values.filter((value): value is string => typeof value === 'string');
}
