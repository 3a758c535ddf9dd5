import { afterEach, describe, expect, it } from '@jest/globals';
import type { CrmContact, Destination } from '../../src/destinations/destination.ts';
import type { SalesforceOptions } from '../../src/destinations/salesforce/index.ts';
import type { SalesforceOptions as SandboxOptions } from '../../src/sandbox/salesforce/index.ts';
import { makeItem, startPair } from './salesforce-support.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(sandboxOptions: SandboxOptions = {}, options: Partial<SalesforceOptions> = {}) {
  const pair = await startPair(sandboxOptions, options);
  closers.push(pair.close);
  return pair;
}

async function pull(
  destination: Destination,
  from?: string,
): Promise<{ contacts: CrmContact[]; cursor: string }> {
  const contacts: CrmContact[] = [];
  let cursor = '';
  for await (const page of destination.pullContacts(from)) {
    contacts.push(...page.contacts);
    ({ cursor } = page);
  }
  return { contacts, cursor };
}

const phone = { address: '+4915112345678', national: '15112345678' };

describe('a look-up', () => {
  it('finds contacts and open leads by any phone field, in one search', async () => {
    const { sandbox, destination } = await start();
    const contact = sandbox.addContact({
      FirstName: 'Ana',
      LastName: 'Silva',
      OtherPhone: '+49 151 12345678',
    });
    const lead = sandbox.addLead({ LastName: 'Meier', MobilePhone: '0049 151 123 456 78' });
    sandbox.convertLead(sandbox.addLead({ LastName: 'Old', Phone: '+49 30 1234567' }));
    const found = await destination.lookup([phone, { address: '+493099999999', national: '3099999999' }]);
    expect(found.map(({ type, id, name }) => ({ type, id, name }))).toEqual([
      { type: 'Contact', id: contact, name: 'Ana Silva' },
      { type: 'Lead', id: lead, name: 'Meier' },
    ]);
    expect(found[0]).toMatchObject({ phones: ['+49 151 12345678'], userIds: [], ownerId: sandbox.runAs });
    expect(sandbox.calls.byOperation.search).toBe(1);
  });

  it('finds the contact that a lead with this number was converted into, unless it is deleted', async () => {
    const { sandbox, destination } = await start();
    const contact = sandbox.addContact({ LastName: 'Was there', Phone: '+49 30 1234567' });
    const lead = sandbox.addLead({ LastName: 'L', MobilePhone: '+49 151 12345678' });
    sandbox.change(lead, { IsConverted: true, ConvertedContactId: contact });
    const [found, ...others] = await destination.lookup([phone]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ type: 'Contact', id: contact });
    expect(found?.phones).toEqual(['+49 30 1234567', '+49 151 12345678']);
    sandbox.remove(contact);
    expect(await destination.lookup([phone])).toEqual([]);
  });

  it('finds person accounts by the phones of the account, and names their contacts', async () => {
    const { sandbox, destination } = await start({ personAccounts: true });
    const person = sandbox.addPerson({
      FirstName: 'Ana',
      LastName: 'Silva',
      MobilePhone: '+49 151 12345678',
    });
    const found = await destination.lookup([phone]);
    expect(found).toMatchObject([{ type: 'Contact', id: person, name: 'Ana Silva' }]);
    expect(found[0]?.phones).toEqual(['+49 151 12345678']);
    await destination.lookup([phone]);
    expect(sandbox.calls.byOperation).toEqual({ token: 1, describe: 1, search: 2 });
    const [outcome] = await destination.deliver([makeItem('a', person)]);
    expect(outcome?.kind).toBe('delivered');
    expect((await pull(destination)).contacts.map(({ id }) => id)).toEqual([person]);
  });

  it('keeps each search under 4,000 characters', async () => {
    const { sandbox, destination } = await start();
    const last = sandbox.addContact({ LastName: 'Last', Phone: '+1 415 555 1499' });
    const many = Array.from({ length: 500 }, (_none, at) => ({
      address: `+1415555${1_000 + at}`,
      national: `415555${1_000 + at}`,
    }));
    expect((await destination.lookup(many)).map((one) => one.id)).toEqual([last]);
    expect(sandbox.calls.byOperation.search).toBe(4);
  });

  it('asks again in parts when an answer may be cut off', async () => {
    const { sandbox, destination } = await start();
    for (let at = 0; at < 1_000; at += 1)
      sandbox.addContact({ LastName: `N${at}`, Phone: '+49 151 12345678' });
    const rare = sandbox.addContact({ LastName: 'Rare', Phone: '+49 30 1234567' });
    const found = await destination.lookup([phone, { address: '+49301234567', national: '301234567' }]);
    expect(found.map((one) => one.id)).toContain(rare);
  });

  it('finds WhatsApp user ids in the configured field, and only there', async () => {
    const customFields = ['Contact.WhatsApp_Id__c'];
    const { sandbox, destination } = await start({ customFields }, { userIdField: 'WhatsApp_Id__c' });
    const id = sandbox.addContact({ LastName: 'Doe', WhatsApp_Id__c: "US.13O'91" });
    expect(await destination.lookup([{ address: "US.13O'91" }])).toMatchObject([
      { id, userIds: ["US.13O'91"] },
    ]);
    const plain = await start();
    expect(await plain.destination.lookup([{ address: 'US.1391' }])).toEqual([]);
    expect(plain.sandbox.calls.total).toBe(0);
  });

  it('goes on without a field that the user may not see', async () => {
    const { sandbox, destination } = await start({}, { userIdField: 'Hidden__c' });
    const id = sandbox.addContact({ LastName: 'Doe', Phone: '015112345678' });
    expect(await destination.lookup([phone])).toMatchObject([{ id }]);
    expect(await destination.lookup([phone])).toMatchObject([{ id }]);
    expect(sandbox.calls.byOperation.search).toBe(3);
    expect((await pull(destination)).contacts).toMatchObject([{ id }]);
  });

  it('that failed throws, and is never an empty answer', async () => {
    const { sandbox, destination } = await start();
    for (const fault of [
      { kind: 'html' },
      { kind: 'lost-answer' },
      { kind: 'status', status: 500 },
    ] as const) {
      sandbox.faults.add(fault, { operation: 'search' });
      await expect(destination.lookup([phone])).rejects.toMatchObject({ code: 'unavailable' });
    }
    sandbox.faults.add({ kind: 'status', status: 200, body: {} }, { operation: 'search' });
    await expect(destination.lookup([phone])).rejects.toMatchObject({ code: 'unavailable' });
    sandbox.faults.add({ kind: 'quota' }, { operation: 'search' });
    await expect(destination.lookup([phone])).rejects.toMatchObject({ code: 'quota-used-up' });
  });
});

describe('a pull of contacts', () => {
  it('gives all with a number the first time, page by page, oldest change first', async () => {
    const { sandbox, destination } = await start({ pageSize: 2 });
    const ids = ['A', 'B', 'C'].map((LastName) =>
      sandbox.addContact({ LastName, Phone: '+49 151 12345678' }),
    );
    sandbox.addContact({ LastName: 'No number' });
    const lead = sandbox.addLead({ LastName: 'L', Phone: '+49 30 1234567' });
    const { contacts } = await pull(destination);
    expect(contacts.map((one) => one.id)).toEqual([...ids, lead]);
    expect(contacts.at(-1)).toMatchObject({ type: 'Lead', phones: ['+49 30 1234567'] });
  });

  it('then gives what changed: new numbers, deleted, merged and converted ones as gone', async () => {
    let time = Date.parse('2026-11-20T10:00:00Z');
    const { sandbox, destination } = await start({ now: () => new Date((time += 1_000)) });
    const kept = sandbox.addContact({ LastName: 'K', Phone: '+49 151 12345678' });
    time += 3_600_000;
    const [deleted, losing, changed] = ['D', 'M', 'C'].map((LastName) =>
      sandbox.addContact({ LastName, Phone: '+49 151 12345678' }),
    ) as [string, string, string];
    const lead = sandbox.addLead({ LastName: 'L', Phone: '+49 30 1234567' });
    const first = await pull(destination);
    expect(first.contacts).toHaveLength(5);
    time += 3_600_000;
    sandbox.remove(deleted);
    sandbox.merge(losing, kept);
    sandbox.change(changed, { Phone: null });
    const converted = sandbox.convertLead(lead);
    const second = await pull(destination, first.cursor);
    const byId = new Map(second.contacts.map((one) => [one.id, one]));
    for (const id of [deleted, losing, lead]) expect(byId.get(id)).toMatchObject({ gone: true });
    expect(byId.get(changed)).toMatchObject({ phones: [] });
    expect(byId.get(converted)).toMatchObject({ type: 'Contact', phones: ['+49 30 1234567'] });
    expect(byId.has(kept)).toBe(false);
    time += 3_600_000;
    const before = sandbox.calls.total;
    await pull(destination, second.cursor);
    expect(sandbox.calls.total - before).toBe(2);
  });

  it('puts the number of a lead on the contact that it was converted into', async () => {
    let time = Date.parse('2026-11-20T10:00:00Z');
    const { sandbox, destination } = await start({ now: () => new Date((time += 1_000)) });
    const contact = sandbox.addContact({ LastName: 'Was there', Phone: '+49 30 1234567' });
    const lead = sandbox.addLead({ LastName: 'L', MobilePhone: '+49 151 12345678' });
    const { cursor } = await pull(destination);
    sandbox.change(lead, { IsConverted: true, ConvertedContactId: contact });
    const { contacts } = await pull(destination, cursor);
    expect(contacts.filter(({ gone }) => gone).map(({ id }) => id)).toEqual([lead]);
    const heir = contacts.findLast(({ id }) => id === contact);
    expect(heir).toMatchObject({ type: 'Contact', phones: ['+49 30 1234567', '+49 151 12345678'] });
  });

  it('begins two minutes before the last change, for what became visible late', async () => {
    let time = Date.parse('2026-11-20T10:00:00Z');
    const { sandbox, destination } = await start({ now: () => new Date(time) });
    sandbox.addContact({ LastName: 'A', Phone: '+49 151 12345678' });
    const { cursor } = await pull(destination);
    time -= 60_000;
    const late = sandbox.addContact({ LastName: 'Late', Phone: '+49 30 1234567' });
    expect((await pull(destination, cursor)).contacts.map((one) => one.id)).toContain(late);
  });

  it('goes on from the cursor of the last page that was kept', async () => {
    let time = Date.parse('2026-11-20T10:00:00Z');
    const { sandbox, destination } = await start({ pageSize: 2, now: () => new Date((time += 600_000)) });
    const ids = ['A', 'B', 'C', 'D', 'E'].map((LastName) =>
      sandbox.addContact({ LastName, Phone: '1234567' }),
    );
    let kept = '';
    for await (const page of destination.pullContacts(undefined)) {
      kept = page.cursor;
      break;
    }
    const rest = await pull(destination, kept);
    expect(rest.contacts.map((one) => one.id)).toEqual(ids.slice(1));
    expect((await pull(destination, 'not a cursor')).contacts).toHaveLength(5);
  });

  it('throws when a page cannot be had', async () => {
    const { sandbox, destination } = await start({ pageSize: 1 });
    for (const LastName of ['A', 'B']) sandbox.addContact({ LastName, Phone: '1234567' });
    sandbox.faults.add({ kind: 'status', status: 503 }, { operation: 'query-more' });
    await expect(pull(destination)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
