import { describe, expect, it } from '@jest/globals';
import {
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  foldAll,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import { deliverySql, sourcesSql } from '../../src/ledger/last-seen.ts';
import type { Subject } from './ledger-suite.ts';

const day = (nth: number, time = '10:00:00.000') => `2026-03-${String(nth).padStart(2, '0')}T${time}Z`;
const noCounts = { logged: 0, pending: 0, parked: 0, excluded: 0, ignored: 0, failed: 0, withoutContent: 0 };

export function viewSuite(subject: Subject): void {
  describe('when something was last seen', () => {
    it('is looked up by its source, and not through all that others gave', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append(
        Array.from({ length: 500 }, (_, index) => eventOf(`seen${index}`)),
        [],
      );
      await sql.exec('analyze wcs.events');
      for (const [text, index] of [
        [sourcesSql, 'events_of_source'],
        [deliverySql, 'receipts_of_destination'],
      ] as const) {
        // Small tables are read whole, whatever indexes they have.
        const plan = await sql.transaction(async (tx) => {
          await tx.query('set local enable_seqscan = off');
          return JSON.stringify(await tx.query(`explain ${text}`, [['emea']]));
        });
        expect(plan).toContain(index);
        expect(plan).not.toMatch(/events_pkey|receipts_pkey/);
      }
      expect(await ledger.sourceActivity(['emea', 'support'])).toMatchObject([
        { source: 'emea' },
        { source: 'support', lastEventAt: expect.any(String) },
      ]);
    });
  });

  describe('report', () => {
    it('counts by source, number and UTC day of the event', async () => {
      const { ledger } = subject.current();
      await ledger.append(
        [
          eventOf('a', { at: day(1, '00:00:00.000') }),
          eventOf('b', { at: day(1, '23:59:59.999') }),
          eventOf('c', { at: day(2, '00:00:00.000') }),
          eventOf('d', { at: day(1), source: 'emea', number: '+4930123456' }),
        ],
        [{ source: 'support', businessNumber: '', day: '2026-03-01', idHash: 'x' }],
      );
      await foldAll(ledger);
      const row = (source: string, businessNumber: string, dayName: string, counts: object) => ({
        ...noCounts,
        source,
        businessNumber,
        day: dayName,
        ...counts,
      });
      const first = [
        row('emea', '+4930123456', '2026-03-01', { received: 1, pending: 1 }),
        row('support', '', '2026-03-01', { received: 1, excluded: 1 }),
        row('support', '+15550783881', '2026-03-01', { received: 2, pending: 2 }),
      ];
      const second = row('support', '+15550783881', '2026-03-02', { received: 1, pending: 1 });
      expect(await ledger.report({})).toEqual([...first, second]);
      expect(await ledger.report({ from: '2026-03-01', to: '2026-03-01' })).toEqual(first);
      expect(await ledger.report({ from: '2026-03-02' })).toEqual([second]);
      expect(await ledger.report({ from: '2026-03-03', to: '2026-03-09' })).toEqual([]);
    });

    it('counts an interaction as soon as its event is there, once, and without destinations as ignored', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a'), eventOf('a', { step: 'status', at: day(2) })], []);
      expect(await ledger.report({})).toMatchObject([{ day: '2026-03-01', received: 1, pending: 1 }]);
      await foldAll(ledger, { destinations: [], withoutContent: true });
      expect(await ledger.report({})).toMatchObject([{ received: 1, ignored: 1, withoutContent: 1 }]);
    });

    it('names an interaction by the worst of its destinations', async () => {
      const { ledger } = subject.current();
      const both = {
        destinations: [
          { id: 'sales', initial: 'matching' as const },
          { id: 'marketing', initial: 'ignored' as const, reason: 'held' },
        ],
      };
      await makeReady(ledger, [eventOf('a'), eventOf('b')], both);
      const { items } = await ledger.claim(claimOf(2));
      await ledger.settle('sales', [deliveredAs(items[0]!), failedAs(items[1]!, 'failed')], 'one');
      expect(await ledger.report({})).toEqual([
        {
          ...noCounts,
          source: 'support',
          businessNumber: '+15550783881',
          day: '2026-03-01',
          received: 2,
          logged: 1,
          failed: 1,
        },
      ]);
    });
  });

  describe('backlog and health', () => {
    it('tells what waits, where and for how long', async () => {
      const { ledger, sql } = subject.current();
      expect(await ledger.backlog()).toEqual({
        inbox: 0,
        inboxAgeSeconds: 0,
        stuck: 0,
        unrecognised: 0,
        destinations: [],
      });
      await makeReady(ledger, [eventOf('a'), eventOf('b', { phone: '+14155550111' })]);
      await ledger.append([eventOf('c')], []);
      await ledger.claim(claimOf(1));
      await sql.query(`update wcs.activities set pending_since = now() - interval '90 s' where key = $1`, [
        keyOf('b'),
      ]);
      const backlog = await ledger.backlog();
      expect(backlog).toMatchObject({ inbox: 1, destinations: [{ states: { ready: 1, sending: 1 } }] });
      expect(backlog.inboxAgeSeconds).toBeLessThan(60);
      expect(Math.round(backlog.destinations[0]!.backlogAgeSeconds / 10)).toBe(9);
    });

    it('keeps the state of a destination and forgets a pause that is over', async () => {
      const { ledger } = subject.current();
      const stopped = {
        destination: 'sales',
        state: 'stopped',
        code: 'auth-failed',
        reason: 'expired',
      } as const;
      await ledger.setDestinationHealth({ ...stopped, pauseMs: 60_000 });
      const [health] = await ledger.destinationHealth();
      expect(health).toMatchObject(stopped);
      expect(Date.parse(health!.pausedUntil!)).toBeGreaterThan(Date.now());
      await ledger.setDestinationHealth({ ...stopped, pauseMs: 0 });
      expect(await ledger.destinationHealth()).toEqual([stopped]);
      await ledger.setDestinationHealth({ destination: 'sales', state: 'running' });
      expect(await ledger.destinationHealth()).toEqual([{ destination: 'sales', state: 'running' }]);
    });

    it('answers a ping with a commit', async () => {
      await expect(subject.current().ledger.ping()).resolves.toBeUndefined();
    });
  });

  describe('interactions', () => {
    it('gives pages, newest first, none twice and none left out', async () => {
      const { ledger } = subject.current();
      const events = Array.from({ length: 25 }, (_, index) =>
        eventOf(`n${index}`, { at: day(1 + (index % 4)) }),
      );
      await makeReady(ledger, events);
      const seen: string[] = [];
      const times: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ledger.interactions({ limit: 7, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(7);
        seen.push(...page.items.map((item) => item.interaction.key));
        times.push(...page.items.map((item) => item.interaction.occurredAt));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(new Set(seen).size).toBe(25);
      expect(seen).toHaveLength(25);
      expect(times).toEqual(times.toSorted().toReversed());
      expect((await ledger.interactions({ limit: 100, cursor: 'nonsense' })).items).toHaveLength(25);
    });

    it('filters by source, number, person, state, destination and time', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [
        eventOf('a', { at: day(1) }),
        eventOf('b', { at: day(2), phone: '+14155550111' }),
        eventOf('c', { at: day(3), source: 'emea', number: '+4930123456', phone: '+14155550122' }),
      ]);
      const { items } = await ledger.claim(claimOf(1));
      await ledger.settle('sales', [deliveredAs(items[0]!)], 'one');
      const names = async (filter: object) => {
        const page = await ledger.interactions({ limit: 10, ...filter });
        return page.items.map((item) => item.interaction.providerId).join('');
      };
      expect(await names({})).toBe('cba');
      expect(await names({ source: 'emea' })).toBe('c');
      expect(await names({ businessNumber: '+15550783881' })).toBe('ba');
      expect(await names({ person: '+14155550111' })).toBe('b');
      expect(await names({ state: 'delivered' })).toBe('a');
      expect(await names({ state: 'ready', destination: 'sales' })).toBe('cb');
      expect(await names({ destination: 'marketing' })).toBe('');
      expect(await names({ from: '2026-03-02', to: '2026-03-02' })).toBe('b');
      expect(await names({ from: day(2) })).toBe('cb');
      expect(await names({ to: day(2) })).toBe('a');
    });

    it('has nothing to tell of an interaction that it does not know', async () => {
      const { ledger } = subject.current();
      expect(await ledger.interaction(keyOf('unheard of'))).toBeUndefined();
    });
  });
}
