import type { ContactRef } from '../core/activity.ts';
import { hashKey } from '../core/key.ts';
import type { DigestClosed, DigestJoin } from './ledger.ts';

/** A digest as far as its place among the others goes; times in milliseconds. */
export interface Slotted {
  readonly key: string;
  readonly slot: string;
  readonly contact: ContactRef;
  readonly part: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly closed?: DigestClosed;
}

export interface Places {
  /** digest of each activity */
  readonly places: ReadonlyMap<string, string>;
  /** digests that are new or reach further now */
  readonly digests: readonly Slotted[];
  /** digests that something has left */
  readonly left: readonly string[];
}

/**
 * Finds each activity its digest, oldest first: the one it is in, as long as it is the same contact's; else an open one of
 * its slot that is near enough in time; else a new one.
 *
 * @param current digest of each activity that has one
 */
export function placeAll(
  known: readonly Slotted[],
  joins: readonly DigestJoin[],
  current: ReadonlyMap<string, string | undefined>,
): Places {
  const digests = new Map(known.map((one) => [one.key, one]));
  const places = new Map<string, string>();
  const touched = new Set<string>();
  const left = new Set<string>();
  for (const join of joins.toSorted((a, b) => a.at.localeCompare(b.at) || a.key.localeCompare(b.key))) {
    const at = Date.parse(join.at);
    const before = digests.get(current.get(join.key) ?? '');
    const stays = before !== undefined && isOf(before, join.contact) && before.closed !== 'changed';
    if (before !== undefined && !stays && !isOf(before, join.contact)) left.add(before.key);
    const own = stays ? before : findOpen([...digests.values()], join, at);
    const digest = own ?? makeNext([...digests.values()], join, at);
    const grown = { ...digest, firstAt: Math.min(digest.firstAt, at), lastAt: Math.max(digest.lastAt, at) };
    if (own === undefined || grown.firstAt !== digest.firstAt || grown.lastAt !== digest.lastAt) {
      touched.add(grown.key);
    }
    digests.set(grown.key, grown);
    places.set(join.key, grown.key);
  }
  return { places, digests: [...touched].flatMap((key) => digests.get(key) ?? []), left: [...left] };
}

function isOf({ contact }: Slotted, { type, id }: ContactRef): boolean {
  return contact.type === type && contact.id === id;
}

/** Of several that are near enough the earliest: what comes late joins what was there before it. */
function findOpen(digests: readonly Slotted[], join: DigestJoin, at: number): Slotted | undefined {
  return inReach(digests, join, at)
    .filter(({ closed }) => closed === undefined)
    .toSorted((a, b) => a.firstAt - b.firstAt || a.part - b.part)[0];
}

function inReach(digests: readonly Slotted[], { slot, gapMs }: DigestJoin, at: number): Slotted[] {
  return digests.filter(
    (one) =>
      one.slot === slot && (gapMs === undefined || (at >= one.firstAt - gapMs && at <= one.lastAt + gapMs)),
  );
}

/** A new one; the next part of those that are closed within reach. */
function makeNext(digests: readonly Slotted[], join: DigestJoin, at: number): Slotted {
  const { slot, contact, key } = join;
  const part = Math.max(0, ...inReach(digests, join, at).map((one) => one.part)) + 1;
  return {
    key: hashKey('digest', slot, key, String(part)),
    slot,
    contact: { type: contact.type, id: contact.id },
    part,
    firstAt: at,
    lastAt: at,
  };
}
