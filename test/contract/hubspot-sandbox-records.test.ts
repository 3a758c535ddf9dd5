import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';
import { callHubSpot, type Reply } from '../support/hubspot-fetch.ts';
import { message, to, traced, where } from './hubspot-sandbox-bodies.ts';

let sandbox: HubSpotSandbox;
const start = async (options: HubSpotSandboxOptions = {}): Promise<void> => {
  await sandbox?.close();
  sandbox = await startHubSpot({ keyField: 'wa_key', ...options });
};
beforeEach(() => start());
afterEach(() => sandbox.close());

const call = (method: string, path: string, body?: unknown): Promise<Reply> =>
  callHubSpot(sandbox, method, path, body);
const objects = '/crm/objects/2026-09';
const post = (path: string, body: unknown) => call('POST', path, body);
const search = (type: string, body: object) => post(`${objects}/${type}/search`, body);
const create = (type: string, inputs: readonly object[]) =>
  post(`${objects}/${type}/batch/create`, traced(inputs));

describe('what the account of the HubSpot sandbox refuses', () => {
  it('an owner who is none, in the row; also one who left is one', async () => {
    const owner = sandbox.addOwner({ name: 'Ben Braun', email: 'ben@example.com', archived: true });
    const { status, body } = await create('communications', [
      { properties: message({ hubspot_owner_id: owner }) },
      { properties: message({ hubspot_owner_id: '5000001' }) },
    ]);
    expect([status, body.results.length]).toEqual([207, 1]);
    expect(body.errors[0]).toMatchObject({
      category: 'VALIDATION_ERROR',
      context: { objectWriteTraceId: ['t1'] },
    });
    expect(body.errors[0].message).toContain('"error":"INVALID_OWNER_ID","name":"hubspot_owner_id"');
  });

  it('properties with unique values on the types that are named', async () => {
    await start({ uniqueRefusedOn: ['communications'] });
    const make = (type: string) =>
      post(`/crm/properties/2026-09/${type}`, {
        groupName: `${type.slice(0, -1)}information`,
        name: 'u',
        label: 'U',
        type: 'string',
        fieldType: 'text',
        hasUniqueValue: true,
      });
    expect((await make('communications')).body.category).toBe('VALIDATION_ERROR');
    expect((await make('calls')).status).toBe(201);
  });

  it.each([
    ['conflict', 409, 'CONFLICT'],
    ['validation', 400, 'VALIDATION_ERROR'],
  ] as const)(
    'a second record of one key, as %s: alone, in a batch, and by row',
    async (conflictShape, status, category) => {
      await start({ conflictShape });
      const properties = message({ wa_key: 'k' });
      await post(`${objects}/communications`, { properties });
      const single = await post(`${objects}/communications`, { properties });
      expect([single.status, single.body.category]).toEqual([status, category]);
      const inputs = [
        { properties, associations: [] },
        { properties: message(), associations: [] },
      ];
      const batch = await post(`${objects}/communications/batch/create`, { inputs });
      expect([batch.status, batch.body.category]).toEqual([status, category]);
      const rows = await create('communications', inputs);
      expect([rows.status, rows.body.errors[0].category, rows.body.results.length]).toEqual([
        207,
        category,
        1,
      ]);
    },
  );

  it('a write against the rule of an admin, with the property it asks for; at creation only, where it says so', async () => {
    const id = sandbox.addContact({ firstname: 'Ana' });
    sandbox.rules.push({
      type: 'contacts',
      holds: (p) => 'email' in p,
      message: 'E-mail is required',
      property: 'email',
      on: 'create',
    });
    const refused = await post(`${objects}/contacts`, { properties: { firstname: 'Ben' } });
    expect(refused.body.message).toContain('"error":"CONDITIONALLY_REQUIRED_PROPERTY","name":"email"');
    expect((await call('PATCH', `${objects}/contacts/${id}`, { properties: { jobtitle: 'x' } })).status).toBe(
      200,
    );
  });
});

describe('contacts of the HubSpot sandbox', () => {
  it('come masked and are not found by number once numbers are sensitive', async () => {
    const id = sandbox.addContact({ firstname: 'Ana', phone: '(415) 555-0100' });
    const byNational = () =>
      search('contacts', where('hs_searchable_calculated_phone_number', 'EQ', '4155550100'));
    expect((await byNational()).body.total).toBe(1);
    sandbox.store.sensitive.mode = 'masked';
    expect((await byNational()).body.total).toBe(0);
    expect(
      (await search('contacts', where('phone', 'HAS_PROPERTY'))).body.results[0].properties,
    ).toMatchObject({ phone: '****' });
    const read = () => call('GET', `${objects}/contacts/${id}?properties=phone,hs_calculated_phone_number`);
    expect((await read()).body.properties).toMatchObject({ phone: '****', hs_calculated_phone_number: null });
    sandbox.store.sensitive.mode = 'hidden';
    expect((await read()).body.properties).toMatchObject({ phone: null, firstname: 'Ana' });
  });

  it('that were merged are gone, or lead to the one that is left', async () => {
    const [keep, gone] = [
      sandbox.addContact({ firstname: 'Ana' }),
      sandbox.addContact({ phone: '+14155550100' }),
    ];
    sandbox.mergeContacts(keep, gone);
    const put = () => create('communications', [{ properties: message(), associations: [to(gone, 81)] }]);
    expect((await put()).body.errors[0].message).toContain('associations are not valid');
    sandbox.store.mergedIds = 'forwarded';
    expect((await call('GET', `${objects}/contacts/${gone}`)).body.id).toBe(keep);
    const made = await put();
    expect(sandbox.contactsOf('communications', made.body.results[0].id)).toEqual([keep]);
  });

  it('keep what hangs on them in the recycle bin, and lose it when they are erased', async () => {
    const id = sandbox.addContact({ firstname: 'Ana' });
    const [made] = (await create('communications', [{ properties: message(), associations: [to(id, 81)] }]))
      .body.results;
    sandbox.archiveContact(id);
    expect(sandbox.contactsOf('communications', made.id)).toEqual([]);
    expect((await call('GET', `${objects}/contacts/${id}`)).status).toBe(404);
    sandbox.restoreContact(id);
    expect(sandbox.contactsOf('communications', made.id)).toEqual([id]);
    expect((await post(`${objects}/contacts/gdpr-delete`, { objectId: id })).status).toBe(204);
    expect(sandbox.contactsOf('communications', made.id)).toEqual([]);
    expect((await call('GET', `${objects}/contacts?archived=true`)).body.results).toEqual([]);
  });

  it("have messages of HubSpot's own channel: a thread and no text", async () => {
    const known = sandbox.addContact({ firstname: 'Ana', phone: '(415) 555-0100' });
    const [first, second] = sandbox.addNativeMessages(['+14155550100', '+14155550101']);
    expect(sandbox.contactsOf('communications', first ?? '')).toEqual([known]);
    expect(sandbox.contactsOf('communications', second ?? '')).toHaveLength(1);
    const found = await search(
      'communications',
      where('hs_communication_conversations_thread_id', 'HAS_PROPERTY'),
    );
    expect(found.body.results.map(({ id }) => id)).toEqual([first, second]);
    expect(sandbox.store.get(sandbox.schema.type('communications'), first ?? '')?.values).not.toHaveProperty(
      'hs_communication_body',
    );
  });

  it('show owner, company and deal of a record by name on their page', async () => {
    const contact = sandbox.addContact({ firstname: 'Ana', phone: '+14155550100' });
    const owner = sandbox.addOwner({ name: 'Ben Braun', email: 'ben@example.com' });
    const company = sandbox.addCompany({ name: 'Lamps & Sons' }, { contactIds: [contact], primary: true });
    const deal = sandbox.addDeal({ dealname: 'Forty lamps' }, { contactIds: [contact] });
    const associations = [to(contact, 81), to(company, 87), to(deal, 85)];
    await create('communications', [{ properties: message({ hubspot_owner_id: owner }), associations }]);
    expect(sandbox.view.timeline(contact)[0]?.details.slice(0, 3)).toEqual([
      ['owner', 'Ben Braun'],
      ['company', 'Lamps & Sons'],
      ['deal', 'Forty lamps'],
    ]);
    const page = await (await fetch(`${sandbox.url}/timeline/${contact}`)).text();
    for (const text of ['Ben Braun', 'Lamps &#38; Sons', 'Forty lamps']) expect(page).toContain(text);
    expect(page).not.toContain(owner);
  });
});
