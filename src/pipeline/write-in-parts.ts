import type { Outcome } from '../core/outcome.ts';
import type { DeliveryItem, Destination } from '../destinations/destination.ts';

/** What came of a batch. */
export interface Written {
  readonly outcomes: readonly Outcome[];
  /** keys that were not sent, since something of the same contact before them did not get through */
  readonly heldBack: ReadonlySet<string>;
}

/**
 * Writes a batch. Records of whose last call nothing came back go after those of other contacts, in parts that are smaller
 * each time: so the one that the CRM stumbles over is found, and its neighbours get through. When nothing comes back of a
 * part and nothing of this batch has got through, the CRM is the cause: the rest is not sent and waits.
 *
 * @param losses how often nothing came back, by key; a key that is not there: never
 */
export async function writeInParts(
  items: readonly DeliveryItem[],
  losses: ReadonlyMap<string, number>,
  write: Destination['deliver'],
): Promise<Written> {
  const outcomes: Outcome[] = [];
  const heldBack = new Set<string>();
  const behind = new Set<string>();
  const parts = partsOf(items, losses);
  for (const [at, whole] of parts.entries()) {
    const part = whole.filter((item) => !behind.has(contactOf(item)));
    for (const item of whole) if (behind.has(contactOf(item))) heldBack.add(item.key);
    if (part.length === 0) continue;
    const answers = await write(part);
    outcomes.push(...answers);
    const held = answers.find(({ kind }) => kind === 'throttled');
    if (held !== undefined || outcomes.every(({ kind }) => kind === 'unknown')) {
      const rest = parts.slice(at + 1).flat();
      outcomes.push(...rest.map(({ key }) => ({ ...(held ?? nothingCameBack), key })));
      break;
    }
    for (const contact of contactsLeft(part, answers)) behind.add(contact);
  }
  return { outcomes, heldBack };
}

const nothingCameBack = {
  kind: 'throttled',
  code: 'unavailable',
  reason: 'Nothing came back of the call before it.',
} as const;

const contactOf = ({ contact }: DeliveryItem): string => `${contact.type}:${contact.id}`;

/** Contacts of whom not everything got through. */
function contactsLeft(part: readonly DeliveryItem[], answers: readonly Outcome[]): string[] {
  const delivered = new Set(answers.filter(({ kind }) => kind === 'delivered').map(({ key }) => key));
  return part.filter(({ key }) => !delivered.has(key)).map(contactOf);
}

function partsOf(items: readonly DeliveryItem[], losses: ReadonlyMap<string, number>): DeliveryItem[][] {
  if (losses.size === 0) return items.length > 0 ? [[...items]] : [];
  // By contact, so that the order of what a contact sees stays.
  const suspected = new Set(items.filter(({ key }) => losses.has(key)).map(contactOf));
  const others = items.filter((item) => !suspected.has(contactOf(item)));
  const suspects = items.filter((item) => suspected.has(contactOf(item)));
  const most = Math.max(1, ...suspects.map(({ key }) => losses.get(key) ?? 0));
  const size = Math.ceil(suspects.length / 4 ** most);
  const parts = others.length > 0 ? [others] : [];
  for (let start = 0; start < suspects.length; start += size) parts.push(suspects.slice(start, start + size));
  return parts;
}
