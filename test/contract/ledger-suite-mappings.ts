import { describe, expect, it } from '@jest/globals';
import type { NewMapping } from '../../src/ledger/ledger.ts';
import { claimOf, deliveredAs, eventOf, foldWith, keyOf, matchAll } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const mapping = (version: string, over: Partial<NewMapping> = {}): NewMapping => ({
  destination: 'sales',
  version,
  body: `# ${version}`,
  origin: 'api',
  author: 'ana',
  why: 'a test',
  ...over,
});

/** Versions of mappings, and records that are written again by them. */
export function mappingSuite(subject: Subject): void {
  describe('mappings', () => {
    it('are kept in all their versions, the newest first', async () => {
      const { ledger } = subject.current();
      await ledger.addMapping(mapping('one'));
      const two = await ledger.addMapping(mapping('two', { why: 'better', author: 'ben' }));
      expect(two).toMatchObject({ version: 'two', body: '# two', author: 'ben', why: 'better' });
      await ledger.addMapping(mapping('one', { destination: 'marketing' }));
      expect((await ledger.mappingVersions('sales')).map(({ version }) => version)).toEqual(['two', 'one']);
      expect(await ledger.mappingVersions('sales', 1)).toEqual([two]);
      expect(await ledger.addMapping(mapping('one'))).toMatchObject({ version: 'one' });
      expect(await ledger.mappingVersions('sales')).toHaveLength(3);
    });

    it('are not published over what somebody else published meanwhile, and not twice', async () => {
      const { ledger } = subject.current();
      await ledger.addMapping(mapping('one'));
      expect(await ledger.addMapping(mapping('two', { after: 'none' }))).toBeUndefined();
      expect(await ledger.addMapping(mapping('one'))).toBeUndefined();
      const both = await Promise.all([
        ledger.addMapping(mapping('two', { after: 'one' })),
        ledger.addMapping(mapping('three', { after: 'one' })),
      ]);
      expect(both.filter((one) => one !== undefined)).toHaveLength(1);
    });

    it('of a file are published once, however many processes start with it', async () => {
      const { ledger } = subject.current();
      await ledger.addMapping(mapping('file', { origin: 'file' }));
      await ledger.addMapping(mapping('api'));
      expect(await ledger.addMapping(mapping('file', { origin: 'file' }))).toBeUndefined();
      expect(await ledger.addMapping(mapping('file 2', { origin: 'file' }))).toMatchObject({
        origin: 'file',
      });
    });

    it('are append-only', async () => {
      const { ledger, sql } = subject.current();
      await ledger.addMapping(mapping('one'));
      await expect(sql.query('delete from wcs.mappings')).rejects.toThrow('append-only');
    });

    it('have the logged records of some days written again', async () => {
      const { ledger } = subject.current();
      await ledger.append(
        ['2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00.000Z', '2026-03-03T10:00:00.000Z'].map(
          (at, index) => eventOf(`m${index}`, { at }),
        ),
        [],
      );
      await ledger.fold(100, foldWith());
      await matchAll(ledger);
      const { items } = await ledger.claim(claimOf(100));
      await ledger.settle(
        'sales',
        items.map((one) => deliveredAs(one)),
        'one',
      );
      expect(await ledger.rewrite('marketing', {})).toBe(0);
      expect(await ledger.rewrite('sales', { from: '2026-03-02', to: '2026-03-02' })).toBe(1);
      const again = await ledger.claim(claimOf(100));
      expect(again.items).toMatchObject([{ key: keyOf('m1'), recordId: expect.any(String) }]);
      expect(await ledger.rewrite('sales', {})).toBe(2);
    });
  });
}
