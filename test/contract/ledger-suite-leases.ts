import { describe, expect, it } from '@jest/globals';
import {
  activityOf,
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

export function leaseSuite(subject: Subject): void {
  describe('leases', () => {
    const endLeases = () =>
      subject.current().sql.query(`update wcs.activities set lease_until = now() - interval '1 s'
        where lease_until is not null`);
    const claimOne = async (owner: string) => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a'), eventOf('b')]);
      return (await ledger.claim(claimOf(1, owner))).items[0]!;
    };

    it('makes unknown what a dead worker was sending, and leases it for reading back', async () => {
      const { ledger } = subject.current();
      await claimOne('dead');
      expect(await ledger.claimUnknown('sales', 10, 'two', 60_000)).toEqual([]);
      await endLeases();
      expect(await ledger.waitingDestinations()).toEqual(['sales']);
      expect(await ledger.claim(claimOf(10))).toEqual({ items: [] });
      const [lost, ...others] = await ledger.claimUnknown('sales', 10, 'two', 60_000);
      expect(others).toEqual([]);
      expect(lost).toMatchObject({ key: keyOf('a'), contact: { id: 'of +14155550100' } });
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'unknown' });
      expect(await ledger.claimUnknown('sales', 10, 'three', 60_000)).toEqual([]);
      await ledger.settle('sales', [deliveredAs(lost!, 'found')], 'two');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'delivered', recordId: 'found' });
    });

    it('sends again only what was read back and is not there', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('one');
      await ledger.settle('sales', [failedAs(item, 'unknown', { burn: true })], 'one');
      expect(await ledger.claim(claimOf(10))).toEqual({ items: [] });
      const [unknown] = await ledger.claimUnknown('sales', 10, 'two', 60_000);
      expect(unknown).toMatchObject({ attempts: 1 });
      await ledger.settle('sales', [failedAs(unknown!, 'ready')], 'two');
      expect((await ledger.claim(claimOf(10))).items.map((one) => one.key)).toEqual([keyOf('a'), keyOf('b')]);
    });

    it('reads back later when the CRM could not say', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('one');
      await ledger.settle('sales', [failedAs(item, 'unknown', { delayMs: 60_000 })], 'one');
      expect(await ledger.claimUnknown('sales', 10, 'two', 60_000)).toEqual([]);
      expect(await ledger.waitingDestinations()).toEqual(['sales']);
    });

    it('keeps an unknown one unknown when a settle asks for what may not follow', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('one');
      await ledger.settle('sales', [failedAs(item, 'unknown')], 'one');
      const [unknown] = await ledger.claimUnknown('sales', 10, 'two', 60_000);
      await ledger.settle('sales', [failedAs(unknown!, 'parked')], 'two');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'unknown' });
      expect(await ledger.claimUnknown('sales', 10, 'two', 60_000)).toHaveLength(1);
    });

    it('takes the outcome of a slow worker whose lease nobody has taken over', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('slow');
      await endLeases();
      await ledger.settle('sales', [deliveredAs(item, 'r1')], 'slow');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'delivered', recordId: 'r1' });
    });

    it('takes from a worker that lost its lease nothing but the record', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('frozen');
      await endLeases();
      const [unknown] = await ledger.claimUnknown('sales', 10, 'two', 60_000);
      await ledger.settle('sales', [failedAs(item, 'failed', { burn: true })], 'frozen');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'unknown', attempts: 0 });
      await ledger.settle('sales', [deliveredAs(item, 'r1')], 'frozen');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'unknown', recordId: 'r1' });
      await ledger.settle('sales', [failedAs(unknown!, 'ready')], 'two');
      const [again] = (await ledger.claim(claimOf(1, 'three'))).items;
      expect(again).toMatchObject({ key: keyOf('a'), recordId: 'r1' });
      await ledger.settle('sales', [failedAs(item, 'ready', { delayMs: 60_000 })], 'frozen');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'sending' });
      await ledger.settle('sales', [deliveredAs(again!, 'r1')], 'three');
      await ledger.settle('sales', [failedAs(item, 'failed')], 'frozen');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'delivered', recordId: 'r1' });
      expect((await ledger.interaction(keyOf('a')))!.receipts).toHaveLength(6);
    });

    it('owes the newest once more when a worker without a lease wrote over it', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('frozen');
      const takeOver = async (contentHash: string) => {
        await endLeases();
        const [unknown] = await ledger.claimUnknown('sales', 10, 'two', 60_000);
        await ledger.settle('sales', [{ ...deliveredAs(unknown!, 'r1'), contentHash }], 'two');
      };
      await takeOver('newer');
      await ledger.settle('sales', [deliveredAs(item, 'r1')], 'frozen');
      const [again] = (await ledger.claim(claimOf(1, 'two'))).items;
      expect(again).toMatchObject({ key: keyOf('a'), recordId: 'r1' });
      expect(again).not.toHaveProperty('deliveredHash');
      const lost = { kind: 'unknown', key: item.key, code: 'answer-lost', reason: '' } as const;
      await takeOver('newer');
      await ledger.settle('sales', [failedAs(item, 'unknown', { outcome: lost })], 'frozen');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'ready' });
    });

    it('owes nothing more when the worker without a lease wrote the same', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('frozen');
      await endLeases();
      const [unknown] = await ledger.claimUnknown('sales', 10, 'two', 60_000);
      await ledger.settle('sales', [deliveredAs(unknown!, 'r1')], 'two');
      await ledger.settle('sales', [deliveredAs(item, 'r1')], 'frozen');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'delivered' });
    });

    it('ends the leases of all others when this process is the only one', async () => {
      const { ledger } = subject.current();
      await claimOne('dead');
      expect(await ledger.releaseLeases('dead')).toBe(0);
      expect(await ledger.releaseLeases('me')).toBe(1);
      expect(await ledger.claimUnknown('sales', 10, 'me', 60_000)).toHaveLength(1);
      expect(await ledger.releaseLeases('me')).toBe(0);
    });

    it('ignores settlements of what it does not know', async () => {
      const { ledger } = subject.current();
      const item = await claimOne('one');
      await ledger.settle('sales', [deliveredAs({ ...item, key: keyOf('unheard of') })], 'one');
      await ledger.settle('sales', [], 'one');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'sending' });
    });
  });
}
