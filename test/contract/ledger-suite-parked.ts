import { describe, expect, it } from '@jest/globals';
import { activityOf, eventOf, foldWith, keyOf } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const contact = (id: string, addresses: readonly string[], marks?: Record<string, string>) => ({
  type: 'Contact',
  id,
  name: `Name of ${id}`,
  addresses,
  ...(marks && { marks }),
});

/** What the directory knows besides numbers, and what ends the waiting of parked ones. */
export function parkedSuite(subject: Subject): void {
  const park = async (name: string, code?: 'dry-run', number?: string) => {
    const { ledger, sql } = subject.current();
    await ledger.append([eventOf(name, number === undefined ? {} : { number })], []);
    await ledger.fold(100, foldWith());
    await ledger.settleMatches([
      { destination: 'sales', key: keyOf(name), to: 'parked', reason: 'no-contact' },
    ]);
    if (code !== undefined) {
      await sql.query('update wcs.activities set code = $1 where key = $2', [code, keyOf(name)]);
    }
  };
  const daysPass = (days: number) =>
    subject
      .current()
      .sql.query(`update wcs.activities set parked_since = parked_since - $1::int * interval '1 day'`, [
        days,
      ]);
  const stateOf = async (name: string) => (await activityOf(subject.current().ledger, name))?.state;

  describe('parked ones', () => {
    it('are given up after their days, those of the route alone, and never those of a dry run', async () => {
      const { ledger } = subject.current();
      await park('old');
      await park('other number', undefined, '+15550000002');
      await park('dry', 'dry-run');
      await daysPass(10);
      await park('new');
      const rule = { source: 'support', businessNumbers: ['+15550783881'], days: 7, to: 'failed' as const };
      expect(await ledger.giveUpParked('sales', { ...rule, days: 11 })).toBe(0);
      expect(await ledger.giveUpParked('sales', { ...rule, source: 'other' })).toBe(0);
      expect(await ledger.giveUpParked('marketing', rule)).toBe(0);
      expect(await ledger.giveUpParked('sales', rule)).toBe(1);
      expect(await activityOf(ledger, 'old')).toMatchObject({ state: 'failed', code: 'parked-too-long' });
      expect(await ledger.giveUpParked('sales', { source: 'support', days: 7, to: 'ignored' })).toBe(1);
      expect(await activityOf(ledger, 'other number')).toMatchObject({
        state: 'ignored',
        reason: 'parked for 7 days: no-contact',
      });
      expect([await stateOf('dry'), await stateOf('new')]).toEqual(['parked', 'parked']);
      expect(await ledger.replayFailed({ code: 'parked-too-long' })).toBe(1);
      expect(await stateOf('old')).toBe('matching');
    });

    it('count their days from the first time, however often they were tried', async () => {
      const { ledger } = subject.current();
      await park('old');
      await daysPass(10);
      await ledger.putContacts('sales', [contact('a', ['+14155550100'])]);
      expect(await ledger.unpark('sales')).toBe(1);
      await ledger.settleMatches([
        { destination: 'sales', key: keyOf('old'), to: 'parked', reason: 'many-contacts' },
      ]);
      expect(await ledger.giveUpParked('sales', { source: 'support', days: 7, to: 'ignored' })).toBe(1);
    });

    it('of a dry run go on their way when it is over, and no others', async () => {
      const { ledger } = subject.current();
      await park('dry', 'dry-run');
      await park('other number', 'dry-run', '+15550000002');
      await park('plain');
      expect(
        await ledger.releaseDryRun('sales', { source: 'support', businessNumbers: ['+15550783881'] }),
      ).toBe(1);
      expect([await stateOf('dry'), await stateOf('other number'), await stateOf('plain')]).toEqual([
        'matching',
        'parked',
        'parked',
      ]);
      expect(await ledger.releaseDryRun('sales', { source: 'support' })).toBe(1);
    });
  });

  describe('the directory', () => {
    it('keeps by which fields people opt out or in, and their change is news', async () => {
      const { ledger } = subject.current();
      await park('m');
      const ana = contact('a', ['+14155550100', 'US.1'], { No__c: 'true', Also__c: '' });
      await ledger.putContacts('sales', [ana, contact('b', ['+14155550101'])]);
      const marks = { No__c: 'true', Also__c: '' };
      expect(await ledger.findContacts('sales', ['+14155550100'])).toMatchObject([{ id: 'a', marks }]);
      expect(await ledger.markedContacts('sales', ['US.1', '+14155550101'])).toMatchObject([
        { id: 'a', marks },
      ]);
      expect(await ledger.markedContacts('sales')).toHaveLength(2);
      expect(await ledger.markedContacts('marketing')).toEqual([]);
      await ledger.unpark('sales');
      await ledger.settleMatches([
        { destination: 'sales', key: keyOf('m'), to: 'parked', reason: 'consent-unknown' },
      ]);
      expect(await ledger.unpark('sales')).toBe(0);
      await ledger.putContacts('sales', [{ ...ana, marks: { Also__c: '', No__c: 'true' } }]);
      expect(await ledger.unpark('sales')).toBe(0);
      await ledger.putContacts('sales', [{ ...ana, marks: { ...marks, No__c: 'false' } }]);
      expect(await ledger.unpark('sales')).toBe(1);
    });

    it('begins anew when other fields are read', async () => {
      const { ledger } = subject.current();
      expect(await ledger.directoryState('sales')).toMatchObject({ markedBy: '' });
      await ledger.putContacts('sales', [], 'cursor 1');
      await ledger.restartPull('sales', 'No__c');
      const state = await ledger.directoryState('sales');
      expect(state).toMatchObject({ markedBy: 'No__c' });
      expect(state).not.toHaveProperty('cursor');
      await ledger.restartPull('marketing', 'x');
      expect(await ledger.directoryState('marketing')).toMatchObject({ markedBy: 'x' });
    });

    it('knows whose number ends with the same seven digits', async () => {
      const { ledger } = subject.current();
      await ledger.putContacts('sales', [
        contact('a', ['+14155550100']),
        contact('b', ['+442075550100']),
        contact('c', ['+14155550199', 'US.5550100']),
      ]);
      const found = await ledger.similarContacts('sales', ['+33605550100']);
      expect(found.map(({ id }) => id)).toEqual(['a', 'b']);
      expect(await ledger.similarContacts('sales', [])).toEqual([]);
    });
  });
}
