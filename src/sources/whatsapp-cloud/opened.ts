import type { StoredEvent } from '../source.ts';
import { asArray, asObject, word, type Contact, type Json } from './payload.ts';
import { readContacts } from './people.ts';

/** A stored fragment, opened for reading. */
export interface Opened {
  readonly event: StoredEvent;
  readonly at: string;
  readonly sourceKind: string;
  readonly field: string;
  readonly list: string;
  readonly item: Json;
  readonly contacts: readonly Contact[];
  readonly errors: readonly unknown[];
  readonly thread: Json | undefined;
  readonly entry: Json | undefined;
  readonly businessNumber: string;
}

/** Undefined when the payload is no fragment of ours, or its item no object. */
export function open(event: StoredEvent): Opened | undefined {
  const payload = asObject(event.payload);
  const item = asObject(payload?.['item']);
  if (!payload || !item) return undefined;
  return {
    event,
    at: event.occurredAt,
    sourceKind: event.sourceKind,
    field: word(payload['field']) ?? '',
    list: word(payload['list']) ?? '',
    item,
    contacts: readContacts(asArray(payload['contacts'])),
    errors: asArray(payload['errors']),
    thread: asObject(payload['thread']),
    entry: asObject(payload['entry']),
    businessNumber: event.businessNumber ?? '',
  };
}
