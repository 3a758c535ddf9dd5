import { describe, expect, it } from '@jest/globals';
import type { Folded, FoldSubject, RollupSettlement, RollupTask } from '../../src/ledger/ledger.ts';
import { claimOf, deliveredAs, eventOf, foldWith, keyOf, matchAll } from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const ana = '+14155550100';
const ben = '+14155550101';

/** A message whose text begins with "to" goes to the person. */
function foldDirections(): (subject: FoldSubject) => Folded {
  const plain = foldWith();
  return (subject) => {
    const folded = plain(subject);
    const { text } = subject.events.at(-1)!.payload as { text: string };
    const direction = text.startsWith('to') ? 'outbound' : 'inbound';
    return { ...folded, interaction: { ...folded.interaction, direction } };
  };
}

/** What is told of a contact as a whole. */
export function rollupSuite(subject: Subject): void {
  describe('rollups', () => {
    const log = async (name: string, at: string, text = 'from a person', phone = ana, step = 'message') => {
      const { ledger } = subject.current();
      await ledger.append([eventOf(name, { at, text, phone, step })], []);
      await ledger.fold(100, foldDirections());
      await matchAll(ledger);
    };
    const deliver = async (rollsUp = true) => {
      const { ledger } = subject.current();
      const { items } = await ledger.claim(claimOf(100));
      await ledger.settle(
        'sales',
        items.map((item) => ({ ...deliveredAs(item), rollsUp })),
        'one',
      );
    };
    const timePasses = () =>
      subject
        .current()
        .sql.exec(`update wcs.rollups set due_at = now() - interval '1 s' where due_at is not null`);
    const claim = (owner = 'one') => subject.current().ledger.claimRollups('sales', 10, owner, 60_000);
    const written = (task: RollupTask): RollupSettlement => ({ ...only(task), to: 'written', hash: 'h' });
    const only = ({ contact, version }: RollupTask) => ({ contact, version });
    const settle = (settlements: readonly RollupSettlement[], owner = 'one') =>
      subject.current().ledger.settleRollups('sales', settlements, owner);
    const waiting = () => subject.current().ledger.waitingRollups();

    it('gives the newest times and the counts of what is logged on a contact', async () => {
      await log('a', '2026-03-01T10:00:00.000Z');
      await log('b', '2026-03-01T11:00:00.000Z');
      await log('c', '2026-03-01T10:30:00.000Z', 'to the person');
      await log('d', '2026-03-02T10:30:00.000Z', 'to the person', ben);
      await deliver();
      await timePasses();
      expect(await waiting()).toEqual(['sales']);
      const tasks = await claim();
      expect(tasks.map(({ contact, history }) => [contact.id, history])).toEqual(
        expect.arrayContaining([
          [
            `of ${ana}`,
            {
              lastInboundAt: '2026-03-01T11:00:00.000Z',
              lastOutboundAt: '2026-03-01T10:30:00.000Z',
              lastAt: '2026-03-01T11:00:00.000Z',
              count: 3,
              messages: 3,
              calls: 0,
            },
          ],
          [
            `of ${ben}`,
            {
              lastOutboundAt: '2026-03-02T10:30:00.000Z',
              lastAt: '2026-03-02T10:30:00.000Z',
              count: 1,
              messages: 1,
              calls: 0,
            },
          ],
        ]),
      );
      expect(tasks).toHaveLength(2);
    });

    it('lets a burst pass before a contact is due', async () => {
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver();
      expect(await waiting()).toEqual([]);
      expect(await claim()).toEqual([]);
    });

    it('marks nobody where the mapping does not ask for it', async () => {
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver(false);
      await timePasses();
      expect(await waiting()).toEqual([]);
    });

    it('counts what is logged and nothing that waits', async () => {
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver();
      await log('b', '2026-03-01T11:00:00.000Z');
      await timePasses();
      const [task] = await claim();
      expect(task?.history).toMatchObject({ count: 1, lastInboundAt: '2026-03-01T10:00:00.000Z' });
    });

    it('leases a contact to one owner, and to the next when the first one is dead', async () => {
      const { ledger, sql } = subject.current();
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver();
      await timePasses();
      const [first] = await claim('one');
      expect(await claim('two')).toEqual([]);
      expect(await waiting()).toEqual([]);
      await sql.exec(`update wcs.rollups set lease_until = now() - interval '1 s'`);
      expect(await claim('two')).toHaveLength(1);
      await settle([written(first!)], 'one');
      expect(await ledger.releaseLeases('three')).toBe(1);
      expect(await claim('three')).toHaveLength(1);
    });

    it('is done when it is written, and due again, but not at once, by what was logged meanwhile', async () => {
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver();
      await timePasses();
      const [first] = await claim();
      await log('b', '2026-03-01T11:00:00.000Z');
      await deliver();
      await settle([written(first!)]);
      expect(await waiting()).toEqual([]);
      await timePasses();
      const [second] = await claim();
      expect(second).toMatchObject({ writtenHash: 'h', history: { count: 2 } });
      await settle([written(second!)]);
      await timePasses();
      expect(await waiting()).toEqual([]);
    });

    it('waits and is given up as the settlement says, until something new is logged', async () => {
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver();
      await timePasses();
      const [first] = await claim();
      const refused = { ...only(first!), code: 'unavailable', reason: 'down' };
      await settle([{ ...refused, to: 'waiting', delayMs: 60_000, burn: true }]);
      expect(await waiting()).toEqual([]);
      await timePasses();
      const [second] = await claim();
      expect(second?.attempts).toBe(1);
      await settle([{ ...refused, ...only(second!), to: 'given-up', code: 'contact-gone' }]);
      await timePasses();
      expect(await waiting()).toEqual([]);
      await log('b', '2026-03-01T11:00:00.000Z');
      await deliver();
      await timePasses();
      expect(await claim()).toMatchObject([{ attempts: 0, history: { count: 2 } }]);
    });

    it('counts an edited message once', async () => {
      const { ledger } = subject.current();
      await log('a', '2026-03-01T10:00:00.000Z');
      await deliver();
      await log('a', '2026-03-01T10:00:00.000Z', 'edited', ana, 'edit');
      await deliver();
      await timePasses();
      expect((await claim())[0]?.history.count).toBe(1);
      expect((await ledger.interaction(keyOf('a')))?.revision).toBe(2);
    });
  });
}
