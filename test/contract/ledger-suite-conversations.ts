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

const ana = '+14155550100';
const ben = '+14155550111';
const at = (minute: number, dayOfMonth = 1) =>
  `2026-03-${String(dayOfMonth).padStart(2, '0')}T10:${String(minute).padStart(2, '0')}:00.000Z`;
const page = { limit: 50 };

export function conversationSuite(subject: Subject): void {
  describe('conversations', () => {
    it('is all of one number with one person, with its newest message', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [
        eventOf('a', { phone: ana, at: at(1) }),
        eventOf('b', { phone: ben, at: at(2) }),
        eventOf('c', { phone: ana, at: at(3) }),
        eventOf('d', { phone: ana, at: at(2), number: '+4930123456' }),
      ]);
      const { items } = await ledger.conversations(page);
      expect(
        items.map(({ businessNumber, phone, last }) => [businessNumber, phone, last.interaction.key]),
      ).toEqual(
        [
          ['+15550783881', ana, keyOf('c')],
          ['+15550783881', ben, keyOf('b')],
          ['+4930123456', ana, keyOf('d')],
        ].toSorted((one, other) => order(items, one[2]!) - order(items, other[2]!)),
      );
      expect(items[0]).toMatchObject({
        firstAt: at(1),
        lastAt: at(3),
        contacts: [{ destination: 'sales', type: 'contact', id: `of ${ana}`, match: 'test' }],
      });
      expect(await ledger.conversation(items[0]!.id)).toEqual(items[0]);
      expect(await ledger.conversation('nothing')).toBeUndefined();
    });

    it('pages without gaps and repeats, and reads one chat in both directions', async () => {
      const { ledger } = subject.current();
      const events = Array.from({ length: 7 }, (_one, nth) =>
        eventOf(`e${nth}`, { phone: `+141555501${String(nth).padStart(2, '0')}`, at: at(nth % 3) }),
      );
      await makeReady(ledger, events);
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const part = await ledger.conversations({ limit: 2, ...(cursor !== undefined && { cursor }) });
        ids.push(...part.items.map(({ id }) => id));
        cursor = part.cursor;
      } while (cursor !== undefined);
      expect(new Set(ids).size).toBe(7);
      expect(ids).toHaveLength(7);
      await makeReady(
        ledger,
        [1, 2, 3].map((nth) => eventOf(`m${nth}`, { phone: ana, at: at(nth, 2) })),
      );
      const [chat] = (await ledger.conversations(page)).items;
      const oldest = await ledger.interactions({ conversation: chat!.id, order: 'oldest', limit: 3 });
      const keys = oldest.items.map(({ interaction }) => interaction.key);
      const rest = await ledger.interactions({
        conversation: chat!.id,
        order: 'oldest',
        limit: 3,
        cursor: oldest.cursor!,
      });
      expect([...keys, ...rest.items.map(({ interaction }) => interaction.key)].slice(-3)).toEqual(
        ['m1', 'm2', 'm3'].map(keyOf),
      );
      const newest = await ledger.interactions({ conversation: chat!.id, limit: 2 });
      expect(newest.items.map(({ interaction }) => interaction.key)).toEqual(['m3', 'm2'].map(keyOf));
    });

    it('follows an interaction whose person turns out to be another, and leaves no empty chat', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a', { phone: ana, at: at(1) })]);
      await makeReady(ledger, [eventOf('a', { phone: ben, step: 'again', at: at(5) })]);
      const { items } = await ledger.conversations(page);
      expect(items.map(({ phone, firstAt }) => [phone, firstAt])).toEqual([[ben, at(1)]]);
    });

    it('is found by the name of the CRM contact, in any case and without accents', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a', { phone: ana }), eventOf('b', { phone: ben })]);
      await ledger.putContacts('sales', [
        { type: 'contact', id: '1', name: 'Ana Sílva', addresses: [ana] },
        { type: 'contact', id: '2', name: 'Ben Okafor', addresses: [ben] },
      ]);
      const found = async (who: string) =>
        (await ledger.conversations({ who, ...page })).items.map(({ phone }) => phone);
      expect(await found('ANA')).toEqual([ana]);
      expect(await found('silva ana')).toEqual([ana]);
      expect(await found('síl')).toEqual([ana]);
      expect(await found("O'Brien")).toEqual([]);
      expect(await found(`a' | 'b`)).toEqual([]);
      expect(await found('\\')).toEqual([]);
    });

    it('is found by the name of the contact that somebody assigned', async () => {
      const { ledger } = subject.current();
      await ledger.putContacts('sales', [{ type: 'contact', id: 'x', name: 'Zoe Quint', addresses: [ben] }]);
      await makeReady(ledger, [eventOf('a', { phone: ana })]);
      await ledger.decideParked('sales', [], { to: 'ignored', reason: 'none' });
      const { items } = await ledger.claim(claimOf(1));
      await ledger.settle('sales', [deliveredAs(items[0]!)], 'one');
      await subject
        .current()
        .sql.query(`update wcs.activities set contact_id = 'x' where key = $1`, [keyOf('a')]);
      expect((await ledger.conversations({ who: 'Quint', ...page })).items.map(({ phone }) => phone)).toEqual(
        [ana],
      );
    });

    it('is found by digits of the number, number of the firm, day, state and destination', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [
        eventOf('a', { phone: ana, at: at(1, 1) }),
        eventOf('b', { phone: ben, at: at(1, 2) }),
        eventOf('c', { phone: ben, at: at(1, 3), number: '+4930123456' }),
      ]);
      const { items } = await ledger.claim(claimOf(3));
      const one = items.find(({ key }) => key === keyOf('b'))!;
      await ledger.settle('sales', [failedAs(one, 'failed')], 'one');
      const found = async (filter: object) =>
        (await ledger.conversations({ ...filter, ...page })).items.map(({ last }) => last.interaction.key);
      expect(await found({ who: '555-0100' })).toEqual([keyOf('a')]);
      expect(await found({ who: '5550111' })).toEqual([keyOf('c'), keyOf('b')]);
      expect(await found({ businessNumber: '+4930123456' })).toEqual([keyOf('c')]);
      expect(await found({ from: '2026-03-02', to: '2026-03-02' })).toEqual([keyOf('b')]);
      expect(await found({ to: '2026-03-01' })).toEqual([keyOf('a')]);
      expect(await found({ from: '2026-03-03' })).toEqual([keyOf('c')]);
      expect(await found({ state: 'failed' })).toEqual([keyOf('b')]);
      expect(await found({ state: 'failed', destination: 'marketing' })).toEqual([]);
      expect(await found({ destination: 'sales' })).toHaveLength(3);
      expect(await found({ state: 'delivered' })).toEqual([]);
    });
  });

  describe('search by text', () => {
    if (subject.isEncrypted) {
      it('finds nothing by words, which would tell what was written', async () => {
        const { ledger, sql } = subject.current();
        await makeReady(ledger, [eventOf('a', { text: 'The contract' })]);
        expect((await ledger.interactions({ text: 'contract', ...page })).items).toEqual([]);
        expect(await sql.query('select from wcs.interactions where words is not null')).toEqual([]);
      });
      return;
    }

    it('finds messages by all words, the last one by its beginning', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [
        eventOf('a', { text: 'The contract is in the mail, Müller!', at: at(1) }),
        eventOf('b', { text: '合同已经寄出', at: at(2) }),
        eventOf('c', { text: 'No contracts today', at: at(3) }),
      ]);
      const found = async (text: string) =>
        (await ledger.interactions({ text, ...page })).items.map(({ interaction }) => interaction.key);
      expect(await found('contract')).toEqual([keyOf('c'), keyOf('a')]);
      expect(await found('contract mail')).toEqual([keyOf('a')]);
      expect(await found('muller')).toEqual([keyOf('a')]);
      expect(await found('合同')).toEqual([keyOf('b')]);
      expect(await found('contract absent')).toEqual([]);
      expect(await found('...')).toEqual([]);
    });

    it('finds what an edited message said first', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a', { text: 'apples' })]);
      await makeReady(ledger, [eventOf('a', { text: 'pears', step: 'edit' })]);
      const found = async (text: string) => (await ledger.interactions({ text, ...page })).items.length;
      expect(await found('pears')).toBe(1);
    });
  });

  describe('what waits for a person', () => {
    async function park(names: readonly [name: string, phone: string, reason: string][]) {
      const { ledger } = subject.current();
      await ledger.append(
        names.map(([name, phone], nth) => eventOf(name, { phone, at: at(nth) })),
        [],
      );
      await foldAll(ledger);
      await ledger.settleMatches(
        names.map(([name, , reason]) => ({
          destination: 'sales',
          key: keyOf(name),
          to: 'parked' as const,
          reason,
        })),
      );
      return ledger;
    }

    it('is grouped by cause, and by chat', async () => {
      const ledger = await park([
        ['a', ana, 'no-contact'],
        ['b', ana, 'no-contact'],
        ['c', ben, 'no-contact'],
        ['d', ben, 'not-created: Duplicate'],
      ]);
      expect(await ledger.waitingGroups('parked')).toMatchObject([
        { destination: 'sales', cause: 'no-contact', count: 3, people: 2 },
        { destination: 'sales', cause: 'not-created', count: 1, people: 1 },
      ]);
      expect(await ledger.waitingGroups('failed')).toEqual([]);
      const first = await ledger.waitingPeople('parked', { cause: 'no-contact', limit: 1 });
      expect(first.items).toMatchObject([{ count: 1, newest: { interaction: { key: keyOf('c') } } }]);
      const second = await ledger.waitingPeople('parked', {
        cause: 'no-contact',
        limit: 1,
        cursor: first.cursor!,
      });
      expect(second).toMatchObject({
        items: [{ count: 2, firstAt: at(0), lastAt: at(1), newest: { interaction: { key: keyOf('b') } } }],
      });
      expect(second.cursor).toBeUndefined();
      const chat = second.items[0]!.conversation;
      expect(await ledger.waitingKeys('parked', 'sales', { conversations: [chat] })).toEqual([
        keyOf('a'),
        keyOf('b'),
      ]);
      expect(await ledger.waitingKeys('parked', 'sales', { keys: [keyOf('d'), keyOf('none')] })).toEqual([
        keyOf('d'),
      ]);
      expect(await ledger.waitingKeys('parked', 'marketing', { conversations: [chat] })).toEqual([]);
    });

    it('comes back when somebody takes their ignoring back', async () => {
      const ledger = await park([['a', ana, 'no-contact']]);
      await ledger.decideParked('sales', [keyOf('a')], { to: 'ignored', reason: 'private' }, 'ana');
      expect(await ledger.reconsider('sales', [keyOf('a'), keyOf('b')], 'ana')).toBe(1);
      expect(await activityOf(ledger, 'a')).toMatchObject({ state: 'matching' });
      expect(await ledger.reconsider('sales', [keyOf('a')], 'ana')).toBe(0);
      const [entry] = (await ledger.audit({ limit: 1 })).items;
      expect(entry).toMatchObject({
        actor: 'ana',
        action: 'parked.restore',
        subject: 'sales',
        detail: { count: 1 },
      });
    });
  });

  describe('last signs of life', () => {
    it('tells when a source gave and a destination took something', async () => {
      const { ledger } = subject.current();
      await makeReady(ledger, [eventOf('a')]);
      const { items } = await ledger.claim(claimOf(1));
      await ledger.settle('sales', [deliveredAs(items[0]!)], 'one');
      const [support, silent] = await ledger.sourceActivity(['support', 'silent']);
      expect(Date.now() - Date.parse(support!.lastEventAt!)).toBeLessThan(60_000);
      expect(silent).toEqual({ source: 'silent' });
      const [sales, other] = await ledger.deliveryActivity(['sales', 'other']);
      expect(Date.now() - Date.parse(sales!.lastDeliveredAt!)).toBeLessThan(60_000);
      expect(sales!.lagSeconds!.median).toBeGreaterThanOrEqual(0);
      expect(other).toEqual({ destination: 'other' });
    });
  });
}

function order(
  items: readonly { readonly last: { readonly interaction: { readonly key: string } } }[],
  key: string,
): number {
  return items.findIndex(({ last }) => last.interaction.key === key);
}
