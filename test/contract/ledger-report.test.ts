import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openMemory } from '../../src/ledger/embedded.ts';
import type { Ledger, MatchDecision, Settlement } from '../../src/ledger/ledger.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { createSqlLedger } from '../../src/ledger/sql-ledger.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { claimOf, deliveredAs, eventOf, failedAs, foldWith, keyOf } from '../support/ledger-data.ts';
import { emptyLedger, forbidIllegalTransitions } from './ledger-suite.ts';

/** One thing that may happen to a ledger at any time. */
type Step = (ledger: Ledger) => Promise<unknown>;

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const name = fc.constantFrom(...names);
const phone = fc.constantFrom('+14155550100', '+14155550101', '+14155550102');
const day = fc.constantFrom('2026-03-01', '2026-03-02');

const append = fc
  .tuple(
    fc.array(fc.tuple(name, fc.nat(3), phone, day), { maxLength: 5 }),
    fc.array(fc.nat(4), { maxLength: 2 }),
  )
  .map(
    ([events, excluded]): Step =>
      (ledger) =>
        ledger.append(
          events.map(([of, step, who, on]) =>
            eventOf(of, { step: `${step}`, text: `${of} ${step}`, phone: who, at: `${on}T23:59:59.999Z` }),
          ),
          excluded.map((nth) => ({
            source: 'support',
            businessNumber: '',
            day: '2026-03-01',
            idHash: `${nth}`,
          })),
        ),
  );

const fold = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(3), fc.boolean()).map(
  ([limit, route, fails]): Step =>
    (ledger) =>
      ledger.fold(limit, (subject) => {
        if (fails && subject.key === keyOf('a')) throw new Error('cannot be folded');
        const initial = (nth: number) => (route === 3 && nth === 1 ? 'ignored' : 'matching');
        const ids = route === 0 ? [] : ['sales', 'marketing'];
        const destinations = ids.map((id, nth) => ({ id, initial: initial(nth) }) as const);
        return foldWith({ destinations, withoutContent: route === 2 })(subject);
      }),
);

const match = fc
  .array(fc.constantFrom('ready', 'ready', 'ready', 'ready', 'parked', 'ignored', 'excluded', 'later'), {
    maxLength: 6,
  })
  .map((fates): Step => async (ledger) => {
    const subjects = await ledger.matchSubjects(fates.length + 1);
    const decisions = fates.flatMap((to, nth): MatchDecision[] => {
      const subject = subjects[nth];
      if (subject === undefined) return [];
      const base = { destination: subject.destination, key: subject.key, reason: 'no-contact' };
      if (to === 'ready') return [{ ...base, to, contact: { type: 'contact', id: subject.addresses[0]! } }];
      return [to === 'later' ? { ...base, to, delayMs: 0 } : { ...base, to }];
    });
    await ledger.settleMatches(decisions);
  });

const fate = fc.constantFrom(
  'delivered',
  'delivered',
  'delivered',
  'failed',
  'ready',
  'unknown',
  'matching',
  'parked',
  'failed',
  'nothing',
);

const deliver = fc
  .tuple(fc.boolean(), fc.array(fate, { maxLength: 6 }))
  .map(([isUnknown, fates]): Step => async (ledger) => {
    const claimed = isUnknown
      ? await ledger.claimUnknown('sales', fates.length + 1, 'one', 0)
      : (await ledger.claim(claimOf(fates.length + 1, 'one', 0))).items;
    const settlements = claimed.flatMap((item, nth): Settlement[] => {
      const to = fates[nth] ?? 'nothing';
      if (to === 'nothing') return [];
      return [to === 'delivered' ? deliveredAs(item) : failedAs(item, to)];
    });
    await ledger.settle('sales', settlements, 'one');
  });

const other = fc.tuple(fc.nat(3), name, phone).map(([what, of, who]): Step => async (ledger) => {
  if (what === 0) await ledger.replayFailed({});
  if (what === 1) await ledger.decideParked('sales', [keyOf(of)], { to: 'ignored', reason: 'private' });
  if (what === 2) {
    await ledger.decideParked('sales', [keyOf(of)], { to: 'ready', contact: { type: 'contact', id: who } });
  }
  if (what === 3) {
    await ledger.putContacts('sales', [{ type: 'contact', id: who, name: who, addresses: [who] }]);
    await ledger.unpark('sales');
  }
});

const steps = fc.array(
  fc.oneof(
    { arbitrary: append, weight: 2 },
    { arbitrary: fold, weight: 3 },
    { arbitrary: match, weight: 3 },
    { arbitrary: deliver, weight: 4 },
    { arbitrary: other, weight: 2 },
  ),
  { minLength: 20, maxLength: 50, size: 'max' },
);

describe('the report over everything that may happen to a ledger', () => {
  let sql: Sql;
  let ledger: Ledger;

  beforeAll(async () => {
    sql = await openMemory();
    await migrate(sql);
    await forbidIllegalTransitions(sql);
    ledger = createSqlLedger(sql);
  }, 60_000);
  afterAll(() => ledger.close());

  /** counted another way than the report does */
  const received = async () => {
    const [row] = await sql.query<{ count: number }>(`select (
      (select count(*) from wcs.interactions) + (select count(*) from wcs.exclusions)
      + (select count(distinct interaction_key) from wcs.inbox
         where interaction_key not in (select key from wcs.interactions)))::int as count`);
    return row!.count;
  };

  it('always accounts for each interaction exactly once, in each row and in total', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        await emptyLedger(sql);
        for (const step of sequence) {
          await step(ledger);
          const rows = await ledger.report({});
          for (const row of rows) {
            const parts = row.logged + row.pending + row.parked + row.excluded + row.ignored + row.failed;
            expect(parts).toBe(row.received);
            expect(row.withoutContent).toBeLessThanOrEqual(row.received);
          }
          expect(rows.reduce((sum, row) => sum + row.received, 0)).toBe(await received());
          const days = await Promise.all(
            ['2026-03-01', '2026-03-02'].map((on) => ledger.report({ from: on, to: on })),
          );
          expect(days.flat()).toEqual(rows);
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
