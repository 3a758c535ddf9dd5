import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Person } from '../../src/core/interaction.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { activityOf, keyOf } from '../support/ledger-data.ts';
import {
  bookOf,
  changeOf,
  foldFacts,
  hour,
  learnFact,
  messageOf,
  parkAll,
  rebuildFact,
  take,
} from '../support/people-data.ts';
import type { Subject } from './ledger-suite.ts';

const old = '+14155550100';
const fresh = '+14155550200';
const ana = 'US.111';
const stranger: Person = { phone: old, userId: 'US.999' };

/** @param empty empties all tables */
export function peopleSuite(subject: Subject, empty: (sql: Sql) => Promise<void>): void {
  /** The addresses under which it is, or would be, looked up. */
  const addressesOf = async (name: string): Promise<string[]> => {
    const [row] = await subject.current().sql.query<{ addresses: string[]; same: boolean }>(
      `select i.addresses, i.addresses = a.addresses as same
         from wcs.interactions i join wcs.activities a on a.key = i.key where i.key = $1`,
      [keyOf(name)],
    );
    expect(row?.same).toBe(true);
    return row?.addresses ?? [];
  };

  describe('who is who', () => {
    it('gives a person who is known by user id the number that was told before', async () => {
      const { ledger } = subject.current();
      await take(ledger, bookOf('book', hour(1), { phone: old, userId: ana }));
      await take(ledger, messageOf('a', hour(2), { userId: ana }));
      expect(await addressesOf('a')).toEqual([ana, old]);
      expect((await ledger.matchSubjects(10))[0]?.addresses).toEqual([ana, old]);
    });

    const tellings = {
      'the address book': bookOf('t', hour(5), { phone: old, userId: ana }),
      'another message': messageOf('t', hour(5), { phone: old, userId: ana }),
      'a change of the user id': changeOf('t', hour(5), { userId: ana }, { userId: 'US.112', phone: old }),
    };
    it.each(Object.entries(tellings))(
      'sends what is parked under a user id back when %s tells the number',
      async (_how, telling) => {
        const { ledger } = subject.current();
        await take(
          ledger,
          messageOf('a', hour(2), { userId: ana }),
          messageOf('b', hour(2), { userId: 'US.7' }),
        );
        await parkAll(ledger);
        await take(ledger, telling);
        expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
        expect(await addressesOf('a')).toContain(old);
        expect(await activityOf(ledger, 'b')).toMatchObject({ state: 'parked' });
      },
    );

    it('gives what waits for its match the number too', async () => {
      const { ledger } = subject.current();
      await take(ledger, messageOf('a', hour(2), { userId: ana }));
      await take(ledger, bookOf('book', hour(5), { phone: old, userId: ana }));
      expect(await addressesOf('a')).toEqual([ana, old]);
    });

    it('follows a number that changed, but not to the stranger who has the old one now', async () => {
      const { ledger } = subject.current();
      await take(ledger, messageOf('before', hour(1), { phone: old }));
      await parkAll(ledger);
      await take(ledger, changeOf('change', hour(5), { phone: old }, { phone: fresh }));
      expect(await addressesOf('before')).toEqual([old, fresh]);
      expect(await activityOf(ledger, 'before')).toMatchObject({ state: 'matching' });
      await take(ledger, messageOf('after', hour(9), { phone: fresh }));
      expect(await addressesOf('after')).toEqual([fresh, old]);
      await parkAll(ledger);

      await take(ledger, messageOf('stranger', hour(90), stranger));
      expect(await addressesOf('stranger')).toEqual(['US.999', old]);
      expect(await addressesOf('after')).toEqual([fresh]);
      expect(await addressesOf('before')).toEqual([old, fresh]);
    });

    it('keeps the contact of a logged message while only more is known of its person', async () => {
      const { ledger, sql } = subject.current();
      await take(ledger, messageOf('a', hour(2), { userId: ana }));
      await ledger.settleMatches([
        {
          destination: 'sales',
          key: keyOf('a'),
          to: 'ready',
          contact: { type: 'contact', id: '1' },
          reason: '',
        },
      ]);
      await take(ledger, bookOf('book', hour(5), { phone: old, userId: ana }));
      await sql.query(`update wcs.interactions set content_hash = 'other'`);
      await sql.query(
        `insert into wcs.inbox (event_id, interaction_key) select position, key from wcs.interactions`,
      );
      await foldFacts(ledger);
      expect(await activityOf(ledger, 'a')).toMatchObject({
        state: 'ready',
        revision: 2,
        contact: { id: '1' },
      });
    });

    it('writes nothing when nothing is new', async () => {
      const { ledger, sql } = subject.current();
      const read = () =>
        sql.query('select a, b, kind, first_at, last_at, xmin::text from wcs.identity_links');
      await take(ledger, messageOf('a', hour(2), { phone: old, userId: ana }));
      const before = await read();
      await take(ledger, messageOf('b', hour(3), { phone: old, userId: ana }));
      expect(await read()).toEqual(before);
      await take(ledger, messageOf('c', hour(90), { phone: old, userId: ana }));
      expect(await read()).toMatchObject([{ first_at: new Date(hour(2)), last_at: new Date(hour(90)) }]);
    });

    it('knows the same of everybody in the end, in whatever order it was told', async () => {
      const { ledger, sql } = subject.current();
      const events = [
        messageOf('a', hour(1), { phone: old }),
        messageOf('b', hour(2), { userId: ana }),
        bookOf('book', hour(3), { phone: old, userId: ana }),
        changeOf('c1', hour(10), { phone: old }, { phone: fresh }),
        changeOf('c2', hour(10), { userId: ana }, { userId: 'US.112', phone: fresh }),
        messageOf('c', hour(20), { userId: 'US.112' }),
        messageOf('d', hour(30), { phone: fresh, userId: 'US.112' }),
        messageOf('e', hour(90), stranger),
        messageOf('f', hour(91), { userId: 'US.999' }),
        messageOf('g', hour(92), { phone: old }),
      ];
      const ends = new Set<string>();
      const run = async (order: typeof events, sizes: readonly number[]) => {
        await empty(sql);
        for (const [index, event] of order.entries()) {
          await ledger.append([event], []);
          await ledger.fold(sizes[index] ?? 1, rebuildFact, learnFact);
          if (index % 3 === 2) await parkAll(ledger);
        }
        await foldFacts(ledger);
        const rows = await sql.query<{ key: string; addresses: string[] }>(
          `select key, addresses from wcs.interactions order by key`,
        );
        ends.add(JSON.stringify(rows));
      };
      const orders = fc.shuffledSubarray(events, { minLength: events.length });
      const sizes = fc.array(fc.constantFrom(0, 1, 2, 5), { minLength: 10, maxLength: 10 });
      await run(events, []);
      expect(await addressesOf('c')).toEqual(['US.112', ana, fresh]);
      expect(await addressesOf('f')).toEqual(['US.999', old]);
      await fc.assert(fc.asyncProperty(orders, sizes, run), { numRuns: 12 });
      expect([...ends]).toHaveLength(1);
    });

    it('loses no number between a message and a telling that are folded at the same time', async () => {
      const { ledger } = subject.current();
      for (let round = 0; round < 12; round += 1) {
        const userId = `US.5${round}`;
        const phone = `+1415557${String(round).padStart(4, '0')}`;
        const name = `race ${round}`;
        await ledger.append(
          [
            messageOf(name, hour(1), { userId }),
            bookOf(`book ${round}`, hour(2), { userId, phone }),
            messageOf(`${name} other`, hour(3), { phone }),
          ],
          [],
        );
        await Promise.all([1, 2, 3].map(() => ledger.fold(1, rebuildFact, learnFact)));
        await foldFacts(ledger);
        expect(await addressesOf(name)).toEqual([userId, phone]);
        expect(await addressesOf(`${name} other`)).toEqual([phone, userId]);
      }
    });

    it('ends well when many folds learn of the same people at once', async () => {
      const { ledger } = subject.current();
      const people = Array.from({ length: 8 }, (_, n) => ({ userId: `US.6${n}`, phone: `+1415558000${n}` }));
      const events = Array.from({ length: 64 }, (_, n) => {
        const person = people[(n * 5) % 8] as Required<Pick<Person, 'phone' | 'userId'>>;
        const shown = [person, { userId: person.userId }, { phone: person.phone }][n % 3] as Person;
        return messageOf(`m${n}`, hour(n), shown);
      });
      await ledger.append(events, []);
      const fold = async () => {
        while ((await ledger.fold(3, rebuildFact, learnFact)).events > 0);
      };
      await Promise.all([fold(), fold(), fold(), fold()]);
      await foldFacts(ledger);
      for (let n = 0; n < 64; n += 1) expect(await addressesOf(`m${n}`)).toHaveLength(2);
    });

    it('sets aside what cannot be learned from, without holding up the rest', async () => {
      const { ledger } = subject.current();
      await ledger.append([bookOf('book', hour(1), { userId: ana }), messageOf('a', hour(2), {})], []);
      const report = await ledger.fold(10, rebuildFact, () => {
        throw new RangeError('secret');
      });
      expect(report).toEqual({ events: 2, interactions: 1 });
      expect(await ledger.backlog()).toMatchObject({ inbox: 1, stuck: 1 });
    });

    it('finds parked ones by their addresses through an index', async () => {
      const { sql } = subject.current();
      await sql.query(
        `insert into wcs.activities (destination, key, position, kind, state, revision, addresses)
         select 'sales', md5(n::text), n, 'message', 'parked', 1, array['US.' || n, '+1' || (1000000000 + n)]
         from generate_series(1, 20000) n`,
      );
      await sql.exec('analyze wcs.activities');
      const plan = await sql.transaction(async (tx) => {
        await tx.query(`select set_config('enable_seqscan', 'off', true)`);
        return tx.query<Record<string, string>>(
          `explain select key from wcs.activities where state = 'parked' and addresses && array['US.77']`,
        );
      });
      expect(plan.flatMap(Object.values).join('\n')).toContain('activities_parked_addresses');
    });
  });
}
