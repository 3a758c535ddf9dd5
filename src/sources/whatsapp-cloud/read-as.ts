import type { EventDraft } from '../source.ts';
import { asObject, word, type Json } from './payload.ts';
import { split } from './split.ts';

/** Reads the payload of an event that named no number of the firm as one of this number; see the port. */
export function readAs(
  payload: unknown,
  businessNumber: string,
  receivedAt: Date,
  kind: string,
): EventDraft[] {
  return split(bodyOf(asObject(payload) ?? { item: payload }), receivedAt, kind, businessNumber);
}

/** The webhook that an event's fragment was cut from, as far as the fragment has it. */
function bodyOf({
  item,
  field: topic,
  entry,
  list,
  metadata,
  contacts,
  errors,
  thread,
  chunk,
}: Json): Buffer {
  const field = word(topic);
  if (field === undefined) return Buffer.from(textOf(item));
  const name = word(list);
  const inside =
    name === undefined
      ? asObject(item)
      : name === 'history'
        ? { history: [{ metadata: chunk, threads: [{ ...asObject(thread), messages: [item] }] }] }
        : { [name]: [item] };
  const changes = [{ field, value: { metadata, contacts, errors, ...inside } }];
  return Buffer.from(JSON.stringify({ entry: [{ ...asObject(entry), changes }] }));
}

/** What was no JSON was kept as `{text}`. */
function textOf(item: unknown): string {
  const { text, ...rest } = asObject(item) ?? {};
  const wasText = typeof text === 'string' && Object.keys(rest).length === 0;
  return wasText ? text : JSON.stringify(item ?? null);
}
