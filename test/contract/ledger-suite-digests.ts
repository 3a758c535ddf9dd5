import { describe, expect, it } from '@jest/globals';
import type { ContactRef } from '../../src/core/activity.ts';
import type { ClaimedActivity } from '../../src/ledger/ledger.ts';
import { claimOf, deliveredAs, eventOf, foldWith, keyOf, matchAll } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const minutes = (count: number) =>
  new Date(Date.parse('2026-03-01T10:00:00Z') + count * 60_000).toISOString();
const ana: ContactRef = { type: 'Contact', id: 'ana' };
const ben: ContactRef = { type: 'Contact', id: 'ben' };

/** Records that show several activities. */
export function digestSuite(subject: Subject): void {
  describe('digests', () => {
    const log = async (...messages: readonly (readonly [string, number])[]): Promise<ClaimedActivity[]> => {
      const { ledger } = subject.current();
      await ledger.append(
        messages.map(([name, at]) => eventOf(name, { at: minutes(at), text: name })),
        [],
      );
      await ledger.fold(100, foldWith());
      await matchAll(ledger);
      return [...(await ledger.claim(claimOf(100))).items];
    };
    const join = (name: string, at: number, contact = ana, gapMs?: number) => ({
      key: keyOf(name),
      slot: `${contact.id} day`,
      contact,
      at: minutes(at),
      ...(gapMs !== undefined && { gapMs }),
    });

    it('take in what belongs to their slot, in the order in which it happened', async () => {
      const { ledger } = subject.current();
      await log(['b', 2], ['a', 1], ['c', 3]);
      const places = await ledger.joinDigests('sales', [join('b', 2), join('a', 1)]);
      const [key] = new Set(places.values());
      expect(new Set(places.values()).size).toBe(1);
      const again = await ledger.joinDigests('sales', [join('c', 3), join('a', 1)]);
      expect(again.get(keyOf('c'))).toBe(key);
      const [digest] = await ledger.readDigests('sales', [key as string]);
      expect(digest).toMatchObject({ key, contact: ana, part: 1 });
      expect(digest?.members.map((one) => one.key)).toEqual([keyOf('a'), keyOf('b'), keyOf('c')]);
    });

    it('remember their record and what it shows', async () => {
      const { ledger } = subject.current();
      await log(['a', 1]);
      const key = (await ledger.joinDigests('sales', [join('a', 1)])).get(keyOf('a')) as string;
      const shown = { Subject: 'x' };
      await ledger.settleDigests('sales', [{ key, shows: { sent: shown } }]);
      const [before] = await ledger.readDigests('sales', [key]);
      expect(before).toMatchObject({ sent: shown });
      expect(before).not.toHaveProperty('recordId');
      await ledger.settleDigests('sales', [{ key, recordId: '00T1' }]);
      expect(await ledger.readDigests('sales', [key])).toMatchObject([{ recordId: '00T1', sent: shown }]);
      await ledger.settleDigests('sales', [{ key, shows: { shown } }]);
      const [after] = await ledger.readDigests('sales', [key]);
      expect(after).toMatchObject({ recordId: '00T1', shown });
      expect(after).not.toHaveProperty('sent');
    });

    it('go on in a further part when they are closed; changes of what they hold stay, unless a person changed them', async () => {
      const { ledger } = subject.current();
      await log(['a', 1], ['b', 2], ['c', 3]);
      const first = (await ledger.joinDigests('sales', [join('a', 1), join('b', 2)])).get(
        keyOf('a'),
      ) as string;
      const second = await ledger.splitDigest('sales', first, [keyOf('b')], 'full');
      expect(second).not.toBe(first);
      const places = await ledger.joinDigests('sales', [join('a', 1), join('c', 3)]);
      expect([places.get(keyOf('a')), places.get(keyOf('c'))]).toEqual([first, second]);
      expect(await ledger.readDigests('sales', [second])).toMatchObject([{ part: 2 }]);
      const third = await ledger.splitDigest('sales', second, [keyOf('c')], 'changed');
      // What is edited in the record that a person changed is shown anew in the open one.
      const edited = await ledger.joinDigests('sales', [join('b', 2)]);
      expect(edited.get(keyOf('b'))).toBe(third);
    });

    it('end when it was quiet for the gap', async () => {
      const { ledger } = subject.current();
      await log(['a', 0], ['b', 20], ['c', 60], ['d', 75]);
      const gap = 30 * 60_000;
      const places = await ledger.joinDigests('sales', [
        join('a', 0, ana, gap),
        join('b', 20, ana, gap),
        join('c', 60, ana, gap),
        join('d', 75, ana, gap),
      ]);
      const of = (name: string) => places.get(keyOf(name));
      expect(of('a')).toBe(of('b'));
      expect(of('c')).toBe(of('d'));
      expect(of('a')).not.toBe(of('c'));
    });

    it('are written again without what another contact got, by whom stays or by whom left', async () => {
      const { ledger } = subject.current();
      const claimed = await log(['a', 1], ['b', 2]);
      const key = (await ledger.joinDigests('sales', [join('a', 1), join('b', 2)])).get(keyOf('a')) as string;
      await ledger.settleDigests('sales', [{ key, recordId: '00T1', shows: { shown: {} } }]);
      await ledger.settle(
        'sales',
        claimed.map((one) => deliveredAs(one)),
        'one',
      );
      await ledger.joinDigests('sales', [join('a', 1, ben)]);
      expect(await ledger.emptyDigests('sales')).toEqual([]);
      const { items } = await ledger.claim(claimOf(100));
      expect(items.map((item) => item.key)).toEqual([keyOf('b')]);
      expect(items[0]?.digestKey).toBe(key);
      await ledger.joinDigests('sales', [join('b', 2, ben)]);
      expect(await ledger.emptyDigests('sales')).toEqual([key]);
      expect(await ledger.readDigests('sales', [key])).toMatchObject([{ members: [], contact: ana }]);
      // Until its record says so.
      await ledger.settleDigests('sales', [
        { key, recordId: '00T1', shows: { shown: { Description: 'x' } } },
      ]);
      expect(await ledger.emptyDigests('sales')).toEqual([]);
    });

    it('say of which kind the record is that files are attached to', async () => {
      const { ledger, sql } = subject.current();
      const claimed = await log(['a', 1]);
      await ledger.joinDigests('sales', [join('a', 1)]);
      await ledger.settle(
        'sales',
        claimed.map((one) => deliveredAs(one)),
        'one',
      );
      await sql.query(`update wcs.activities set kind = 'call'`);
      await sql.query(`insert into wcs.attachments (destination, key, files) values ('sales', $1, '["x"]')`, [
        keyOf('a'),
      ]);
      expect(await ledger.claimAttachments('sales', 10, 'one', 1_000)).toMatchObject([{ kind: 'message' }]);
    });
  });
}
