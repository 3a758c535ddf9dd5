import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { placeAll, type Slotted } from '../../src/ledger/digest-places.ts';
import type { DigestJoin } from '../../src/ledger/ledger.ts';

const gapMs = 10_000;
const at = (second: number) => new Date(1_700_000_000_000 + second * 1_000).toISOString();
const join = (second: number, index: number): DigestJoin => ({
  key: `k${index}`,
  slot: 'slot',
  contact: { type: 'Contact', id: 'ana' },
  at: at(second),
  gapMs,
});

/** Joins in the given batches; digests and places as they are in the end. */
function place(batches: readonly (readonly DigestJoin[])[]): {
  digests: Map<string, Slotted>;
  places: Map<string, string>;
} {
  const digests = new Map<string, Slotted>();
  const places = new Map<string, string>();
  for (const batch of batches) {
    const done = placeAll([...digests.values()], batch, places);
    for (const digest of done.digests) digests.set(digest.key, digest);
    for (const [key, digest] of done.places) places.set(key, digest);
  }
  return { digests, places };
}

describe('conversations', () => {
  test('have no pause longer than the gap inside, and everything has one, in whatever batches it comes', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: 1, max: 10 }), (list, size) => {
        const joins = list.map(join);
        const batches = Array.from({ length: Math.ceil(joins.length / size) }, (_one, index) =>
          joins.slice(index * size, (index + 1) * size),
        );
        const { digests, places } = place(batches);
        expect(places.size).toBe(joins.length);
        for (const digest of digests.values()) {
          const times = joins
            .filter(({ key }) => places.get(key) === digest.key)
            .map((one) => Date.parse(one.at))
            .toSorted((a, b) => a - b);
          expect([digest.firstAt, digest.lastAt]).toEqual([times[0], times.at(-1)]);
          times
            .slice(1)
            .forEach((time, index) => expect(time - (times[index] ?? 0)).toBeLessThanOrEqual(gapMs));
        }
      }),
    );
  });

  test('that come in order are apart by more than the gap', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 2, maxLength: 40 }), (list) => {
        const sorted = list.toSorted((a, b) => a - b);
        const { digests } = place([sorted.map(join)]);
        const ends = [...digests.values()].toSorted((a, b) => a.firstAt - b.firstAt);
        ends.slice(1).forEach((one, index) => {
          expect(one.firstAt - (ends[index]?.lastAt ?? 0)).toBeGreaterThan(gapMs);
        });
      }),
    );
  });

  test('keep their keys when the same things join again', () => {
    const first = place([[join(0, 1), join(5, 2)]]);
    expect(placeAll([...first.digests.values()], [join(0, 1)], first.places).digests).toEqual([]);
  });
});
