import { createHmac } from 'node:crypto';
import { boxKey, closeBox, openBox, type BoxKey } from '../core/secret-box.ts';
import type { AppendEvent, QuarantinedItem } from '../ledger/ledger.ts';
import type { EventDraft } from '../sources/source.ts';
import type { GateRules } from './gate.ts';

/** What stands in quarantine, once it is opened. */
export interface Opened {
  readonly kind: EventDraft['kind'];
  /** ISO 8601 */
  readonly occurredAt: string;
  /** verbatim */
  readonly payload: unknown;
}

type Secret = Pick<GateRules, 'source' | 'hashSecret'>;

/** Where there is no number of the firm to keep it under: the event's outline, with what it said in an encrypted box. */
export function outlineEvent(
  draft: EventDraft,
  rules: Secret,
): Omit<AppendEvent, 'source' | 'sourceKind' | 'businessNumber'> {
  const { kind, occurredAt, payload } = draft;
  // Hashes of what it said could be tried with texts and numbers: they need the secret.
  const dedupeKey = keyed('event', draft.dedupeKey, rules);
  const said: Opened = { kind, occurredAt, payload };
  const key = keyOf(rules);
  return {
    dedupeKey,
    kind,
    occurredAt,
    payload: {
      withheld: 'names no configured business number',
      hash: keyed('payload', JSON.stringify(payload) ?? '', rules),
      shape: shapeOf(payload, 0),
    },
    quarantined: { ciphertext: closeBox(key, JSON.stringify(said), dedupeKey), keyName: key.name },
  };
}

/** What it says; undefined: nothing is there any more, or the source's secret is another one by now. */
export function openQuarantined(item: QuarantinedItem, rules: Secret): Opened | undefined {
  if (item.ciphertext === undefined) return undefined;
  const text = openBox(keyOf(rules), item.ciphertext, item.dedupeKey);
  return text === undefined ? undefined : (JSON.parse(text) as Opened);
}

function keyOf({ source, hashSecret }: Secret): BoxKey {
  return boxKey(hashSecret, `wcs quarantine ${source}`);
}

function keyed(what: string, text: string, { hashSecret }: Secret): string {
  return createHmac('sha256', hashSecret).update(`quarantined ${what} ${text}`).digest('hex');
}

/** Names and types of a payload without its values. */
function shapeOf(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.length === 0 || depth > 8 ? [] : [shapeOf(value[0], depth + 1)];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  if (depth > 8) return 'object';
  // A name that looks like data (a number, an id) is not told either.
  const names = Object.entries(value).filter(([name]) => /^[a-z_]{1,40}$/i.test(name));
  return Object.fromEntries(names.slice(0, 50).map(([name, item]) => [name, shapeOf(item, depth + 1)]));
}
