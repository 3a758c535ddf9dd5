import { describe, expect, it } from '@jest/globals';
import type { ClaimedActivity, Ledger } from '../../src/ledger/ledger.ts';
import { activityOf, claimOf, deliveredAs, eventOf, foldAll, makeReady } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

async function claimOne(ledger: Ledger): Promise<ClaimedActivity> {
  const [claimed] = (await ledger.claim(claimOf(1))).items;
  if (claimed === undefined) throw new Error('nothing is due');
  return claimed;
}

async function edit(ledger: Ledger, text: string): Promise<void> {
  await ledger.append([eventOf('a', { step: text, text })], []);
  await foldAll(ledger);
}

export function revisionSuite(subject: Subject): void {
  describe('what was sent, and what the record shows', () => {
    it('remembers of an unknown outcome which revision was sent, whatever was learned since', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const sent = await claimOne(ledger);
      const lost = { kind: 'unknown' as const, key: sent.key, code: 'answer-lost' as const, reason: '' };
      await ledger.settle('sales', [{ ...deliveredAs(sent), to: 'unknown', outcome: lost }], 'one');
      await edit(ledger, 'edited meanwhile');
      const [unknown] = await ledger.claimUnknown('sales', 10, 'one', 60_000);
      expect(unknown).toMatchObject({ revision: 2, sentRevision: 1 });
      await ledger.settle('sales', [{ ...deliveredAs(unknown!), revision: 1 }], 'one');
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'ready', deliveredRevision: 1 });
      expect(await claimOne(ledger)).toMatchObject({
        revision: 2,
        interaction: { content: { text: 'edited meanwhile' } },
      });
    });

    it('knows what the record shows after a delivery, and no longer after an unknown one', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const first = await claimOne(ledger);
      expect(first.deliveredHash).toBeUndefined();
      await ledger.settle('sales', [{ ...deliveredAs(first), contentHash: 'shown' }], 'one');
      await edit(ledger, 'second');
      const second = await claimOne(ledger);
      expect(second.deliveredHash).toBe('shown');
      const lost = { kind: 'unknown' as const, key: second.key, code: 'answer-lost' as const, reason: '' };
      await ledger.settle('sales', [{ ...deliveredAs(second), to: 'unknown', outcome: lost }], 'one');
      const [unknown] = await ledger.claimUnknown('sales', 10, 'one', 60_000);
      expect(unknown?.deliveredHash).toBeUndefined();
    });

    it('keeps the record that an activity has when a further one is made, and a receipt of both', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      await ledger.settle('sales', [deliveredAs(await claimOne(ledger), 'first')], 'one');
      await edit(ledger, 'second');
      const second = await claimOne(ledger);
      await ledger.settle('sales', [{ ...deliveredAs(second, 'further'), isFurther: true }], 'one');
      expect(await activityOf(ledger, 'a')).toMatchObject({
        state: 'delivered',
        recordId: 'first',
        deliveredRevision: 2,
      });
      const receipts = (await ledger.interaction(second.key))?.receipts ?? [];
      expect(receipts.map(({ recordId }) => recordId).toSorted()).toEqual(['first', 'further']);
    });
  });
}
