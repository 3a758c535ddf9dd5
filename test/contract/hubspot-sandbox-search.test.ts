import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from '@hubspot/api-client';
import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';
import { callHubSpot, type Body, type Reply } from '../support/hubspot-fetch.ts';

let sandbox: HubSpotSandbox;
let clock = Date.parse('2026-11-20T10:00:00.000Z');
const start = async (options: HubSpotSandboxOptions = {}): Promise<void> => {
  await sandbox?.close();
  sandbox = await startHubSpot({ keyField: 'wa_key', now: () => new Date(clock), ...options });
};
beforeEach(() => start());
afterEach(() => sandbox.close());

const call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Reply> => callHubSpot(sandbox, method, path, body, headers);

const message = (over: object = {}) => ({
  hs_timestamp: '2026-11-20T10:00:00Z',
  hs_communication_channel_type: 'WHATS_APP',
  hs_communication_logged_from: 'CRM',
  hs_communication_body: 'hello',
  ...over,
});
describe('search of the HubSpot sandbox', () => {
  const search = (body: object) => call('POST', '/crm/objects/2026-09/contacts/search', body);
  const where = (propertyName: string, operator: string, more: object) => ({
    filterGroups: [{ filters: [{ propertyName, operator, ...more }] }],
    properties: ['phone'],
  });

  it('finds national numbers in the calculated properties, whatever was typed', async () => {
    const id = sandbox.addContact({ firstname: 'Ana', phone: '(415) 555-0100' });
    const found = await search(
      where('hs_searchable_calculated_phone_number', 'IN', { values: ['4155550100'] }),
    );
    expect(found.body).toMatchObject({
      total: 1,
      results: [{ id, properties: { phone: '(415) 555-0100' } }],
    });
    expect((await search(where('phone', 'CONTAINS_TOKEN', { value: '*0100' }))).body.total).toBe(1);
  });

  it('matches IN against lower case only', async () => {
    sandbox.addContact({ firstname: 'Ana' });
    expect((await search(where('firstname', 'IN', { values: ['Ana'] }))).body.total).toBe(0);
    expect((await search(where('firstname', 'IN', { values: ['ana'] }))).body.total).toBe(1);
  });

  it('shows changes only after the index delay', async () => {
    await start({ indexDelayMs: 30_000 });
    sandbox.addContact({ firstname: 'Ana' });
    expect((await search({})).body.total).toBe(0);
    clock += 30_000;
    expect((await search({})).body.total).toBe(1);
  });

  it.each([
    ['a page of 201', { limit: 201 }],
    ['results beyond 10,000', { limit: 200, after: '9900' }],
    [
      'six groups',
      {
        filterGroups: Array.from({ length: 6 }, () => ({
          filters: [{ propertyName: 'email', operator: 'HAS_PROPERTY' }],
        })),
      },
    ],
    ['an unknown property', where('nothing', 'EQ', { value: 'x' })],
    ['an unknown operator', where('email', 'LIKE', { value: 'x' })],
    ['more than 3,000 characters', where('email', 'EQ', { value: 'x'.repeat(3_000) })],
    ['more than a hundred values', where('email', 'IN', { values: Array.from({ length: 101 }, String) })],
    ['two sorts', { sorts: ['email', 'phone'] }],
  ])('refuses %s', async (_name, body) => {
    expect((await search(body)).status).toBe(400);
  });

  it('pages through more than two hundred', async () => {
    for (let index = 0; index < 250; index += 1) sandbox.addContact({ firstname: `n${index}` });
    const first = await search({ limit: 200 });
    expect(first.body.paging).toEqual({ next: { after: '200' } });
    const second = await search({ limit: 200, after: '200' });
    expect([second.body.results.length, second.body.paging]).toEqual([50, undefined]);
  });
});

describe('properties, owners and files of the HubSpot sandbox', () => {
  const property = { groupName: 'callinformation', name: 'p', label: 'P', type: 'string', fieldType: 'text' };
  const make = (over: object) => call('POST', '/crm/properties/2026-09/calls', { ...property, ...over });

  it('makes a property once, in a group that exists, at most ten unique ones', async () => {
    expect((await make({ groupName: 'nowhere' })).status).toBe(400);
    expect((await make({})).status).toBe(201);
    expect((await make({})).body).toMatchObject({ category: 'CONFLICT' });
    const made = [];
    for (let index = 0; index < 10; index += 1)
      made.push((await make({ name: `u${index}`, hasUniqueValue: true })).status);
    expect(made).toEqual([...Array.from({ length: 9 }, () => 201), 400]);
  });

  it('can refuse unique properties on activities', async () => {
    sandbox.schema.uniqueOnActivities = false;
    expect((await make({ hasUniqueValue: true })).status).toBe(400);
    expect((await make({})).status).toBe(201);
  });

  it('lists owners by e-mail', async () => {
    sandbox.owners.push({
      id: '7',
      email: 'ana@example.com',
      firstName: 'Ana',
      lastName: 'B',
      userId: 70,
      archived: false,
    });
    const { body } = await call('GET', '/crm/owners/2026-09?email=ana@example.com');
    expect(body.results).toMatchObject([{ id: '7', userId: 70, archived: false }]);
    expect((await call('GET', '/crm/owners/2026-09?email=x@example.com')).body.results).toEqual([]);
  });

  it('keeps a file once when asked to return the existing one', async () => {
    const upload = async (): Promise<Body> => {
      const form = new FormData();
      form.set('file', new File(['hello'], 'note.txt', { type: 'text/plain' }));
      form.set('folderPath', '/whatsapp');
      form.set(
        'options',
        JSON.stringify({ access: 'PRIVATE', duplicateValidationStrategy: 'RETURN_EXISTING' }),
      );
      const response = await fetch(`${sandbox.url}/files/2026-09/files`, {
        method: 'POST',
        headers: { authorization: `Bearer ${sandbox.accessToken}` },
        body: form,
      });
      expect(response.status).toBe(201);
      return (await response.json()) as Body;
    };
    const [first, second] = [await upload(), await upload()];
    expect(first).toMatchObject({ name: 'note', extension: 'txt', access: 'PRIVATE', size: 5 });
    expect(second.id).toBe(first.id);
  });
});

describe('the HubSpot SDK against the sandbox', () => {
  it('writes, reads, searches and associates through its generated v3 and v4 classes', async () => {
    const client = new Client({ accessToken: sandbox.accessToken, basePath: sandbox.url });
    const contact = await client.crm.contacts.basicApi.create({
      properties: { firstname: 'Ana', phone: '+14155550100' },
      associations: [],
    });
    const types = [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: 81 }];
    const inputs = [
      { properties: message({ wa_key: 'k1' }), associations: [{ to: { id: contact.id }, types }] },
    ];
    const created = await client.crm.objects.communications.batchApi.create({ inputs } as never);
    expect(created.results[0]?.properties).toMatchObject({ wa_key: 'k1' });
    const read = await client.crm.objects.communications.batchApi.read({
      idProperty: 'wa_key',
      inputs: [{ id: 'k1' }],
      properties: ['wa_key'],
      propertiesWithHistory: [],
    });
    expect(read.results[0]?.id).toBe(created.results[0]?.id);
    const found = await client.crm.contacts.searchApi.doSearch({ limit: 5, properties: ['phone'] } as never);
    expect(found.results[0]?.createdAt).toBeInstanceOf(Date);
    const links = await client.crm.associations.v4.batchApi.getPage('contacts', 'communications', {
      inputs: [{ id: contact.id }],
    });
    expect(links.results[0]?.to[0]?.toObjectId).toBe(created.results[0]?.id);
    const properties = await client.crm.properties.coreApi.getAll('communications');
    expect(properties.results.map((each) => each.name)).toContain('hs_communication_body');
  });
});
