import { describe, expect, it } from '@jest/globals';
import {
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  foldWith,
  keyOf,
  matchAll,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

/** Who did what. */
export function auditSuite(subject: Subject): void {
  describe('the audit log', () => {
    const park = async (...names: readonly string[]) => {
      const { ledger } = subject.current();
      await ledger.append(
        names.map((name) => eventOf(name)),
        [],
      );
      await ledger.fold(100, foldWith());
      await ledger.settleMatches(
        names.map((name) => ({ destination: 'sales', key: keyOf(name), to: 'parked', reason: 'no-contact' })),
      );
    };

    it('has what people decided, with who it was, and nothing that changed nothing', async () => {
      const { ledger } = subject.current();
      await park('a', 'b', 'c');
      const contact = { type: 'Contact', id: '003', name: 'Ana Silva' };
      await ledger.decideParked('sales', [keyOf('a')], { to: 'ready', contact }, 'ana');
      await ledger.decideParked('sales', [keyOf('b')], { to: 'ignored', reason: 'private' }, 'ben');
      await ledger.decideParked('sales', [keyOf('b')], { to: 'ignored', reason: 'again' }, 'ben');
      await ledger.decideParked('sales', [keyOf('c')], { to: 'ignored', reason: 'private' });
      const { items } = await ledger.audit({ limit: 10 });
      expect(items.map(({ actor, action, subject: of }) => [actor, action, of])).toEqual([
        ['unknown', 'parked.ignore', 'sales'],
        ['ben', 'parked.ignore', 'sales'],
        ['ana', 'parked.assign', 'sales'],
      ]);
      expect(items[2]?.detail).toEqual({
        count: 1,
        keys: [keyOf('a')],
        contact: { type: 'Contact', id: '003' },
      });
      expect(JSON.stringify(items)).not.toContain('Silva');
    });

    it('has replays, mappings and what was written again', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b')], []);
      await ledger.fold(100, foldWith());
      await matchAll(ledger);
      const { items } = await ledger.claim(claimOf(10));
      const [first, second] = items;
      if (first === undefined || second === undefined) throw new Error('nothing was claimed');
      await ledger.settle('sales', [failedAs(first, 'failed'), deliveredAs(second)], 'one');
      await ledger.replayFailed({ code: 'field-invalid' }, 'ana');
      await ledger.replayFailed({ code: 'field-invalid' }, 'ana');
      await ledger.addMapping({
        destination: 'sales',
        version: 'v1',
        body: 'x',
        origin: 'api',
        author: 'ben',
        why: 'better',
      });
      await ledger.rewrite('sales', { from: '2026-03-01' }, 'ben');
      const { items: entries } = await ledger.audit({ limit: 10 });
      expect(entries.map(({ actor, action, detail }) => [actor, action, detail])).toEqual([
        ['ben', 'mapping.rewrite', { count: 1, from: '2026-03-01' }],
        ['ben', 'mapping.publish', { version: 'v1', origin: 'api', why: 'better' }],
        ['ana', 'failed.replay', { count: 1, keys: [first.key], code: 'field-invalid' }],
      ]);
      expect((await ledger.audit({ limit: 10, actor: 'ana' })).items).toHaveLength(1);
      expect((await ledger.audit({ limit: 10, action: 'mapping.publish' })).items).toHaveLength(1);
    });

    it('comes in pages, newest first, and is append-only', async () => {
      const { ledger, sql } = subject.current();
      await park('a', 'b', 'c');
      for (const name of ['a', 'b', 'c']) {
        await ledger.decideParked('sales', [keyOf(name)], { to: 'ignored', reason: name }, name);
      }
      const first = await ledger.audit({ limit: 2 });
      expect(first.items.map(({ actor }) => actor)).toEqual(['c', 'b']);
      const rest = await ledger.audit({ limit: 2, ...(first.cursor && { cursor: first.cursor }) });
      expect(rest.items.map(({ actor }) => actor)).toEqual(['a']);
      expect(rest.cursor).toBeUndefined();
      await expect(sql.query('delete from wcs.audit')).rejects.toThrow('append-only');
    });
  });
}
