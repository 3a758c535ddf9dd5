import { describe, expect, it } from '@jest/globals';
import { sealAll } from '../../src/pipeline/seal.ts';
import {
  claimOf,
  deliveredAs,
  eventOf,
  foldAll,
  foldWith,
  keyOf,
  makeReady,
} from '../support/ledger-data.ts';
import type { Subject } from './ledger-suite.ts';

const log = { warn: () => undefined };
const ana = '+14155550100';
const ben = '+14155550199';
const other = '+4930123456';

/** What an export reads: interactions by chat, sealed rows by filter, the keys of one person. */
export function exportSuite(subject: Subject): void {
  describe('an export', () => {
    const at = (day: number) => `2026-03-${String(day).padStart(2, '0')}T10:00:00.000Z`;

    /** Two people, two numbers of the firm, ten days; all sealed. */
    async function filled() {
      const { ledger } = subject.current();
      const events = Array.from({ length: 10 }, (_one, index) =>
        eventOf(`m${index}`, {
          at: at(index + 1),
          phone: index % 2 === 0 ? ana : ben,
          ...(index >= 6 && { number: other }),
        }),
      );
      await makeReady(ledger, events);
      const { items } = await ledger.claim(claimOf(4));
      await ledger.settle(
        'sales',
        items.map((item) => deliveredAs(item)),
        'one',
      );
      await sealAll({ ledger, places: [], log });
      const [seal] = await ledger.seals({ limit: 1 });
      if (seal === undefined) throw new Error('nothing was sealed');
      const upTo = (table: string) => seal.ranges.find((range) => range.table === table)?.upTo ?? 0;
      return {
        ledger,
        seal,
        end: { events: upTo('events'), receipts: upTo('receipts'), audit: upTo('audit') },
      };
    }

    it('reads interactions by chat, the oldest first, a page at a time and each once', async () => {
      const { ledger, end } = await filled();
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ledger.exportedInteractions(
          {},
          { end, limit: 3, ...(cursor !== undefined && { cursor }) },
        );
        found.push(...page.items.map((one) => `${one.conversation} ${one.interaction.occurredAt}`));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found).toHaveLength(10);
      expect(found).toEqual(found.toSorted());
      expect(await ledger.exportedCount({}, end)).toBe(10);
    });

    it.each([
      ['a number', { businessNumber: other }, ['m6', 'm7', 'm8', 'm9']],
      ['days, both inclusive', { from: '2026-03-03', to: '2026-03-04' }, ['m2', 'm3']],
      [
        'who held a number at the time',
        { held: [{ number: other, from: '2026-03-08', to: '2026-03-09' }] },
        ['m7', 'm8'],
      ],
      ['nobody who held one', { held: [] }, []],
      ['some interactions, and days', { keys: [keyOf('m1'), keyOf('m5')], to: '2026-03-03' }, ['m1']],
    ])('reads the rows of %s and no others', async (_name, filter, names) => {
      const { ledger, seal, end } = await filled();
      const expected = names.map(keyOf).toSorted();
      const { items } = await ledger.exportedInteractions(filter, { end, limit: 50 });
      expect(items.map(({ interaction }) => interaction.key).toSorted()).toEqual(expected);
      const records = await ledger.exportedRecords(filter, seal.ranges);
      const events = records.filter(({ table }) => table === 'events');
      expect(events.map(({ fields }) => fields[5]).toSorted()).toEqual(expected);
      const logged = records.filter(({ table }) => table === 'receipts').map(({ fields }) => fields[1]);
      expect(logged.every((key) => expected.includes(String(key)))).toBe(true);
      const all = { keys: [keyOf('m1'), keyOf('m7')], conversations: [] };
      const among = await ledger.exportedAmong(filter, all);
      expect([...among].toSorted()).toEqual(all.keys.filter((key) => expected.includes(key)).toSorted());
    });

    it('reads what is sealed as it was sealed, in the order of the leaves', async () => {
      const { ledger, seal } = await filled();
      expect(await ledger.exportedRecords({}, seal.ranges)).toEqual(await ledger.sealedRecords(seal.ranges));
    });

    it('leaves out what came after its end, and says what was changed after it', async () => {
      const { ledger, end } = await filled();
      await ledger.append(
        [eventOf('late', { at: at(11) }), eventOf('m3', { step: 'edit', text: 'changed' })],
        [],
      );
      await foldAll(ledger);
      const { items } = await ledger.exportedInteractions({}, { end, limit: 50 });
      expect(items).toHaveLength(10);
      const newer = items.filter(({ isNewer }) => isNewer).map(({ interaction }) => interaction.key);
      expect(newer).toEqual([keyOf('m3')]);
    });

    it('has events that belong to no message by number and day, and never with a person', async () => {
      const { ledger } = subject.current();
      const { interactionKey: _key, ...loose } = eventOf('notice', { at: at(5) });
      await ledger.append([{ ...loose, kind: 'unrecognised' }], []);
      await sealAll({ ledger, places: [], log });
      const [seal] = await ledger.seals({ limit: 1 });
      const count = async (filter: object) =>
        (await ledger.exportedRecords(filter, seal?.ranges ?? [])).filter(({ table }) => table === 'events')
          .length;
      expect(await count({ from: '2026-03-05' })).toBe(1);
      expect(await count({ from: '2026-03-06' })).toBe(0);
      expect(await count({ keys: [keyOf('notice')] })).toBe(0);
    });

    it('says that content was destroyed, by what and when', async () => {
      const { ledger, end } = await filled();
      const { sql } = subject.current();
      const [purge] = await sql.query<{ id: string }>(
        `insert into wcs.purges (actor, kind, rule, interactions, events, files)
         values ('rule', 'retention', 'chats-3y', 1, 1, 0) returning id`,
      );
      await sql.query(`update wcs.interactions set purge_id = $1, document = '' where key = $2`, [
        purge?.id ?? '',
        keyOf('m2'),
      ]);
      const { items } = await ledger.exportedInteractions({ keys: [keyOf('m2')] }, { end, limit: 5 });
      expect(items[0]?.purge).toMatchObject({ kind: 'retention', rule: 'chats-3y' });
      expect(items[0]?.interaction).toMatchObject({ key: keyOf('m2'), occurredAt: at(3) });
    });

    it('finds a person by what was theirs at the time: a number that was handed on is not the next one’s', async () => {
      const { ledger } = subject.current();
      const links = [
        { kind: 'same', a: ana, b: 'US.ana', at: at(1) },
        { kind: 'became', a: ana, b: '+14155550101', at: at(5) },
        { kind: 'same', a: ana, b: 'US.next', at: at(9) },
      ] as const;
      await ledger.append(
        [
          eventOf('first', { at: at(1), phone: ana }),
          eventOf('moved', { at: at(6), phone: '+14155550101' }),
          eventOf('next', { at: at(9), phone: ana }),
        ],
        [],
      );
      const plain = foldWith();
      while ((await ledger.fold(50, (one) => ({ ...plain(one), links }))).events > 0);
      const names = async (who: string) => {
        const keys = await ledger.keysOfPerson(who);
        return ['first', 'moved', 'next'].filter((name) => keys.includes(keyOf(name)));
      };
      expect(await names('US.ana')).toEqual(['first', 'moved']);
      expect(await names('US.next')).toEqual(['next']);
      expect(await names(ana)).toEqual(['first', 'next']);
      expect(await names('US.nobody')).toEqual([]);
    });

    it('finds a person by the contact that they are in the CRM', async () => {
      const { ledger } = await filled();
      await ledger.putContacts('sales', [
        { type: 'contact', id: '77', name: 'Ana', addresses: [ana] },
      ] as never);
      expect((await ledger.keysOfPerson('77')).toSorted()).toEqual(
        ['m0', 'm2', 'm4', 'm6', 'm8'].map(keyOf).toSorted(),
      );
    });
  });
}
