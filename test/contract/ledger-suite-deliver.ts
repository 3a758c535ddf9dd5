import { describe, expect, it } from '@jest/globals';
import {
  activityOf,
  claimOf,
  deliveredAs,
  eventOf,
  failedAs,
  foldAll,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

/** Events of `count` interactions with one person, or each with a person of its own. */
const many = (count: number, of: 'one person' | 'many people', prefix = 'n') =>
  Array.from({ length: count }, (_, index) =>
    eventOf(
      `${prefix}${index}`,
      of === 'one person' ? {} : { phone: `+1415555${String(index).padStart(4, '0')}` },
    ),
  );

export function deliverySuite(subject: Subject): void {
  describe('claim and settle', () => {
    it('leases the oldest first, with everything that a delivery needs', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(5, 'many people'));
      const { items } = await ledger.claim(claimOf(3));
      expect(items.map((item) => item.key)).toEqual(['n0', 'n1', 'n2'].map(keyOf));
      expect(items[0]).toMatchObject({
        revision: 1,
        attempts: 0,
        contact: { type: 'contact', id: 'of +14155550000' },
        interaction: { content: { text: 'text of n0' } },
      });
      expect(Date.parse(items[0]!.receivedAt)).toBeGreaterThan(Date.now() - 60_000);
      expect(await activityOf(ledger, 'n0')).toMatchObject({ state: 'sending' });
    });

    it('waits for a full batch as long as the window says', async () => {
      const { ledger, sql } = subject.current();
      await makeReady(ledger, many(3, 'many people'));
      const options = { ...claimOf(4), windowMs: 30_000 };
      const early = await ledger.claim(options);
      expect(early.items).toEqual([]);
      expect(early.waitMs).toBeGreaterThan(1_000);
      expect(early.waitMs).toBeLessThanOrEqual(30_000);
      await sql.query(`update wcs.activities set ready_at = ready_at - interval '31 s' where key = $1`, [
        keyOf('n2'),
      ]);
      expect((await ledger.claim(options)).items).toHaveLength(3);
    });

    it('takes a full batch at once and says nothing when there is nothing', async () => {
      const { ledger } = subject.current();
      expect(await ledger.claim({ ...claimOf(4), windowMs: 30_000 })).toEqual({ items: [] });
      await makeReady(ledger, many(4, 'many people'));
      expect((await ledger.claim({ ...claimOf(4), windowMs: 30_000 })).items).toHaveLength(4);
    });

    it('lets new people through while very many wait, and keeps the order of each', async () => {
      const { ledger } = subject.current();
      const late = many(12, 'many people', 'late');
      await makeReady(ledger, [...many(30, 'one person', 'old'), ...late.slice(10)]);
      await makeReady(ledger, [eventOf('old again')]);
      const taken: string[] = [];
      for (let batch = 0; batch < 5; batch += 1) {
        const { items } = await ledger.claim(claimOf(8));
        taken.push(...items.map(({ key }) => key));
        await ledger.settle(
          'sales',
          items.map((item) => deliveredAs(item)),
          'one',
        );
      }
      expect(taken.slice(0, 8)).toEqual(expect.arrayContaining(['late10', 'late11'].map(keyOf)));
      const ofOne = [...many(30, 'one person', 'old'), eventOf('old again')].map(
        ({ interactionKey }) => interactionKey,
      );
      expect(taken.filter((key) => ofOne.includes(key))).toEqual(ofOne);
    });

    it('never has one contact in two deliveries, and keeps its order', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [...many(4, 'one person', 'own'), ...many(3, 'many people', 'other').slice(1)]);
      const first = await ledger.claim(claimOf(2, 'one'));
      expect(first.items.map((item) => item.key)).toEqual([keyOf('own0'), keyOf('own1')]);
      const second = await ledger.claim(claimOf(10, 'two'));
      expect(second.items.map((item) => item.key)).toEqual([keyOf('other1'), keyOf('other2')]);
      await ledger.settle(
        'sales',
        first.items.map((item) => deliveredAs(item)),
        'one',
      );
      const third = await ledger.claim(claimOf(10, 'two'));
      expect(third.items.map((item) => item.key)).toEqual([keyOf('own2'), keyOf('own3')]);
    });

    it('lets nothing overtake a retry of the same contact', async () => {
      const { ledger, sql } = subject.current();
      await makeReady(ledger, many(3, 'one person'));
      const [first] = (await ledger.claim(claimOf(1))).items;
      await ledger.settle('sales', [failedAs(first!, 'ready', { delayMs: 60_000, burn: true })], 'one');
      expect(await ledger.claim(claimOf(10))).toEqual({ items: [] });
      expect(await ledger.waitingDestinations()).toEqual(['sales']);
      await sql.query('update wcs.activities set not_before = now() where key = $1', [keyOf('n0')]);
      const { items } = await ledger.claim(claimOf(10));
      expect(items.map((item) => [item.key, item.attempts])).toEqual([
        [keyOf('n0'), 1],
        [keyOf('n1'), 0],
        [keyOf('n2'), 0],
      ]);
    });

    it('finds the free ones behind any number of blocked ones', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [...many(1_300, 'one person', 'own'), ...many(4, 'many people', 'other')]);
      const first = await ledger.claim(claimOf(5, 'one'));
      expect(first.items).toHaveLength(5);
      const second = await ledger.claim(claimOf(3, 'two'));
      expect(second.items.map((item) => item.key)).toEqual(['other0', 'other1', 'other2'].map(keyOf));
    });

    it('gives each activity to one of many claimers', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(120, 'many people'));
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, index) => ledger.claim(claimOf(10, `owner ${index}`))),
      );
      const keys = claims.flatMap((claim) => claim.items.map((item) => item.key));
      expect(keys).toHaveLength(120);
      expect(new Set(keys).size).toBe(120);
    });

    it('claims one kind of batch alone, and no contact of another one', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [...many(2, 'one person', 'own'), ...many(2, 'many people', 'other').slice(1)]);
      const [first] = (await ledger.claim(claimOf(1))).items;
      await ledger.settle('sales', [deliveredAs(first!)], 'one');
      await makeReady(ledger, [eventOf('own0', { step: 'edit', text: 'new' })]);
      const only = (existing: boolean) => ({ ...claimOf(10), only: { kind: 'message' as const, existing } });
      const changed = await ledger.claim(only(true));
      expect(changed.items.map((item) => item.key)).toEqual([keyOf('own0')]);
      const fresh = await ledger.claim(only(false));
      expect(fresh.items.map((item) => item.key)).toEqual([keyOf('other1')]);
      await ledger.settle(
        'sales',
        changed.items.map((item) => deliveredAs(item)),
        'one',
      );
      expect((await ledger.claim(only(false))).items.map((item) => item.key)).toEqual([keyOf('own1')]);
      expect(await ledger.claim({ ...claimOf(10), only: { kind: 'call', existing: false } })).toEqual({
        items: [],
      });
    });

    it('keeps destinations apart', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(2, 'many people'), {
        destinations: [
          { id: 'sales', initial: 'matching' },
          { id: 'marketing', initial: 'matching' },
        ],
      });
      await ledger.claim(claimOf(10));
      expect(await ledger.waitingDestinations()).toEqual(['marketing']);
      expect(await activityOf(ledger, 'n0', 'marketing')).toMatchObject({ state: 'ready' });
    });

    it('writes each outcome and its receipt', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(6, 'many people'));
      const { items } = await ledger.claim(claimOf(6));
      const [a, b, c, d, e, f] = items as [(typeof items)[0], ...typeof items];
      const unknown = { kind: 'unknown', key: d!.key, code: 'answer-lost', reason: 'no answer' } as const;
      await ledger.settle(
        'sales',
        [
          deliveredAs(a, 'r1'),
          failedAs(b!, 'failed', { burn: true }),
          failedAs(c!, 'parked', { burn: true }),
          failedAs(d!, 'unknown', { outcome: unknown }),
          failedAs(e!, 'matching', { delayMs: 60_000 }),
          failedAs(f!, 'ready', { delayMs: 60_000 }),
        ],
        'one',
      );
      const states = await Promise.all(
        ['n0', 'n1', 'n2', 'n3', 'n4', 'n5'].map((name) => activityOf(ledger, name)),
      );
      expect(states.map((activity) => activity!.state)).toEqual([
        'delivered',
        'failed',
        'parked',
        'unknown',
        'matching',
        'ready',
      ]);
      expect(states[0]).toMatchObject({ recordId: 'r1', deliveredRevision: 1 });
      expect(states[1]).toMatchObject({ code: 'field-invalid', reason: 'refused', attempts: 1 });
      expect(states[4]).not.toHaveProperty('contact');
      expect((await ledger.interaction(keyOf('n3')))!.receipts).toMatchObject([
        { destination: 'sales', revision: 1, outcome: 'unknown', code: 'answer-lost', mappingVersion: 'm1' },
      ]);
      expect((await ledger.interaction(keyOf('n0')))!.receipts).toMatchObject([
        { outcome: 'delivered', recordId: 'r1', contentHash: 'h1' },
      ]);
    });

    it('never takes for delivered what names no record', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(1, 'many people'));
      const [item] = (await ledger.claim(claimOf(1))).items;
      const guess = { ...failedAs(item!, 'unknown'), to: 'delivered' as const };
      await expect(ledger.settle('sales', [guess], 'one')).rejects.toThrow(TypeError);
      await expect(ledger.settle('sales', [deliveredAs(item!, '')], 'one')).rejects.toThrow(TypeError);
      expect(await activityOf(ledger, 'n0')).toMatchObject({ state: 'sending' });
    });

    it('sends the newer revision when the interaction changed while it was sent', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(2, 'many people'));
      const { items } = await ledger.claim(claimOf(2));
      await ledger.append([eventOf('n0', { step: 'edit', text: 'new', phone: '+14155550000' })], []);
      await ledger.append([eventOf('n1', { step: 'edit', text: 'new', phone: '+14155550001' })], []);
      await foldAll(ledger);
      expect(await activityOf(ledger, 'n0')).toMatchObject({ state: 'sending', revision: 2 });
      await ledger.settle('sales', [deliveredAs(items[0]!, 'r1'), failedAs(items[1]!, 'failed')], 'one');
      expect(await activityOf(ledger, 'n0')).toMatchObject({
        state: 'ready',
        deliveredRevision: 1,
        recordId: 'r1',
      });
      expect(await activityOf(ledger, 'n1')).toMatchObject({ state: 'ready' });
      const again = await ledger.claim(claimOf(2));
      expect(again.items).toMatchObject([{ revision: 2, recordId: 'r1' }, { revision: 2 }]);
    });

    it('replays dead letters by destination, key or code', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, many(3, 'many people'));
      const { items } = await ledger.claim(claimOf(3));
      const tooLong = { kind: 'permanent', key: items[2]!.key, code: 'too-long', reason: 'x' } as const;
      await ledger.settle(
        'sales',
        items.map((item, index) => failedAs(item, 'failed', index === 2 ? { outcome: tooLong } : {})),
        'one',
      );
      expect(await ledger.replayFailed({ destination: 'marketing' })).toBe(0);
      expect(await ledger.replayFailed({ code: 'too-long' })).toBe(1);
      expect(await ledger.replayFailed({ keys: [keyOf('n0'), keyOf('n2')] })).toBe(1);
      expect(await ledger.replayFailed({ destination: 'sales' })).toBe(1);
      expect((await ledger.claim(claimOf(3))).items).toHaveLength(3);
    });
  });
}
