import { expect, it } from '@jest/globals';
import { parsePhone } from '../../src/core/phone.ts';
import { address, byKey, collect, recordIdOf } from './destination-harness.ts';
import { settled } from './destination-suite-budget.ts';
import type { MakeStage } from './destination-suite.ts';

export function contactCases(stage: MakeStage): void {
  it('finds people by the beginning of a word of their name, by all words, and by their number', async () => {
    const s = await stage();
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    const other = await s.addContact('Ben Oduya', '+1 415 555 0102');
    const found = async (text: string) =>
      (await s.destination.searchPeople(text)).map(({ id }) => id).toSorted();
    expect(await found('okaf')).toEqual([ben.id]);
    expect(await found('BEN')).toEqual([ben.id, other.id].toSorted());
    expect(await found('ben okafor')).toEqual([ben.id]);
    expect(await found('+1 (415) 555-0102')).toEqual([other.id]);
    expect(await found('nobody')).toEqual([]);
    expect(await found(' ')).toEqual([]);
    expect(await found("{a} OR b?*'")).toEqual([]);
  });

  it('says that a contact is gone for that record alone', async () => {
    const s = await stage();
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    await s.deleteContact(ben.id);
    const [kept, lost] = [s.item('to Ana', s.ana), s.item('to Ben', ben)];
    const outcomes = await s.destination.deliver([kept, lost]);
    expect(byKey(outcomes, kept.key)).toMatchObject({ kind: 'delivered' });
    expect(byKey(outcomes, lost.key)).toMatchObject({ code: 'contact-gone' });
    const gone = byKey(outcomes, lost.key);
    if (gone === undefined || gone.kind === 'delivered') throw new Error('it was guessed');
    expect(settled(gone).to).toBe('matching');
    expect(await s.records()).toHaveLength(1);
    expect((await s.destination.lookup([address('+14155550101')])).map(({ id }) => id)).not.toContain(ben.id);
  });

  it('finds the one that stayed after two contacts were merged, and puts nothing on the one that is gone', async () => {
    const s = await stage();
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    const { cursor } = await collect(s.destination, undefined);
    s.mergeContact(ben, s.ana);
    const item = s.item('to Ben', ben);
    const [outcome] = await s.destination.deliver([item]);
    // A CRM may put it on the one that stayed by itself; otherwise it is told and matched again.
    if (outcome?.kind === 'delivered') recordIdOf(outcome);
    else expect(outcome).toMatchObject({ code: 'contact-gone' });
    for (const { contactId } of await s.records()) expect(contactId).toBe(s.ana.id);
    const { contacts } = await collect(s.destination, cursor);
    expect(contacts.find(({ id, gone }) => id === ben.id && gone === true)).toBeDefined();
    const again = await s.destination.deliver([{ ...item, contact: s.ana }]);
    expect(again).toMatchObject([{ kind: 'delivered' }]);
    expect((await s.records()).map(({ contactId }) => contactId)).toEqual([s.ana.id]);
  });

  it('finds the contact that somebody was converted to, and says so of the id before', async () => {
    const s = await stage();
    const converted = s.convertedLead?.('Lea Weiss', '+1 415 555 0109');
    if (converted === undefined) return;
    const { lead, contact } = converted;
    const item = s.item('to the lead', lead);
    const [outcome] = await s.destination.deliver([item]);
    expect(outcome).toMatchObject({ code: 'contact-gone' });
    if (outcome && outcome.kind !== 'delivered') expect(settled(outcome).to).toBe('matching');
    const found = await s.destination.lookup([address('+14155550109')]);
    expect(found.map(({ id }) => id)).toEqual([contact.id]);
    expect(await s.destination.deliver([{ ...item, contact }])).toMatchObject([{ kind: 'delivered' }]);
  });

  it.each(['+1 415 555 0142', '+14155550142', '(415) 555-0142', '415.555.0142', '4155550142'])(
    'finds a contact whose number is written %s',
    async (written) => {
      const s = await stage();
      const contact = await s.addContact('Chiara Rossi', written);
      const found = await s.destination.lookup([address('+14155550142'), address('+442071234567')]);
      const hit = found.find((each) => each.id === contact.id);
      expect(hit).toMatchObject({ type: contact.type, name: 'Chiara Rossi' });
      expect(hit?.phones.map((phone) => parsePhone(phone, 'US')?.e164)).toContain('+14155550142');
    },
  );

  it('gives every contact that has the number', async () => {
    const s = await stage();
    const second = await s.addContact('Ana at work', '(415) 555-0100');
    const found = await s.destination.lookup([address('+14155550100')]);
    expect(found.map((each) => each.id).toSorted()).toEqual([s.ana.id, second.id].toSorted());
  });

  it('looks up many numbers at once', async () => {
    const s = await stage();
    const numbers = Array.from({ length: 60 }, (_, index) => `+1415555${String(1000 + index)}`);
    for (const number of numbers) await s.addContact('Somebody', number);
    const found = await s.destination.lookup(numbers.map(address));
    expect(new Set(found.flatMap((each) => each.phones)).size).toBeGreaterThanOrEqual(60);
  });

  it('pulls all contacts, then only what changed, from the cursor on', async () => {
    const s = await stage();
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    const full = await collect(s.destination, undefined);
    expect(new Set(full.contacts.map((each) => each.id))).toEqual(new Set([s.ana.id, ben.id]));
    const chiara = await s.addContact('Chiara Rossi', '+39 02 5550 0102');
    const next = await collect(s.destination, full.cursor);
    const hit = next.contacts.find((each) => each.id === chiara.id);
    expect(hit).toMatchObject({ name: 'Chiara Rossi', type: chiara.type });
    expect(hit?.phones.map((phone) => parsePhone(phone)?.e164)).toContain('+390255500102');
  });
}
