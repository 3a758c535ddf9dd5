import {
  asArray,
  asObject,
  changeSchema,
  entrySchema,
  envelopeSchema,
  type Fragment,
  type Json,
} from './payload.ts';

/** One change of a webhook, or something in its place that has not the shape of one. */
export type Change =
  | {
      readonly kind: 'change';
      readonly field: string;
      readonly value: Json;
      readonly entry?: NonNullable<Fragment['entry']>;
    }
  | { readonly kind: 'unrecognised'; readonly raw: unknown };

/** Deeper than any real payload by far, and shallow enough for every JSON writer and database. */
const deepest = 100;

/**
 * The changes of a body: Meta's `entry[] x changes[]` (Meta docs, webhooks overview), 360dialog's partner wrapping
 * `{id, event, data}`, and the bare history value of Meta's "declined" sample. Never throws.
 */
export function readEnvelope(body: Buffer): Change[] {
  const text = body.toString('utf8');
  const parsed = parse(text);
  const root = asObject(parsed);
  if (!root) return [{ kind: 'unrecognised', raw: parsed ?? { text } }];
  const envelope = envelopeSchema.parse(root);
  if (envelope.entry.length > 0) return envelope.entry.flatMap(changesOf);
  if (envelope.event !== undefined && envelope.data) {
    return [{ kind: 'change', field: envelope.event, value: envelope.data }];
  }
  if (Array.isArray(envelope.history) && asObject(root['metadata'])) {
    return [{ kind: 'change', field: 'history', value: root }];
  }
  return [{ kind: 'unrecognised', raw: root }];
}

function changesOf(raw: unknown): Change[] {
  const object = asObject(raw);
  if (!object) return [{ kind: 'unrecognised', raw }];
  const { id, time, changes } = entrySchema.parse(object);
  if (changes.length === 0) return [{ kind: 'unrecognised', raw }];
  const entry = { ...(id !== undefined && { id }), ...(time !== undefined && { time }) };
  return changes.map((change): Change => {
    const { field, value } = changeSchema.parse(asObject(change) ?? {});
    if (field === undefined || value === undefined) return { kind: 'unrecognised', raw: change };
    return { kind: 'change', field, value, entry };
  });
}

/** Undefined: not JSON, or too deeply nested to be written again. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isTooDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Is it nested too deeply to be written again by every JSON writer and database? */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth >= deepest) return true;
  const inner = Array.isArray(value) ? asArray(value) : Object.values(value);
  return inner.some((each) => isTooDeep(each, depth + 1));
}
