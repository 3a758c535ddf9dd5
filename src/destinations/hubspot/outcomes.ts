import type { Fields } from '../../core/activity.ts';
import { fateOf, type ErrorCode, type Fate } from '../../core/errors.ts';
import type { Outcome } from '../../core/outcome.ts';
import type { DeliveryItem } from '../destination.ts';
import { judge, type JudgeContext, type Verdict } from './errors.ts';
import { list, text, type Json } from './json.ts';

const kindOfFate: Readonly<Record<Fate, Exclude<Outcome['kind'], 'delivered'>>> = {
  retry: 'retryable',
  wait: 'throttled',
  stop: 'throttled',
  rematch: 'permanent',
  park: 'permanent',
  'dead-letter': 'permanent',
  'read-back': 'unknown',
};

/** The outcome that an error code stands for: what stops or pauses the destination burns no attempt. */
export function outcomeOf(key: string, code: ErrorCode, reason: string, retryAfterMs?: number): Outcome {
  const kind = kindOfFate[fateOf(code)];
  if (kind !== 'throttled') return { kind, key, code, reason };
  return { kind, key, code, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** What a 2xx answer says of each record it names: the id it has, or why it was refused. */
export interface Rows {
  readonly written: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, Verdict & { readonly gone?: boolean }>;
}

/**
 * Joins an answer to the records that were sent. Successes are named by the key property or, where it is echoed, the trace
 * id; never by position. Errors are named by `context.objectWriteTraceId`, which is our key (HubSpot docs, batch create).
 *
 * @param keyOfId the key of a record by its id, for updates
 */
export function readRows(
  body: Json,
  items: ReadonlyMap<string, DeliveryItem>,
  context: (item: DeliveryItem) => JudgeContext,
  keyOfId: (id: string) => string | undefined,
): Rows {
  const written = new Map<string, string>();
  const refused = new Map<string, Verdict & { gone?: boolean }>();
  for (const result of list(body['results'])) {
    const id = text(result['id']);
    const key = keyOfResult(result, keyOfId, [...items.values()][0], context);
    if (id !== '' && key !== undefined && items.has(key)) written.set(key, id);
  }
  for (const error of list(body['errors'])) {
    for (const key of keysOfError(error, keyOfId)) {
      const item = items.get(key);
      if (!item) continue;
      const gone = /^(OBJECT_)?NOT_FOUND$/.test(text(error['category']));
      refused.set(key, { ...judge(undefined, error, context(item)), gone });
      written.delete(key);
    }
  }
  return { written, refused };
}

function keyOfResult(
  result: Json,
  keyOfId: (id: string) => string | undefined,
  any: DeliveryItem | undefined,
  context: (item: DeliveryItem) => JudgeContext,
): string | undefined {
  const properties = result['properties'] as Json | undefined;
  const own = any && text(properties?.[context(any).keyField]);
  return own || text(result['objectWriteTraceId']) || keyOfId(text(result['id']));
}

function keysOfError(error: Json, keyOfId: (id: string) => string | undefined): string[] {
  const context = (error['context'] ?? {}) as Json;
  const named = [context['objectWriteTraceId'], error['objectWriteTraceId']].flat().map(text).filter(Boolean);
  if (named.length > 0) return named;
  return [context['ids'], context['id'], error['id']].flat().flatMap((id) => keyOfId(text(id)) ?? []);
}

/** Fields as HubSpot wants them: strings; null clears a property (HubSpot docs, properties: empty string). */
export function toProperties(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value === null ? '' : String(value)]),
  );
}

/** True when the record has these values already, times and numbers compared by what they mean. */
export function holds(record: Json, properties: Readonly<Record<string, string>>): boolean {
  return Object.entries(properties).every(([name, value]) => {
    const own = text(record[name]);
    return own === value || (value !== '' && own !== '' && meaning(own) === meaning(value));
  });
}

function meaning(value: string): string | number {
  if (/^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  return /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : value;
}
