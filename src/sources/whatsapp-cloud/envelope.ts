import { deepest, isTooDeep } from '../../core/depth.ts';
import { withoutCrowd } from './crowd.ts';
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

/**
 * The changes of a body: Meta's `entry[] x changes[]` (Meta docs, webhooks overview), 360dialog's partner wrapping
 * `{id, event, data}`, and the bare history value of Meta's "declined" sample. Never throws.
 */
export function readEnvelope(body: Buffer): Change[] {
  const text = body.toString('utf8');
  const parsed = parse(text);
  const isDeep = isTooDeep(parsed);
  const root = asObject(isDeep ? cutAt(parsed, deepest) : parsed);
  if (!root) return [{ kind: 'unrecognised', raw: isDeep ? { text } : (parsed ?? { text }) }];
  // What was cut off is not lost: the whole body stands beside the rest, as it came.
  return isDeep ? [...changesIn(root), { kind: 'unrecognised', raw: { text } }] : changesIn(root);
}

function changesIn(root: Json): Change[] {
  const envelope = envelopeSchema.parse(root);
  if (envelope.entry.length > 0) return withoutCrowd(envelope.entry, hasChanges).flatMap(changesOf);
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
  return withoutCrowd(changes, hasField).map((change): Change => {
    const { field, value } = changeSchema.parse(asObject(change) ?? {});
    if (field === undefined || value === undefined) return { kind: 'unrecognised', raw: change };
    return { kind: 'change', field, value, entry };
  });
}

function hasChanges(entry: unknown): boolean {
  return asArray(asObject(entry)?.['changes']).length > 0;
}

function hasField(change: unknown): boolean {
  return asObject(change)?.['field'] !== undefined;
}

/** Undefined: not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The same value with a word in the place of each list and object that is nested deeper. */
function cutAt(value: unknown, levels: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '[nested too deeply]';
  if (Array.isArray(value)) return value.map((inner) => cutAt(inner, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cutAt(inner, levels - 1)]));
}
