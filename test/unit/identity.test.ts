import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Identities, type IdentityLink, type KnownLink } from '../../src/core/identity.ts';
import type { Fact } from '../../src/core/fact.ts';
import { linksOf } from '../../src/core/learn.ts';
import { mergeTold } from '../../src/ledger/identities.ts';

const at = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString();
const time = (hour: number): number => Date.parse(at(hour));
const same = (a: string, b: string, hour: number): IdentityLink => ({ kind: 'same', a, b, at: at(hour) });
const became = (a: string, b: string, hour: number): IdentityLink => ({ kind: 'became', a, b, at: at(hour) });
const known = (...links: IdentityLink[]): KnownLink[] => [...mergeTold(links).values()];
const further = (links: readonly IdentityLink[], own: readonly string[], hour: number): string[] =>
  new Identities(known(...links)).further(own, time(hour));

describe('the further addresses of a person', () => {
  it('are none where nothing is known', () => {
    expect(further([], ['+1000'], 1)).toEqual([]);
  });

  it('are those that were told together, at any time', () => {
    const links = [same('+1000', 'US.1', 5)];
    expect(further(links, ['US.1'], 1)).toEqual(['+1000']);
    expect(further(links, ['+1000'], 90)).toEqual(['US.1']);
    expect(further(links, ['US.1', '+1000'], 5)).toEqual([]);
  });

  it('come in the order of their distance, user ids first among equals', () => {
    const links = [same('+1000', 'US.1', 5), became('+1000', '+2000', 6), became('+2000', '+3000', 7)];
    expect(further(links, ['+1000'], 5)).toEqual(['US.1', '+2000', '+3000']);
  });

  it('lead through changes of number and of user id', () => {
    const links = [became('US.1', 'US.2', 6), same('+2000', 'US.2', 9)];
    expect(further(links, ['US.1'], 3)).toEqual(['US.2', '+2000']);
    expect(further(links, ['+2000'], 20)).toEqual(['US.2', 'US.1']);
  });

  it('do not join the one who gave a number up with the one who has it after', () => {
    const links = [
      same('+1000', 'US.1', 1),
      became('+1000', '+2000', 10),
      same('+1000', 'US.9', 50),
      became('+1000', '+4000', 60),
    ];
    expect(further(links, ['+1000'], 5)).toEqual(['US.1', '+2000']);
    expect(further(links, ['+1000'], 40)).toEqual(['US.9', '+4000']);
    expect(further(links, ['US.1'], 5)).toEqual(['+2000']);
    expect(further(links, ['US.9'], 55)).toEqual(['+1000', '+4000']);
    expect(further(links, ['+2000'], 70)).toEqual(['US.1']);
  });

  it('hold for two people who swap their numbers', () => {
    const links = [
      became('+1000', '+2000', 10),
      became('+2000', '+1000', 10),
      same('+1000', 'US.1', 1),
      same('+2000', 'US.2', 1),
    ];
    expect(further(links, ['US.1'], 1)).toEqual(['+2000']);
    expect(further(links, ['US.2'], 1)).toEqual(['+1000']);
  });

  it('know a person who comes back to a former number', () => {
    const links = [became('+1000', '+2000', 10), became('+2000', '+1000', 20), became('+1000', '+2000', 30)];
    for (const hour of [5, 15, 25, 35]) {
      expect(further(links, [hour === 15 || hour === 35 ? '+2000' : '+1000'], hour)).toHaveLength(1);
    }
    expect(further(links, ['+1000'], 40)).toEqual([]);
  });

  it('do not join two user ids that had the same number, when nobody told that it changed hands', () => {
    const links = [same('+1000', 'US.1', 1), same('+1000', 'US.9', 50)];
    expect(further(links, ['US.9', '+1000'], 50)).toEqual([]);
    expect(further(links, ['US.1'], 1)).toEqual(['+1000']);
  });

  it('stay with the old owner for the moments in which one change is told several times', () => {
    const links = [became('+1000', '+2000', 10), became('US.1', 'US.2', 10)];
    const soon = time(10) + 2_000;
    expect(new Identities(known(...links)).further(['+1000'], soon)).toEqual(['+2000']);
    expect(new Identities(known(...links)).further(['+1000'], soon + 60_000)).toEqual([]);
  });
});

describe('what a fact tells of people', () => {
  it('is every address of one person together', () => {
    const person = { phone: '+1000', userId: 'US.1', parentUserId: 'US.ENT.1' };
    const fact: Fact = { kind: 'status', at: at(1), state: 'read', person };
    expect(linksOf(fact)).toEqual([
      same('US.1', 'US.ENT.1', 1),
      same('+1000', 'US.1', 1),
      same('+1000', 'US.ENT.1', 1),
    ]);
    expect(linksOf({ ...fact, person: { phone: '+1000', name: 'Ana' } })).toEqual([]);
  });

  it('is what a change gave up for what, and what stands on each side together', () => {
    const fact: Fact = {
      kind: 'number-change',
      at: at(1),
      from: { phone: '+1000', userId: 'US.1' },
      to: { phone: '+2000', userId: 'US.2' },
    };
    expect(linksOf(fact)).toMatchObject([
      became('US.1', 'US.2', 1),
      became('+1000', '+2000', 1),
      same('+1000', 'US.1', 1),
      { kind: 'same', a: '+2000', b: 'US.2' },
    ]);
  });

  it('does not give the number of now to the user id of before', () => {
    const fact: Fact = {
      kind: 'number-change',
      at: at(1),
      from: { phone: '+2000', userId: 'US.1' },
      to: { phone: '+2000', userId: 'US.2' },
    };
    expect(linksOf(fact)).toMatchObject([became('US.1', 'US.2', 1), { a: '+2000', b: 'US.2' }]);
  });

  it('is read from the message by which WhatsApp tells a change in the chat', () => {
    const details = { systemType: 'user_changed_number', oldPhone: '1000555', newPhone: '2000555' };
    const content = { type: 'system', text: 'changed', details };
    const person = { phone: '+1000555' };
    const base = { kind: 'message', at: at(1), direction: 'inbound', person, via: 'live' } as const;
    expect(linksOf({ ...base, content })).toEqual([became('+1000555', '+2000555', 1)]);
    expect(linksOf({ ...base, content: { type: 'system', text: 'other', details: {} } })).toEqual([]);
  });
});

describe('people whose numbers are handed on', () => {
  interface Stay {
    readonly who: number;
    readonly phone: string;
    readonly userId: string;
    readonly from: number;
    readonly to: number;
  }

  /** Each phone has one owner at a time; who gives one up takes a free one at once, and a user id with it. */
  const history = fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { maxLength: 7 }).map((moves) => {
    const stays: Stay[] = [];
    const holder = new Map<string, number>();
    const current = new Map<number, Omit<Stay, 'to'>>();
    const start = (who: number, phone: string, from: number) => {
      holder.set(phone, who);
      current.set(who, { who, phone, userId: `US.${who}${from}`, from });
    };
    for (const who of [0, 1, 2]) start(who, `+${who}`, 0);
    const used = new Set<string>();
    moves.forEach(([who, free], index) => {
      const hour = (index + 1) * 10;
      const stay = current.get(who);
      const phone = ['+0', '+1', '+2', '+3', '+4'].filter((one) => !holder.has(one))[free % 2];
      // The same pair of numbers by two people would be one link.
      if (stay === undefined || phone === undefined || used.has(`${stay.phone} ${phone}`)) return;
      used.add(`${stay.phone} ${phone}`);
      stays.push({ ...stay, to: hour });
      holder.delete(stay.phone);
      start(who, phone, hour);
    });
    return [...stays, ...[...current.values()].map((stay) => ({ ...stay, to: 1_000 }))];
  });

  const person = ({ phone, userId }: Stay, shown: number) =>
    [{ phone, userId }, { phone }, { userId }][shown % 3] as { phone?: string; userId?: string };

  /** Every change is told, some messages are seen. */
  function factsOf(stays: readonly Stay[], seen: readonly [number, number, number][]): Fact[] {
    const changes = stays.flatMap((stay, index): Fact[] => {
      const next = stays.slice(index + 1).find(({ who, from }) => who === stay.who && from === stay.to);
      if (next === undefined) return [];
      const base = { kind: 'number-change', at: at(stay.to) } as const;
      const later = new Date(time(stay.to) + 3_000).toISOString();
      return [
        { ...base, from: { phone: stay.phone }, to: { phone: next.phone } },
        { ...base, at: later, from: { userId: stay.userId, phone: next.phone }, to: person(next, 0) },
      ];
    });
    const messages = seen.flatMap(([nth, hour, shown]): Fact[] => {
      const stay = stays[nth % stays.length] as Stay;
      const when = at(Math.min(stay.from + 1 + hour, stay.to - 1));
      return [{ kind: 'status', state: 'read', at: when, person: person(stay, shown) }];
    });
    return [...changes, ...messages];
  }

  const sightings = fc.array(fc.tuple(fc.nat(9), fc.nat(7), fc.nat(2)), { maxLength: 8 });

  it('are never joined with a stranger, whatever is seen of them', () => {
    fc.assert(
      fc.property(history, sightings, fc.nat(9), fc.nat(2), (stays, seen, nth, shown) => {
        const me = stays[nth % stays.length] as Stay;
        const links = known(...factsOf(stays, seen).flatMap(linksOf));
        const own = Object.values(person(me, shown));
        const mine = stays.filter(({ who }) => who === me.who);
        const had = new Set(mine.flatMap(({ phone, userId }) => [phone, userId]));
        const found = new Identities(links).further(own, time(me.from + 1));
        for (const address of found) expect(had).toContain(address);
      }),
      { numRuns: 1_000 },
    );
  });

  it('are found in the same order whatever was told first', () => {
    const shuffled = fc.tuple(history, sightings).chain(([stays, seen]) => {
      const links = factsOf(stays, seen).flatMap(linksOf);
      return fc.tuple(fc.constant(links), fc.shuffledSubarray(links, { minLength: links.length }));
    });
    fc.assert(
      fc.property(shuffled, fc.nat(4), fc.nat(80), ([links, mixed], phone, hour) => {
        expect(further(mixed, [`+${phone}`], hour)).toEqual(further(links, [`+${phone}`], hour));
      }),
      { numRuns: 300 },
    );
  });

  it('are found under their present number by a message of their first', () => {
    fc.assert(
      fc.property(history, sightings, (stays, seen) => {
        const links = known(...factsOf(stays, seen).flatMap(linksOf));
        for (const who of [0, 1, 2]) {
          const mine = stays.filter((stay) => stay.who === who);
          const [first, last] = [mine[0] as Stay, mine.at(-1) as Stay];
          if (mine.length > 4 || first.phone === last.phone) continue;
          expect(new Identities(links).further([first.phone], time(1))).toContain(last.phone);
        }
      }),
      { numRuns: 300 },
    );
  });
});
