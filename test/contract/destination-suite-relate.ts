import { expect, it } from '@jest/globals';
import type { RelateRule } from '../../src/destinations/destination.ts';
import { recordIdOf } from './destination-harness.ts';
import type { MakeStage } from './destination-suite.ts';

const nothing: RelateRule = { company: 'none', deal: 'none' };
const dealBy = (deal: RelateRule['deal']): RelateRule => ({ company: 'none', deal });

/** What else an activity is put on, whatever the CRM. */
export function relateCases(stage: MakeStage): void {
  it('finds nothing where the rule asks for nothing, without a call, and where there is nothing', async () => {
    const s = await stage();
    const before = s.calls();
    expect(await s.destination.relate([s.ana, s.ana], nothing)).toEqual([[], []]);
    expect(await s.destination.relate([], { company: 'primary', deal: 'newest' })).toEqual([]);
    expect(s.calls()).toBe(before);
    for (const deal of ['only', 'newest', 'owner'] as const) {
      expect(await s.destination.relate([{ ...s.ana, ownerId: s.addUser(ben) }], dealBy(deal))).toEqual([[]]);
    }
  });

  it('finds the only open deal, and none where there are several', async () => {
    const s = await stage();
    const [chiara, dana] = [await s.addContact('Chiara Rossi', '+1'), await s.addContact('Dana Kim', '+2')];
    const type = s.traits.related.deal;
    s.addDeal({ name: 'closed', contacts: [s.ana], closed: true });
    const only = s.addDeal({ name: 'only', contacts: [s.ana] });
    s.addDeal({ name: 'one', contacts: [chiara] });
    s.addDeal({ name: 'two', contacts: [chiara] });
    s.addDeal({ name: 'won', contacts: [dana], closed: true });
    const found = await s.destination.relate([dana, chiara, s.ana, s.ana], dealBy('only'));
    expect(found).toEqual([[], [], [{ type, id: only }], [{ type, id: only }]]);
  });

  it('finds the newest open deal, whoever shares it', async () => {
    const s = await stage();
    const chiara = await s.addContact('Chiara Rossi', '+1');
    const type = s.traits.related.deal;
    const contacts = [s.ana, chiara];
    s.addDeal({ name: 'old', contacts, createdAt: '2026-01-02T10:00:00.000Z' });
    const newest = s.addDeal({ name: 'newest', contacts, createdAt: '2026-06-02T10:00:00.000Z' });
    s.addDeal({ name: 'middle', contacts: [s.ana], createdAt: '2026-03-02T10:00:00.000Z' });
    s.addDeal({ name: 'won', contacts: [s.ana], createdAt: '2026-08-02T10:00:00.000Z', closed: true });
    const found = await s.destination.relate([s.ana, chiara], dealBy('newest'));
    expect(found).toEqual([[{ type, id: newest }], [{ type, id: newest }]]);
  });

  it("finds the only open deal of the activity's owner, and none where the owner has several or is not known", async () => {
    const s = await stage();
    const [own, other] = [s.addUser(ben), s.addUser(ana)];
    const type = s.traits.related.deal;
    const contacts = [s.ana];
    const mine = s.addDeal({ name: 'mine', contacts, ownerId: own });
    s.addDeal({ name: 'mine, but closed', contacts, ownerId: own, closed: true });
    s.addDeal({ name: 'first of another', contacts, ownerId: other });
    s.addDeal({ name: 'second of another', contacts, ownerId: other });
    const subjects = [{ ...s.ana, ownerId: own }, { ...s.ana, ownerId: other }, s.ana];
    expect(await s.destination.relate(subjects, dealBy('owner'))).toEqual([[{ type, id: mine }], [], []]);
  });

  it('finds the primary company, where the CRM does not derive it by itself, and none of several', async () => {
    const s = await stage();
    const chiara = await s.addContact('Chiara Rossi', '+1');
    const dana = await s.addContact('Dana Kim', '+2');
    s.addCompany('Former employer', [s.ana], false);
    const main = s.addCompany('Lamps and Sons', [s.ana], true);
    if (s.traits.related.company !== undefined) {
      s.addCompany('One of two', [chiara], false);
      s.addCompany('Two of two', [chiara], false);
    }
    const found = await s.destination.relate([chiara, s.ana, dana], { company: 'primary', deal: 'none' });
    const { company } = s.traits.related;
    expect(found).toEqual(company === undefined ? [[], [], []] : [[], [{ type: company, id: main }], []]);
  });

  it('looks up many contacts at once', async () => {
    const s = await stage();
    const contacts = [];
    for (let index = 0; index < 120; index += 1) contacts.push(await s.addContact('Somebody', `+${index}`));
    const deals = contacts.map((contact, index) => s.addDeal({ name: `deal ${index}`, contacts: [contact] }));
    const found = await s.destination.relate(contacts, dealBy('only'));
    expect(found).toEqual(deals.map((id) => [{ type: s.traits.related.deal, id }]));
  });

  it.each(['message', 'call'] as const)(
    'puts a new %s on the records that are named, and leaves them as they are when it changes',
    async (kind) => {
      const s = await stage();
      const { company, deal } = s.traits.related;
      const related = [
        ...(company === undefined ? [] : [{ type: company, id: s.addCompany('Lamps', [s.ana], true) }]),
        { type: deal, id: s.addDeal({ name: 'first', contacts: [s.ana] }) },
      ];
      const item = s.item('text', s.ana, { kind, related });
      const recordId = recordIdOf((await s.destination.deliver([item]))[0]);
      const byType = (one: { type: string }, two: { type: string }) => one.type.localeCompare(two.type);
      expect(s.relatedOn(kind, recordId).toSorted(byType)).toEqual(related.toSorted(byType));
      const another = { type: deal, id: s.addDeal({ name: 'second', contacts: [s.ana] }) };
      const fields = s.fields(kind, 'text, edited');
      const change = { ...item, recordId, fields, related: [another] };
      expect(recordIdOf((await s.destination.deliver([change]))[0])).toBe(recordId);
      expect(s.relatedOn(kind, recordId).toSorted(byType)).toEqual(related.toSorted(byType));
      const [record] = await s.records();
      expect(record?.fields[s.textField(kind)]).toContain('text, edited');
      expect(record?.contactId).toBe(s.ana.id);
    },
  );
}

const ana = { name: 'Ana Owner', email: 'ana@example.com', active: true };
const ben = { name: 'Ben Braun', email: 'ben@example.com', active: true };
