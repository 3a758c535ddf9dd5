import { describe, expect, it } from '@jest/globals';
import { eventOf, foldAll, keyOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

export function appendSuite(subject: Subject): void {
  describe('append', () => {
    it('keeps an event as it came, with keys, times and payload', async () => {
      const { ledger } = subject.current();
      const payload = { text: 'a\u0000b \ud800 "quoted" \\ {1,2} 😀', nested: [null, 1.5, { x: [] }] };
      await ledger.append([{ ...eventOf('a'), payload: { ...payload, phone: '+1' } }], []);
      await foldAll(ledger);
      const [event] = (await ledger.interaction(keyOf('a')))!.events;
      expect(event).toMatchObject({
        source: 'support',
        sourceKind: 'test',
        kind: 'message',
        businessNumber: '+15550783881',
        interactionKey: keyOf('a'),
        providerId: 'a',
        occurredAt: '2026-03-01T10:00:00.000Z',
        payload,
      });
      expect(Date.parse(event!.receivedAt)).toBeGreaterThan(Date.now() - 60_000);
    });

    it('counts only what is new', async () => {
      const { ledger } = subject.current();
      const exclusion = { source: 'support', businessNumber: '', day: '2026-03-01', idHash: 'h' };
      expect(await ledger.append([eventOf('a'), eventOf('b')], [exclusion])).toEqual({
        appended: [eventOf('a'), eventOf('b')],
        excluded: 1,
      });
      expect(await ledger.append([eventOf('b'), eventOf('c')], [exclusion])).toEqual({
        appended: [eventOf('c')],
        excluded: 0,
      });
      expect(await ledger.append([], [])).toEqual({ appended: [], excluded: 0 });
    });

    it('knows the user ids of excluded people as long as they are excluded', async () => {
      const { ledger } = subject.current();
      const ids = [
        { idHash: 'id of a', becauseHash: 'a' },
        { idHash: 'id of b', becauseHash: 'b' },
      ];
      await Promise.all([ledger.excludeIds(ids), ledger.excludeIds([...ids].reverse())]);
      await ledger.excludeIds([]);
      expect(await ledger.excludedIds(['id of a', 'id of c'])).toEqual(new Map([['id of a', ['a']]]));
      expect([...(await ledger.excludedIds(['id of a', 'id of b'])).keys()].toSorted()).toEqual([
        'id of a',
        'id of b',
      ]);
      expect(await ledger.excludedIds([])).toEqual(new Map());
    });

    it('makes one row of duplicates that come concurrently and shuffled, and tells one caller', async () => {
      const { ledger, sql } = subject.current();
      const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
      const calls = Array.from({ length: 120 }, (_, index) => {
        const mixed = names.map((_name, nth) => names[(nth * 7 + index * 11) % names.length]!);
        return ledger.append(
          mixed.slice(0, 10).map((name) => eventOf(name)),
          [],
        );
      });
      const results = await Promise.all(calls);
      const rows = await sql.query('select dedupe_key from wcs.events');
      const appended = results.reduce((sum, result) => sum + result.appended.length, 0);
      expect(appended).toBe(rows.length);
      expect(new Set(rows.map((row) => row['dedupe_key'])).size).toBe(rows.length);
      expect(rows.length).toBeLessThanOrEqual(names.length);
    });

    it('gives ids in order of arrival', async () => {
      const { ledger, sql } = subject.current();
      const events = Array.from({ length: 30 }, (_, index) => eventOf(`n${index}`));
      await Promise.all(events.map((event) => ledger.append([event], [])));
      const rows = await sql.query<{ dedupe_key: string }>('select dedupe_key from wcs.events order by id');
      expect(rows.map((row) => row.dedupe_key)).toEqual(events.map((event) => event.dedupeKey));
    });

    it('lets a batch that the database refuses fail alone', async () => {
      const { ledger, sql } = subject.current();
      const bad = { ...eventOf('bad'), occurredAt: 'not a time' };
      const results = await Promise.allSettled([
        ledger.append([eventOf('a')], []),
        ledger.append([bad], []),
        ledger.append([eventOf('b')], []),
      ]);
      expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(await sql.query('select from wcs.events')).toHaveLength(2);
    });

    it('says nothing of the values in its errors', async () => {
      const { ledger } = subject.current();
      const bad = { ...eventOf('bad', { text: 'my secret' }), occurredAt: 'said by +14155550100' };
      const error: unknown = await ledger.append([bad], []).catch((reason: unknown) => reason);
      const shown = JSON.stringify({ ...(error as object), message: (error as Error).message });
      expect(shown).toContain('22007');
      expect(shown).not.toMatch(/secret|4155550100/);
    });

    it('puts NUL and lone surrogates out of all columns but the payload', async () => {
      const { ledger } = subject.current();
      const event = { ...eventOf('a'), providerId: 'wamid\u0000\ud800x' };
      expect(await ledger.append([event], [])).toEqual({ appended: [event], excluded: 0 });
      await foldAll(ledger);
      expect((await ledger.interaction(keyOf('a')))!.events[0]!.providerId).toBe('wamidx');
    });

    it('lets nobody change or remove events and receipts', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a')], []);
      for (const table of ['events', 'receipts']) {
        await expect(
          sql.query(
            `update wcs.${table} set source = 'x'`.replace('receipts set source', 'receipts set code'),
          ),
        ).rejects.toThrow('append-only');
        await expect(sql.query(`delete from wcs.${table}`)).rejects.toThrow('append-only');
        await expect(sql.query(`truncate wcs.${table}`)).rejects.toThrow('append-only');
      }
      expect(await sql.query('select from wcs.events')).toHaveLength(1);
    });

    it('shares transactions between callers that come together', async () => {
      const { ledger, sql } = subject.current();
      const calls = Array.from({ length: 500 }, (_, index) => ledger.append([eventOf(`n${index}`)], []));
      await Promise.all(calls);
      const [row] = await sql.query<{ events: string; transactions: string }>(
        'select count(*) as events, count(distinct xmin::text) as transactions from wcs.events',
      );
      expect(Number(row!.events)).toBe(500);
      expect(Number(row!.transactions)).toBeLessThan(10);
    });

    it('gives numbers and times of the database in one form', async () => {
      const { sql } = subject.current();
      const [row] = await sql.query(
        `select 9007199254740993::int8 as big, 1.50::numeric as exact, 7::int4 as small, true as yes, null as none,
                '2026-03-01T00:00:00Z'::timestamptz as at, '{"a":1}'::json as doc, $1::text[] as list`,
        [['a"b', 'c\\d', '', null]],
      );
      expect(row).toEqual({
        big: '9007199254740993',
        exact: '1.50',
        small: 7,
        yes: true,
        none: null,
        at: new Date('2026-03-01T00:00:00Z'),
        doc: { a: 1 },
        list: ['a"b', 'c\\d', '', null],
      });
    });

    it('takes back a transaction that failed', async () => {
      const { sql } = subject.current();
      const health = `insert into wcs.destination_health (destination, state) values ('x', 'running')`;
      await expect(
        sql.transaction(async (tx) => {
          await tx.query(health);
          throw new Error('mine');
        }),
      ).rejects.toThrow('mine');
      const swallowed = sql.transaction(async (tx) => {
        await tx.query(health);
        await tx.query('select 1/0').catch(() => undefined);
      });
      await expect(swallowed).rejects.toThrow();
      expect(await sql.query('select from wcs.destination_health')).toEqual([]);
    });
  });
}
