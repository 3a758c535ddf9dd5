import { fateOf, type CrmError, type ErrorCode } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { readError, type Refusal } from './call-error.ts';
import { namedRecord } from './error-rows-record.ts';
import { reasonOf, verdictOf, type Subject } from './errors.ts';

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

/** What the rows of an upsert are about. */
export type RowSubject = Pick<Subject, 'keyField' | 'linkFields'>;

/**
 * Outcomes of a collections upsert. Rows carry no key: they stand in the order of the records (REST guide, sObject
 * Collections). An answer of another length names nobody for certain, so all of it is unknown.
 */
export function readAnswer(items: readonly DeliveryItem[], answer: unknown, subject: RowSubject): Outcome[] {
  if (!Array.isArray(answer)) return unknown(items, 'the answer is no list');
  if (answer.length !== items.length) {
    return unknown(items, `the answer has ${answer.length} rows for ${items.length} records`);
  }
  return items.map((item, at) => rowOutcome(item, answer[at], subject));
}

function unknown(items: readonly DeliveryItem[], reason: string): Outcome[] {
  return items.map(({ key }) => failure(key, 'not-named', reason));
}

function rowOutcome(item: DeliveryItem, row: unknown, subject: RowSubject): Outcome {
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
  const verdict = verdictOf(refusal, { place: 'row', ...subject });
  const existing = verdict === 'adopted' ? namedRecord(refusal) : undefined;
  if (existing !== undefined) return { kind: 'delivered', key, recordId: existing, adopted: true };
  const code = verdict === 'adopted' ? 'not-named' : verdict;
  return failure(key, code, `${reasonOf(refusal, textsOf(item))}${inactiveOwner(refusal, item)}`);
}

/** Salesforce does not say which user it means. */
function inactiveOwner({ code }: Refusal, { fields, createOnly }: DeliveryItem): string {
  const owner = createOnly.OwnerId ?? fields.OwnerId;
  if (code !== 'INACTIVE_OWNER_OR_USER') return '';
  return owner === undefined
    ? '. The user as whom we work, or an owner whom the org assigns, is not active.'
    : `. The user ${String(owner)}, who should own it, is not active in Salesforce.`;
}

/** Texts that a refusal of this item must not repeat. */
export function textsOf(item: DeliveryItem): string[] {
  const values = [...Object.values(item.fields), ...Object.values(item.createOnly)];
  return values.filter((value): value is string => typeof value === 'string');
}
