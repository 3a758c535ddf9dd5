import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openMemory } from '../../src/ledger/embedded.ts';
import type { Ledger, MatchDecision, Settlement } from '../../src/ledger/ledger.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { reportSql } from '../../src/ledger/report.ts';
import { createSqlLedger } from '../../src/ledger/sql-ledger.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { reportOf } from '../../src/pipeline/report-operations.ts';
import { claimOf, deliveredAs, eventOf, failedAs, foldWith, keyOf } from '../support/ledger-data.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { emptyLedger, forbidIllegalTransitions } from './ledger-suite.ts';

/** Who holds which number from which day on. */
type Owners = Map<string, string>;

/** One thing that may happen to a ledger at any time. */
type Step = (ledger: Ledger, owners: Owners) => Promise<unknown>;

const numbers = ['+15550783881', '+4930123456'];

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const name = fc.constantFrom(...names);
const phone = fc.constantFrom('+14155550100', '+14155550101', '+14155550102');
const day = fc.constantFrom('2026-03-01', '2026-03-02');

const append = fc
  .tuple(
    fc.array(fc.tuple(name, fc.nat(3), phone, day, fc.constantFrom('message', 'edit', 'revoke', 'status')), {
      maxLength: 5,
    }),
    fc.array(fc.nat(4), { maxLength: 2 }),
  )
  .map(
    ([events, excluded]): Step =>
      (ledger) =>
        ledger.append(
          // The same event twice in one call is a duplicate too.
          events.concat(events.slice(0, 1)).map(([of, step, who, on, kind]) => ({
            ...eventOf(of, {
              step: `${step}`,
              text: `${of} ${step}`,
              phone: who,
              at: `${on}T23:59:59.999Z`,
              number: numbers[of < 'e' ? 0 : 1]!,
            }),
            kind,
          })),
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
        const withoutContent = subject.events.every(({ kind }) => kind === 'status');
        return foldWith({ destinations, withoutContent })(subject);
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

const other = fc.tuple(fc.nat(7), name, phone).map(([what, of, who]): Step => async (ledger, owners) => {
  if (what === 0) await ledger.replayFailed({});
  if (what === 1) await ledger.decideParked('sales', [keyOf(of)], { to: 'ignored', reason: 'private' });
  if (what === 2) {
    await ledger.decideParked('sales', [keyOf(of)], { to: 'ready', contact: { type: 'contact', id: who } });
  }
  if (what === 3) {
    await ledger.putContacts('sales', [{ type: 'contact', id: who, name: who, addresses: [who] }]);
    await ledger.unpark('sales');
  }
  if (what === 4) await ledger.rewrite('sales', {});
  if (what === 5) await ledger.reconsider('sales', names.map(keyOf), 'ana');
  if (what === 6) owners.set(of < 'e' ? numbers[0]! : numbers[1]!, `${of}@example.com`);
  if (what === 7) await ledger.giveUpParked('sales', { source: 'support', days: 0, to: 'failed' });
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

/** After each step all adds up: in each row, in total, over the days and over the owners; and nothing is ever lost. */
function identity(current: () => { sql: Sql; ledger: Ledger }, numRuns: number): void {
  /** counted another way than the report does */
  const received = async (sql: Sql) => {
    const [row] = await sql.query<{ count: number }>(`select (
      (select count(*) from wcs.interactions) + (select count(*) from wcs.exclusions)
      + (select count(distinct interaction_key) from wcs.inbox
         where interaction_key not in (select key from wcs.interactions)))::int as count`);
    return row!.count;
  };

  it('always accounts for each interaction exactly once, in each row and in total', async () => {
    const { sql, ledger } = current();
    const columns = ['logged', 'pending', 'parked', 'excluded', 'ignored', 'failed'] as const;
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        await emptyLedger(sql);
        const owners: Owners = new Map();
        const ownerOn = (number: string, on: string) =>
          on === '2026-03-01' ? undefined : owners.get(number);
        let before = 0;
        for (const step of sequence) {
          await step(ledger, owners);
          const range = { from: '2026-03-01', to: '2026-03-02' };
          const report = await reportOf({ ledger, ownerOn }, { ...range, by: 'owner' });
          const { rows, totals, owners: byOwner = [] } = report;
          for (const line of [...rows, ...byOwner, totals]) {
            expect(columns.reduce((sum, column) => sum + line[column], 0)).toBe(line.received);
            expect(line.withoutContent).toBeLessThanOrEqual(line.received);
          }
          for (const column of ['received', 'withoutContent', ...columns] as const) {
            expect(byOwner.reduce((sum, line) => sum + line[column], 0)).toBe(totals[column]);
          }
          expect(totals.received).toBe(await received(sql));
          expect(totals.received).toBeGreaterThanOrEqual(before);
          before = totals.received;
          const days = await Promise.all(
            [range.from, range.to].map((on) => ledger.report({ from: on, to: on })),
          );
          expect(days.flat()).toEqual(await ledger.report({}));
        }
      }),
      { numRuns },
    );
  }, 60_000);
}

describe('the report over everything that may happen to an embedded ledger', () => {
  let sql: Sql;
  let ledger: Ledger;

  beforeAll(async () => {
    sql = await openMemory();
    await migrate(sql);
    await forbidIllegalTransitions(sql);
    ledger = createSqlLedger(sql);
  }, 60_000);
  afterAll(() => ledger.close());

  identity(() => ({ sql, ledger }), 3);
});

describeWith(
  'postgres',
  'the report over everything that may happen to a ledger on a PostgreSQL server',
  () => {
    let server: PostgresServer;
    let opened: { sql: Sql; ledger: Ledger };

    beforeAll(async () => {
      server = await startPostgres();
      opened = await openLedger({ dataDir: '', databaseUrl: await server.createDatabase() });
      await forbidIllegalTransitions(opened.sql);
    }, 60_000);
    afterAll(async () => {
      await opened.ledger.close();
      await server.stop();
    });

    identity(() => opened, 12);

    it('costs what the asked day holds, however many days there are', async () => {
      const { sql, ledger } = opened;
      await emptyLedger(sql);
      await sql.exec(`
      insert into wcs.interactions (key, position, source, business_number, occurred_at, received_at, revision)
      select 'k' || n, n, 'support', '+15550783881', timestamptz '2026-01-01 00:00Z' + n * interval '2 minutes', now(), 1
      from generate_series(1, 40000) n;
      insert into wcs.activities (destination, key, position, kind, state, revision)
      select 'sales', 'k' || n, n, 'message', 'ignored', 1 from generate_series(1, 40000) n;
      analyze wcs.interactions; analyze wcs.activities;`);
      expect(await ledger.report({ from: '2026-02-01', to: '2026-02-01' })).toMatchObject([
        { received: 720, ignored: 720 },
      ]);
      const [{ plan }] = (await explained(sql, '2026-02-01')) as [{ plan: string }];
      expect(plan).toContain('interactions_by_time');
      expect(plan).not.toMatch(
        /Seq Scan on wcs\.(interactions|activities)|Seq Scan on (interactions|activities)/,
      );
    });
  },
);

/** The plan of a day's report, with what the database would do. */
async function explained(sql: Sql, on: string): Promise<readonly { plan: string }[]> {
  const rows = await sql.query<{ 'QUERY PLAN': string }>(`explain ${reportSql}`, [on, on]);
  return [{ plan: rows.map((row) => row['QUERY PLAN']).join('\n') }];
}
