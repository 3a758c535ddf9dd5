import { afterEach, describe, expect, it } from '@jest/globals';
import type { Activity } from '../../src/core/activity.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { readMapping } from '../../src/mapping/mapping.ts';
import { validateMapping } from '../../src/mapping/validate.ts';
import type { CustomFields } from '../../src/sandbox/salesforce/extensions.ts';
import { keyField, keyOf, makeItem, startPair, type Pair } from './salesforce-support.ts';

const object = 'WhatsApp_Message__c';
const target = {
  object,
  contactField: 'Contact__c',
  leadField: 'Lead__c',
  accountField: 'Account__c',
  opportunityField: 'Opportunity__c',
} as const;

const lookups: CustomFields = {
  Contact__c: ['Contact'],
  Lead__c: ['Lead'],
  Account__c: ['Account'],
  Opportunity__c: ['Opportunity'],
};
const values: CustomFields = {
  Subject__c: 'string',
  Text__c: 'textarea',
  Kind__c: 'string',
  Direction__c: 'string',
  From__c: 'string',
  To__c: 'string',
  Duration__c: 'int',
  Result__c: 'string',
};

let pair: Pair & { close(): Promise<void> };
afterEach(() => pair.close());

const begin = async (fields: CustomFields | undefined, options: object = { target }) => {
  pair = await startPair({}, options);
  if (fields !== undefined) pair.sandbox.addObject(object, fields);
  return pair.sandbox.addContact({ LastName: 'Doe', Phone: '(415) 555-0100' });
};
const ready: CustomFields = { ...lookups, ...values, [keyField]: 'key' };
const rows = () => pair.sandbox.rows(object);
const item = (word: string, type: 'Contact' | 'Lead', id: string, more = {}) =>
  makeItem(word, id, { contact: { type, id }, fields: { Text__c: word }, ...more });

describe('a custom object in the place of Task', () => {
  it('takes each record once, on its contact or lead, and nothing that belongs to tasks', async () => {
    const contact = await begin(ready);
    const lead = pair.sandbox.addLead({ LastName: 'Lead' });
    const items = [item('a', 'Contact', contact), item('b', 'Lead', lead)];
    for (let round = 0; round < 2; round += 1) {
      const outcomes = await pair.destination.deliver(items);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'delivered']);
    }
    expect(rows()).toMatchObject([
      { [keyField]: keyOf('a'), Contact__c: contact, Text__c: 'a' },
      { [keyField]: keyOf('b'), Lead__c: lead, Text__c: 'b' },
    ]);
    expect(pair.sandbox.rows('Task')).toEqual([]);
    const ids = rows().map(({ Id }) => Id);
    expect([...(await pair.destination.readBack(items)).values()]).toEqual(ids);
    expect(pair.destination.objects).toEqual({ message: object, call: object });
    expect(pair.destination.recordUrl('message', 'a00x')).toContain(`/r/${object}/a00x/`);
  });

  it('is put on the account and the open opportunity, by its own lookups', async () => {
    const contact = await begin(ready);
    const { sandbox, destination } = pair;
    const account = sandbox.add('Account', { Name: 'Acme' });
    sandbox.change(contact, { AccountId: account });
    const deal = sandbox.add('Opportunity', { Name: 'Deal', StageName: 'Open', IsClosed: false });
    sandbox.add('OpportunityContactRole', { OpportunityId: deal, ContactId: contact });
    const rule = { company: 'primary', deal: 'only' } as const;
    const [related = []] = await destination.relate([{ type: 'Contact', id: contact }], rule);
    await destination.deliver([item('a', 'Contact', contact, { related })]);
    expect(rows()).toMatchObject([{ Account__c: account, Opportunity__c: deal }]);
  });

  it('moves with a lead that became a contact', async () => {
    const contact = await begin(ready);
    const lead = pair.sandbox.addLead({ LastName: 'Lead' });
    const [first] = await pair.destination.deliver([item('a', 'Lead', lead)]);
    const recordId = first?.kind === 'delivered' ? first.recordId : '';
    await pair.destination.deliver([item('a', 'Contact', contact, { recordId })]);
    expect(rows()).toMatchObject([{ Lead__c: null, Contact__c: contact }]);
  });

  it('without a lookup for leads finds none, and puts nothing on one', async () => {
    const { leadField: _leadField, ...others } = target;
    const contact = await begin(ready, { target: others });
    const { sandbox, destination } = pair;
    const lead = sandbox.addLead({ LastName: 'Lead', Phone: '(415) 555-0100' });
    const found = await destination.lookup([{ address: '+14155550100', national: '4155550100' }]);
    expect(found.map(({ id }) => id)).toEqual([contact]);
    const outcomes = await destination.deliver([item('a', 'Lead', lead), item('b', 'Contact', contact)]);
    expect(outcomes).toMatchObject([{ kind: 'permanent', code: 'mapping-failed' }, { kind: 'delivered' }]);
    expect(rows()).toHaveLength(1);
  });

  it('says that its contact is gone, by the name of its own lookup', async () => {
    const contact = await begin(ready);
    const message = 'invalid cross reference id';
    const fields = ['Contact__c'];
    pair.sandbox.faults.add({ kind: 'row', statusCode: 'INVALID_CROSS_REFERENCE_KEY', message, fields });
    const outcomes = await pair.destination.deliver([item('a', 'Contact', contact)]);
    expect(outcomes).toMatchObject([{ code: 'contact-gone' }]);
  });

  it('gets its fields by setup, and is then all green', async () => {
    await begin({ ...lookups, ...values });
    const { destination } = pair;
    expect((await destination.check()).map(({ code }) => code)).toContain('key-field-missing');
    for (let round = 0; round < 2; round += 1) {
      const findings = await destination.setup();
      expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
      expect(findings.map(({ text }) => text)).toContain(
        'Tried: a second record with the same key is refused.',
      );
    }
    expect(rows()).toEqual([]);
    const names = (await destination.describe('message')).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([keyField, 'WhatsApp_Time__c']));
    expect((await destination.check()).filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  it('is to be made by an admin, as are its lookups: setup says which, and makes nothing', async () => {
    await begin(undefined);
    const missing = await pair.destination.setup();
    expect(missing).toMatchObject([{ level: 'error', subject: object }]);
    expect(missing[0]?.text).toContain('Contact__c to Contact, Lead__c to Lead');
    pair.sandbox.addObject(object, { Contact__c: ['Contact'], Lead__c: ['Lead'] });
    const findings = await pair.destination.setup();
    expect(findings.map(({ subject }) => subject)).toEqual([
      `${object}.Account__c`,
      `${object}.Opportunity__c`,
    ]);
    expect(pair.sandbox.rows('PermissionSet')).toEqual([]);
  });

  it('is filled by the mapping that comes with it', async () => {
    const contact = await begin({ ...lookups, ...values });
    await pair.destination.setup();
    const mapping = readMapping('config/mappings/salesforce-object.yaml');
    const fields = await pair.destination.describe('message');
    const known = new Map(fields.map((one) => [one.name, one]));
    for (const kind of ['message', 'call'] as const) {
      expect(validateMapping(mapping, kind, object, fields)).toEqual([]);
      const mapped = mapActivity(mapping, activity(kind), known);
      const [outcome] = await pair.destination.deliver([makeItem(kind, contact, { kind, ...mapped })]);
      expect(outcome?.kind).toBe('delivered');
    }
    expect(rows()).toMatchObject([
      { Kind__c: 'Message', Direction__c: 'Inbound', Text__c: 'Hello' },
      {
        Kind__c: 'Call',
        Duration__c: 42,
        Result__c: 'Answered',
        WhatsApp_Time__c: '2026-11-20T10:00:00.000Z',
      },
    ]);
  });
});

function activity(kind: 'message' | 'call'): Activity {
  const common = {
    key: 'k',
    revision: 1,
    direction: 'inbound',
    occurredAt: '2026-11-20T10:00:00.000Z',
    localTime: '2026-11-20 10:00:00 UTC',
    timeZone: 'UTC',
    title: 'WhatsApp from Ana',
    text: 'Hello',
    business: { number: '+15550783881' },
    person: { name: 'Ana' },
    from: '+4915112345678',
    to: '+15550783881',
    contact: { type: 'Contact', id: '003' },
    edited: false,
    deleted: false,
    files: 0,
    source: 'support',
  } as const;
  if (kind === 'message') return { ...common, kind, type: 'text', content: 'Hello' };
  return { ...common, kind, type: 'call', content: '', call: { result: 'answered', durationSeconds: 42 } };
}
