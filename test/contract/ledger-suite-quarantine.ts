import { describe, expect, it } from '@jest/globals';
import { hashKey } from '../../src/core/key.ts';
import type { AppendEvent } from '../../src/ledger/ledger.ts';
import { eventOf, foldWith, keyOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

/** What names no number of the firm. */
export function quarantineSuite(subject: Subject): void {
  describe('the quarantine', () => {
    const boxed = (name: string, source = 'support'): AppendEvent => ({
      dedupeKey: hashKey('boxed', name),
      kind: 'unrecognised',
      source,
      sourceKind: 'test',
      occurredAt: '2026-03-01T10:00:00.000Z',
      payload: { shape: { body: 'string' } },
      quarantined: { ciphertext: `box of ${name}`, keyName: 'key' },
    });
    const waiting = async () => {
      const { items } = await subject.current().ledger.quarantined({ state: 'waiting', limit: 100 });
      return items.map(({ id }) => id);
    };

    it('takes each event once, with its outline, and counts what waits', async () => {
      const { ledger } = subject.current();
      await Promise.all([ledger.append([boxed('a'), boxed('b')], []), ledger.append([boxed('a')], [])]);
      await ledger.append([boxed('a'), boxed('c', 'emea'), eventOf('message')], []);
      expect(await ledger.quarantineCounts()).toEqual([
        { source: 'emea', waiting: 1, since: expect.any(String) },
        { source: 'support', waiting: 2, since: expect.any(String) },
      ]);
      const first = await ledger.quarantined({ limit: 2 });
      const rest = await ledger.quarantined({ limit: 2, ...(first.cursor && { cursor: first.cursor }) });
      const ids = [...first.items, ...rest.items].map(({ id }) => id);
      expect(ids).toEqual(ids.toSorted((one, other) => other - one));
      expect(ids).toHaveLength(3);
      const item = await ledger.quarantinedItem(ids[0] as number);
      expect(item).toMatchObject({
        source: 'emea',
        state: 'waiting',
        ciphertext: 'box of c',
        keyName: 'key',
        dedupeKey: hashKey('boxed', 'c'),
        outline: { shape: { body: 'string' } },
      });
      expect(await ledger.quarantinedItem(9_999_999)).toBeUndefined();
    });

    it('is decided once: what it said is gone, and it is known who did it', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([boxed('a'), boxed('b')], []);
      const [b, a] = (await waiting()) as [number, number];
      expect(await ledger.decideQuarantined([a, 9_999_999], 'released', 'ana', { events: 1 })).toBe(1);
      expect(await ledger.decideQuarantined([a, b], 'discarded', 'ben')).toBe(1);
      expect(await ledger.quarantinedItem(a)).toMatchObject({ state: 'released', decidedBy: 'ana' });
      expect(await ledger.quarantinedItem(b)).not.toHaveProperty('ciphertext');
      expect(await waiting()).toEqual([]);
      const { items } = await ledger.audit({ limit: 10 });
      expect(items.map(({ actor, action, detail }) => [actor, action, detail])).toEqual([
        ['ben', 'quarantine.discard', { count: 1, ids: [b] }],
        ['ana', 'quarantine.release', { count: 1, ids: [a], events: 1 }],
      ]);
      const again = sql.query(`update wcs.quarantine set state = 'waiting', ciphertext = 'x'`);
      await expect(again).rejects.toThrow('append-only');
      await expect(sql.query('delete from wcs.quarantine')).rejects.toThrow('append-only');
    });

    it('expires what waited for too long, which the audit log tells, and nothing else', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([boxed('old'), boxed('new')], []);
      const [fresh, old] = (await waiting()) as [number, number];
      await sql.exec(`alter table wcs.quarantine disable trigger decided_once;
        update wcs.quarantine set received_at = received_at - interval '31 days' where id = ${old};
        alter table wcs.quarantine enable trigger decided_once;`);
      expect(await ledger.expireQuarantined(30)).toBe(1);
      expect(await ledger.expireQuarantined(30)).toBe(0);
      expect(await waiting()).toEqual([fresh]);
      expect(await ledger.quarantinedItem(old)).toMatchObject({ state: 'expired' });
      expect(await ledger.quarantinedItem(old)).not.toHaveProperty('ciphertext');
      const { items } = await ledger.audit({ action: 'quarantine.expire', limit: 10 });
      expect(items).toMatchObject([
        { actor: 'setting quarantine.days', detail: { count: 1, ids: [old], days: 30 } },
      ]);
    });
  });

  describe('what rules do by themselves', () => {
    it('is in the audit log, found by day, by subject and by what it names', async () => {
      const { ledger, sql } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b')], []);
      await ledger.fold(100, foldWith());
      await ledger.settleMatches(
        ['a', 'b'].map((name) => ({
          destination: 'sales',
          key: keyOf(name),
          to: 'parked' as const,
          reason: 'no-contact',
        })),
      );
      await sql.exec(`update wcs.activities set parked_since = parked_since - interval '8 days';
        update wcs.activities set code = 'dry-run' where key = '${keyOf('b')}';`);
      expect(await ledger.giveUpParked('sales', { source: 'support', days: 7, to: 'ignored' })).toBe(1);
      expect(await ledger.releaseDryRun('sales', { source: 'support' })).toBe(1);
      const found = async (filter: object) =>
        (await ledger.audit({ limit: 10, ...filter })).items.map(({ action }) => action);
      expect(await found({})).toEqual(['parked.release', 'parked.give-up']);
      expect(await found({ names: keyOf('a') })).toEqual(['parked.give-up']);
      expect(await found({ subject: 'sales' })).toHaveLength(2);
      expect(await found({ subject: 'marketing' })).toEqual([]);
      const today = new Date().toISOString().slice(0, 10);
      expect(await found({ from: today, to: today })).toHaveLength(2);
      expect(await found({ to: '2020-01-01' })).toEqual([]);
      expect(await found({ from: '2100-01-01' })).toEqual([]);
    });
  });
}
