import { expect, it } from '@jest/globals';
import { CrmError } from '../../src/core/errors.ts';
import { hashKey } from '../../src/core/key.ts';
import type { CrmContact, NewPersonOutcome } from '../../src/destinations/destination.ts';
import { address, byKey, codes, errors, recordIdOf } from './destination-harness.ts';
import type { MakeStage } from './destination-suite.ts';

/** Users of the CRM, who own records. */
export function ownerCases(stage: MakeStage): void {
  it('tells users with e-mail and name, and which of them are active', async () => {
    const s = await stage();
    const active = s.addUser({ name: 'Ben Braun', email: 'Ben@example.com', active: true });
    const gone = s.addUser({ name: 'Carla Conti', email: 'carla@example.com', active: false });
    const users = new Map((await s.destination.users()).map((user) => [user.id, user]));
    expect(users.get(active)).toMatchObject({ name: 'Ben Braun', active: true });
    expect(users.get(active)?.email.toLowerCase()).toBe('ben@example.com');
    expect(users.get(gone)).toMatchObject({ name: 'Carla Conti', email: 'carla@example.com', active: false });
    if (s.traits.timeZones) expect(users.get(active)?.timeZone).toMatch(/^[A-Z]\w+(\/\w+)*$/);
  });

  it('tells all users, however many there are, each once', async () => {
    const s = await stage();
    const ids = Array.from({ length: 230 }, (_, index) =>
      s.addUser({ name: `User ${index}`, email: `user${index}@example.com`, active: index % 3 > 0 }),
    );
    const users = await s.destination.users();
    expect(new Set(users.map((user) => user.id)).size).toBe(users.length);
    const active = new Map(users.map((user) => [user.id, user.active]));
    expect(ids.map((id) => active.get(id))).toEqual(ids.map((_, index) => index % 3 > 0));
  });

  it.each(['message', 'call'] as const)(
    'gives a new %s the owner that it names, and a re-assigned one stays as it is',
    async (kind) => {
      const s = await stage();
      const owner = s.addUser({ name: 'Ben Braun', email: 'ben@example.com', active: true });
      const { ownerField } = s.traits;
      const item = s.item('text', s.ana, { kind, createOnly: { [ownerField]: owner } });
      const recordId = recordIdOf((await s.destination.deliver([item]))[0]);
      expect((await s.records()).map((record) => record.fields[ownerField])).toEqual([owner]);
      const other = s.addUser({ name: 'Ana Owner', email: 'ana@example.com', active: true });
      const change = { ...item, recordId, createOnly: { [ownerField]: other } };
      expect(recordIdOf((await s.destination.deliver([change]))[0])).toBe(recordId);
      expect((await s.records()).map((record) => record.fields[ownerField])).toEqual([owner]);
    },
  );
}

/** Contacts' own fields. */
export function contactFieldCases(stage: MakeStage): void {
  it('writes fields of contacts, tells which were refused and which are gone, and lets none fail for another', async () => {
    const s = await stage();
    const { contactField } = s.traits;
    const ben = await s.addContact('Ben Okafor', '+1 415 555 0101');
    const chiara = await s.addContact('Chiara Rossi', '+1 415 555 0102');
    await s.deleteContact(chiara.id);
    s.refuseContactOnce(ben.id);
    const updates = [s.ana, ben, chiara].map((contact) => ({ contact, fields: { [contactField]: 'new' } }));
    const outcomes = await s.destination.updateContacts(updates);
    const of = (id: string) => outcomes.filter((one) => one.contact.id === id);
    expect(of(s.ana.id)).toEqual([{ kind: 'written', contact: s.ana }]);
    expect(of(ben.id)).toMatchObject([{ kind: 'refused', contact: ben, code: 'field-invalid' }]);
    expect(of(chiara.id)).toMatchObject([{ kind: 'refused', contact: chiara, code: 'contact-gone' }]);
    expect(outcomes).toHaveLength(3);
    expect([s.contactValue(s.ana.id), s.contactValue(ben.id)]).toEqual(['new', '']);
    expect(await s.destination.updateContacts(updates.slice(0, 2))).toMatchObject([
      { kind: 'written' },
      { kind: 'written' },
    ]);
    expect(s.contactValue(ben.id)).toBe('new');
  });

  it('writes more contacts than one call takes, and none without a call', async () => {
    const s = await stage();
    const contacts = [];
    for (let index = 0; index < 230; index += 1) contacts.push(await s.addContact('Somebody', `+${index}`));
    const { contactField } = s.traits;
    const updates = contacts.map((contact, index) => ({
      contact,
      fields: { [contactField]: `value ${index}` },
    }));
    const outcomes = await s.destination.updateContacts(updates);
    expect(new Set(outcomes.map((one) => `${one.contact.id} ${one.kind}`))).toEqual(
      new Set(contacts.map(({ id }) => `${id} written`)),
    );
    expect(contacts.map(({ id }) => s.contactValue(id))).toEqual(
      contacts.map((_, index) => `value ${index}`),
    );
    const before = s.calls();
    expect(await s.destination.updateContacts([])).toEqual([]);
    expect(s.calls()).toBe(before);
  });

  it('describes the fields of contacts', async () => {
    const s = await stage();
    const described = await s.destination.describe('contact');
    expect(described.find((field) => field.name === s.traits.contactField)).toMatchObject({
      updateable: true,
      type: 'string',
    });
  });

  it('does not take a written contact for a delivered record', async () => {
    const s = await stage();
    const item = s.item('text', s.ana);
    await s.destination.updateContacts([{ contact: s.ana, fields: { [s.traits.contactField]: 'new' } }]);
    expect(await s.records()).toHaveLength(0);
    expect(byKey(await s.destination.deliver([item]), item.key)).toMatchObject({ kind: 'delivered' });
  });
}

/** Strangers who are made people of the CRM. */
export function strangerCases(stage: MakeStage): void {
  const emil = { key: hashKey('emil'), name: 'Emil van Novak', phone: '+4915112345678' };
  const only = (outcomes: readonly NewPersonOutcome[]): CrmContact => {
    const [outcome] = outcomes;
    if (outcomes.length !== 1 || outcome?.kind !== 'made') throw new Error(JSON.stringify(outcomes));
    return outcome.contact;
  };
  const ready = async () => {
    const s = await stage();
    expect(errors(await s.destination.setup())).toEqual([]);
    return s;
  };

  it.each(['contact', 'lead'] as const)(
    'makes a stranger a %s with name and number, once however often it is asked to',
    async (as) => {
      const s = await ready();
      const made = only(await s.destination.createPeople([emil], as));
      expect(only(await s.destination.createPeople([emil], as)).id).toBe(made.id);
      const found = await s.destination.lookup([address(emil.phone)]);
      expect(found).toMatchObject([{ id: made.id, type: made.type, name: emil.name }]);
      expect(byKey(await s.destination.deliver([s.item('hello', made)]), hashKey('hello'))).toMatchObject({
        kind: 'delivered',
      });
    },
  );

  it('makes nobody twice when the answer is lost', async () => {
    const s = await ready();
    s.loseNextAnswer();
    await expect(s.destination.createPeople([emil], 'contact')).rejects.toBeInstanceOf(CrmError);
    const made = only(await s.destination.createPeople([emil], 'contact'));
    const found = await s.destination.lookup([address(emil.phone)]);
    expect(found.map(({ id }) => id)).toEqual([made.id]);
  });

  it('makes more people than one call takes, each under its key', async () => {
    const s = await ready();
    const people = Array.from({ length: 230 }, (_, index) => ({
      key: hashKey(`person ${index}`),
      name: `Person ${index}`,
      phone: `+49151${10_000_000 + index}`,
    }));
    const outcomes = await s.destination.createPeople(people, 'contact');
    expect(outcomes.map(({ key, kind }) => [key, kind])).toEqual(people.map(({ key }) => [key, 'made']));
    expect(new Set(outcomes.map((one) => one.kind === 'made' && one.contact.id)).size).toBe(230);
  });

  it('says at check that the field for their keys is missing', async () => {
    const s = await stage(false);
    expect(codes(errors(await s.destination.check()))).toContain('key-field-missing');
    await s.destination.setup();
    expect(errors(await s.destination.check())).toEqual([]);
  });
}
