import { describe, expect, it } from '@jest/globals';
import type { DirectoryContact, MatchDecision, MatchSubject } from '../../src/ledger/ledger.ts';
import { activityOf, eventOf, foldAll, keyOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const phone = '+14155550100';
const contact = (id: string, more: Partial<DirectoryContact> = {}): DirectoryContact => ({
  type: 'contact',
  id,
  name: `Name ${id}`,
  addresses: [phone],
  ...more,
});
const park = ({ destination, key }: MatchSubject, reason = 'no-contact'): MatchDecision => ({
  destination,
  key,
  to: 'parked',
  reason,
});

export function matchSuite(subject: Subject): void {
  describe('match and directory', () => {
    const waiting = async (...names: string[]): Promise<MatchSubject[]> => {
      const { ledger } = subject.current();
      await ledger.append(
        names.map((name) => eventOf(name)),
        [],
      );
      await foldAll(ledger);
      return ledger.matchSubjects(100);
    };

    it('gives what waits for a match with its addresses and takes the decision', async () => {
      const { ledger } = subject.current();
      const [first] = await waiting('a');
      expect(first).toMatchObject({ destination: 'sales', key: keyOf('a'), revision: 1, addresses: [phone] });
      await ledger.settleMatches([
        { destination: 'sales', key: keyOf('a'), to: 'ready', contact: contact('7'), reason: 'one' },
      ]);
      expect(await activityOf(ledger, 'a')).toMatchObject({
        state: 'ready',
        contact: { type: 'contact', id: '7', name: 'Name 7' },
      });
      expect(await ledger.matchSubjects(100)).toEqual([]);
    });

    it('changes only what is still in matching', async () => {
      const { ledger } = subject.current();
      const [first] = await waiting('a');
      await ledger.settleMatches([
        { destination: 'sales', key: first!.key, to: 'ignored', reason: 'policy' },
      ]);
      await ledger.settleMatches([park(first!)]);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'ignored', reason: 'policy' });
    });

    it('asks again later after a look-up that failed', async () => {
      const { ledger, sql } = subject.current();
      const [first] = await waiting('a');
      await ledger.settleMatches([
        { destination: 'sales', key: first!.key, to: 'later', reason: 'unavailable', delayMs: 60_000 },
      ]);
      expect(await ledger.matchSubjects(100)).toEqual([]);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching', reason: 'unavailable' });
      await sql.query(`update wcs.activities set not_before = now()`);
      expect(await ledger.matchSubjects(100)).toHaveLength(1);
    });

    it('takes along what the same person said before, when a look-up failed, and nobody else', async () => {
      const { ledger } = subject.current();
      const [first] = await waiting('a');
      await ledger.settleMatches([
        { destination: 'sales', key: first!.key, to: 'later', reason: 'unavailable', delayMs: 60_000 },
      ]);
      await ledger.append([eventOf('b', { phone: '+14155550199' })], []);
      await foldAll(ledger);
      const others = await ledger.matchSubjects(100);
      expect(others.map(({ key }) => key)).toEqual([keyOf('b')]);
      await ledger.settleMatches(others.map((one) => park(one)));
      expect((await waiting('c')).map(({ key }) => key)).toEqual([keyOf('a'), keyOf('c')]);
    });

    it('keeps contacts under each address and replaces their entries', async () => {
      const { ledger } = subject.current();
      await ledger.putContacts('sales', [contact('1', { addresses: [phone, 'US.1'], ownerId: 'o' })], 'c1');
      expect(await ledger.findContacts('sales', ['US.1', '+1999'])).toEqual([
        { type: 'contact', id: '1', name: 'Name 1', address: 'US.1', ownerId: 'o' },
      ]);
      expect(await ledger.findContacts('marketing', [phone])).toEqual([]);
      await ledger.putContacts('sales', [contact('1', { name: 'New', addresses: ['US.1'] })]);
      expect(await ledger.findContacts('sales', [phone, 'US.1'])).toEqual([
        { type: 'contact', id: '1', name: 'New', address: 'US.1' },
      ]);
      expect(await ledger.directoryState('sales')).toMatchObject({ cursor: 'c1' });
      await ledger.putContacts('sales', [contact('1', { gone: true })], 'c2');
      expect(await ledger.findContacts('sales', ['US.1'])).toEqual([]);
      await ledger.markPulled('sales');
      const state = await ledger.directoryState('sales');
      expect(state.cursor).toBe('c2');
      expect(Date.parse(state.pulledAt!)).toBeGreaterThan(Date.now() - 60_000);
    });

    it('forgets a contact that is gone', async () => {
      const { ledger } = subject.current();
      await ledger.putContacts('sales', [contact('1'), contact('2')]);
      await ledger.forgetContact('sales', { type: 'contact', id: '1' });
      expect((await ledger.findContacts('sales', [phone])).map((entry) => entry.id)).toEqual(['2']);
    });

    it('sends a parked activity back when its contact appears, and only that one', async () => {
      const { ledger } = subject.current();
      await ledger.append([eventOf('a'), eventOf('b', { phone: '+14155550111' })], []);
      await foldAll(ledger);
      await ledger.settleMatches((await ledger.matchSubjects(100)).map((one) => park(one)));
      expect(await ledger.unpark('sales')).toBe(0);
      await ledger.putContacts('sales', [contact('1')]);
      expect(await ledger.unpark('sales')).toBe(1);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
      expect(await activityOf(ledger, 'b')).toMatchObject({ state: 'parked', reason: 'no-contact' });
      expect(await ledger.unpark('sales')).toBe(0);
    });

    it('does not park what the directory has come to know meanwhile, and does not go in circles', async () => {
      const { ledger } = subject.current();
      const [first] = await waiting('a');
      await ledger.putContacts('sales', [contact('1')]);
      await ledger.settleMatches([park(first!)]);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
      await ledger.settleMatches([park(first!)]);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'parked' });
      await ledger.unpark('sales');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'parked' });
    });

    it('leaves an activity with many contacts parked until one of them changes', async () => {
      const { ledger } = subject.current();
      await ledger.putContacts('sales', [contact('1'), contact('2')]);
      const [first] = await waiting('a');
      await ledger.settleMatches([park(first!, 'many-contacts')]);
      await ledger.putContacts('sales', [contact('2', { modifiedAt: '2026-03-02T00:00:00Z' })]);
      expect(await ledger.unpark('sales')).toBe(0);
      await ledger.putContacts('sales', [contact('2', { gone: true })]);
      expect(await ledger.unpark('sales')).toBe(1);
      await ledger.settleMatches([park(first!, 'many-contacts')]);
      await ledger.putContacts('sales', [contact('1', { name: 'Other' })]);
      expect(await ledger.unpark('sales')).toBe(1);
    });

    it('loses no wake-up between parking and a contact that comes at the same time', async () => {
      const { ledger } = subject.current();
      for (let round = 0; round < 15; round += 1) {
        const name = `race ${round}`;
        const number = `+1415556${String(round).padStart(4, '0')}`;
        await ledger.append([eventOf(name, { phone: number })], []);
        await foldAll(ledger);
        const own = (await ledger.matchSubjects(100)).find((one) => one.key === keyOf(name));
        await Promise.all([
          ledger.settleMatches([park(own!)]),
          ledger
            .putContacts('sales', [contact(`c${round}`, { addresses: [number] })])
            .then(() => ledger.unpark('sales')),
        ]);
        expect(await activityOf(ledger, name)).toMatchObject({ state: 'matching' });
      }
    });

    it("takes a person's decision about parked ones", async () => {
      const { ledger } = subject.current();
      await ledger.settleMatches((await waiting('a', 'b', 'c')).map((one) => park(one)));
      const keys = [keyOf('a'), keyOf('unheard of')];
      expect(await ledger.decideParked('sales', keys, { to: 'ready', contact: contact('9') })).toBe(1);
      expect(
        await ledger.decideParked('sales', [keyOf('a'), keyOf('b')], { to: 'ignored', reason: 'private' }),
      ).toBe(1);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'ready', contact: { id: '9' } });
      expect(await activityOf(ledger, 'b')).toMatchObject({ state: 'ignored', reason: 'private' });
      expect(await activityOf(ledger, 'c')).toMatchObject({ state: 'parked' });
      await ledger.append([eventOf('b', { step: 'edit', text: 'new' })], []);
      await foldAll(ledger);
      expect(await activityOf(ledger, 'b')).toMatchObject({ state: 'ignored' });
    });

    it('matches a parked activity anew when its person becomes better known', async () => {
      const { ledger } = subject.current();
      await ledger.settleMatches((await waiting('a')).map((one) => park(one)));
      await ledger.append([eventOf('a', { step: 'later', phone: '+14155550177' })], []);
      await foldAll(ledger);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
    });
  });
}
