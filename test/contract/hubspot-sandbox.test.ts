import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from '@hubspot/api-client';
import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';

let sandbox: HubSpotSandbox;
let clock = Date.parse('2026-11-20T10:00:00.000Z');
const start = async (options: HubSpotSandboxOptions = {}): Promise<void> => {
  await sandbox?.close();
  sandbox = await startHubSpot({ keyField: 'wa_key', now: () => new Date(clock), ...options });
};
beforeEach(() => start());
afterEach(() => sandbox.close());

interface Result {
  readonly id: string;
  readonly properties: Readonly<Record<string, string | null>>;
  readonly objectWriteTraceId?: string;
  readonly new?: boolean;
}

interface RowError {
  readonly category: string;
  readonly message: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

interface Body {
  readonly category?: string;
  readonly message?: string;
  readonly total?: number;
  readonly numErrors?: number;
  readonly id?: string;
  readonly properties?: Result['properties'];
  readonly results: readonly [Result, ...Result[]];
  readonly errors: readonly [RowError, ...RowError[]];
  readonly paging?: { readonly next: { readonly after: string } };
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(sandbox.url + path, {
    method,
    headers: {
      authorization: `Bearer ${sandbox.accessToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text || '{}') as Body };
}

const message = (over: object = {}) => ({
  hs_timestamp: '2026-11-20T10:00:00Z',
  hs_communication_channel_type: 'WHATS_APP',
  hs_communication_logged_from: 'CRM',
  hs_communication_body: 'hello',
  ...over,
});
const toContact = (id: string, associationTypeId = 81) => [
  { to: { id }, types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId }] },
];
const create = (inputs: object[], path = '/crm/objects/2026-09/communications') =>
  call('POST', `${path}/batch/create`, { inputs });

describe('access to the HubSpot sandbox', () => {
  it('refuses a missing, an unknown and an expired token, each in its own words', async () => {
    const path = '/crm/objects/2026-09/contacts';
    for (const authorization of ['', 'Bearer nobody', sandbox.accessToken]) {
      const { status, body } = await call('GET', path, undefined, { authorization });
      expect([status, body.category]).toEqual([401, 'INVALID_AUTHENTICATION']);
    }
    const token = sandbox.tokens.get(sandbox.accessToken);
    if (token) token.expired = true;
    const { status, body } = await call('GET', path);
    expect([status, body.category]).toEqual([401, 'EXPIRED_AUTHENTICATION']);
  });

  it('names the scopes that are missing', async () => {
    sandbox.tokens.set('narrow', { scopes: ['crm.objects.contacts.read'], expired: false });
    const headers = { authorization: 'Bearer narrow' };
    expect((await call('GET', '/crm/objects/2026-09/contacts', undefined, headers)).status).toBe(200);
    const { status, body } = await call('POST', '/crm/objects/2026-09/contacts', { properties: {} }, headers);
    expect(status).toBe(403);
    expect(body).toMatchObject({
      category: 'MISSING_SCOPES',
      errors: [{ context: { requiredGranularScopes: ['crm.objects.contacts.write'] } }],
    });
  });

  it('refuses wrong paths, wrong content types, broken JSON and fields that are in no schema', async () => {
    expect((await call('POST', '/crm/objects/2024-01/contacts/batch/create', {})).status).toBe(404);
    expect((await call('GET', '/crm/objects/2026-09/spaceships')).status).toBe(400);
    const path = '/crm/objects/2026-09/contacts';
    expect((await call('POST', path, 'a=b', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await call('POST', path, '{"properties":')).status).toBe(400);
    expect((await call('POST', path, { properties: {}, surprise: 1 })).body).toMatchObject({
      status: 'error',
      category: 'VALIDATION_ERROR',
    });
  });

  it('counts a rolling ten seconds, searches per second and the day, each with its policy', async () => {
    await start({ limits: { burst: 3, daily: 8, searchPerSecond: 1 } });
    const list = () => call('GET', '/crm/objects/2026-09/contacts');
    const search = () => call('POST', '/crm/objects/2026-09/contacts/search', {});
    const { headers } = await list();
    expect(headers.get('x-hubspot-ratelimit-remaining')).toBe('2');
    expect(headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('7');
    await list();
    await list();
    expect((await list()).body).toMatchObject({
      policyName: 'TEN_SECONDLY_ROLLING',
      errorType: 'RATE_LIMIT',
    });
    const found = await search();
    expect([found.status, found.headers.get('x-hubspot-ratelimit-max')]).toEqual([200, null]);
    expect((await search()).body).toMatchObject({ policyName: 'SECONDLY', category: 'RATE_LIMITS' });
    clock += 10_001;
    for (let left = 3; left > 0; left -= 1) expect((await list()).status).toBe(200);
    expect((await list()).body).toMatchObject({ policyName: 'DAILY' });
  });
});

describe('batches of the HubSpot sandbox', () => {
  it('lets rows fail alone only when every input has a trace id of its own', async () => {
    const contact = sandbox.addContact({ firstname: 'Ana' });
    const good = { properties: message({ wa_key: 'k1' }), associations: toContact(contact) };
    const bad = { properties: message({ missing: 'x' }), associations: toContact(contact) };
    const whole = await create([good, bad]);
    expect([whole.status, whole.body.category]).toEqual([400, 'VALIDATION_ERROR']);
    const same = [good, bad].map((input) => ({ ...input, objectWriteTraceId: 'same' }));
    expect((await create(same)).status).toBe(400);
    expect(sandbox.records('communications')).toHaveLength(0);

    const { status, body } = await create([
      { ...good, objectWriteTraceId: 't1' },
      { ...bad, objectWriteTraceId: 't2' },
    ]);
    expect([status, body.numErrors, body.results.length]).toEqual([207, 1, 1]);
    expect(body.results[0].properties).toMatchObject({ wa_key: 'k1', hs_communication_body: 'hello' });
    expect(body.results[0].objectWriteTraceId).toBeUndefined();
    expect(body.errors[0]).toMatchObject({
      status: 'error',
      category: 'VALIDATION_ERROR',
      context: { objectWriteTraceId: ['t2'] },
    });
    expect(body.errors[0].message).toContain('"error":"PROPERTY_DOESNT_EXIST","name":"missing"');
    expect(sandbox.contactsOf('communications', body.results[0].id)).toEqual([contact]);
  });

  it('takes a hundred inputs and no more, and at least one', async () => {
    const inputs = Array.from({ length: 101 }, () => ({ properties: message(), associations: [] }));
    expect((await create(inputs)).status).toBe(400);
    expect((await create(inputs.slice(1))).status).toBe(201);
    expect((await create([])).status).toBe(400);
  });

  it('asks for associations on every input, and checks them', async () => {
    expect((await create([{ properties: message() }])).status).toBe(400);
    const contact = sandbox.addContact({ firstname: 'Ana' });
    const gone = sandbox.addContact({ firstname: 'Ben' });
    sandbox.archiveContact(gone);
    const wrong = [toContact(contact, 194), toContact(gone), toContact('1')];
    for (const associations of wrong) {
      expect((await create([{ properties: message(), associations }])).status).toBe(400);
    }
    expect(sandbox.records('communications')).toHaveLength(0);
  });

  it.each([
    ['without a time', { hs_timestamp: '' }],
    ['with a time that is none', { hs_timestamp: 'yesterday' }],
    ['with an unknown channel', { hs_communication_channel_type: 'TELEGRAM' }],
    ['logged from elsewhere', { hs_communication_logged_from: 'WHATSAPP' }],
    ['with a read-only property', { hs_object_id: '7' }],
    ['with too long a text', { hs_communication_body: 'x'.repeat(65_537) }],
    ['with a value that is no text', { hs_communication_body: { a: 1 } }],
  ])('refuses a communication %s', async (_name, over) => {
    const { status, body } = await create([{ properties: message(over), associations: [] }]);
    expect([status, body.category]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('keeps a unique value once, and says so in either shape', async () => {
    const input = (trace: string) => ({
      properties: message({ wa_key: 'k1' }),
      associations: [],
      objectWriteTraceId: trace,
    });
    const twice = await create([input('a'), input('b')]);
    expect([twice.status, twice.body.errors[0].category]).toEqual([207, 'CONFLICT']);
    const single = await call('POST', '/crm/v3/objects/communications', {
      properties: message({ wa_key: 'k1' }),
    });
    expect([single.status, single.body.category]).toEqual([409, 'CONFLICT']);
    sandbox.store.conflictShape = 'validation';
    const other = await create([input('c')]);
    expect(other.body.errors[0].category).toBe('VALIDATION_ERROR');
    expect(other.body.errors[0].message).toContain('CONFLICTING_UNIQUE_VALUE');
    expect(sandbox.records('communications')).toHaveLength(1);
  });

  it('reads by a unique property and names what is missing', async () => {
    const [made] = (await create([{ properties: message({ wa_key: 'k1' }), associations: [] }])).body[
      'results'
    ];
    const read = (inputs: string[], idProperty?: string) =>
      call('POST', '/crm/v3/objects/0-18/batch/read', {
        inputs: inputs.map((id) => ({ id })),
        properties: ['wa_key'],
        ...(idProperty && { idProperty }),
      });
    expect((await read(['k1'], 'wa_key')).body.results[0]).toMatchObject({ id: made.id });
    const partly = await read(['k1', 'k2'], 'wa_key');
    expect([partly.status, partly.body.errors[0].category]).toEqual([207, 'OBJECT_NOT_FOUND']);
    expect(partly.body.errors[0].context).toEqual({ ids: ['k2'] });
    expect((await read([made.id])).status).toBe(200);
    expect((await read(['hello'], 'hs_communication_body')).status).toBe(400);
  });

  it('updates by id and ignores unknown properties, upserts by key without associations', async () => {
    const [made] = (await create([{ properties: message({ wa_key: 'k1' }), associations: [] }])).body[
      'results'
    ];
    const update = await call('POST', '/crm/objects/2026-09/communications/batch/update', {
      inputs: [{ id: made.id, properties: { hs_communication_body: 'changed', missing: 'x' } }],
    });
    expect(update.body.results[0].properties).toMatchObject({ hs_communication_body: 'changed' });
    const contact = sandbox.addContact({ firstname: 'Ana' });
    const upsert = (ids: string[]) =>
      call('POST', '/crm/objects/2026-09/communications/batch/upsert', {
        inputs: ids.map((id) => ({
          id,
          idProperty: 'wa_key',
          properties: message(),
          associations: toContact(contact),
        })),
      });
    const { body } = await upsert(['k1', 'k2']);
    expect(body.results.map((each) => each.new)).toEqual([false, true]);
    expect(sandbox.contactsOf('communications', body.results[1]?.id ?? '')).toEqual([]);
    expect((await upsert(['k3', 'k3'])).status).toBe(400);
  });

  it('archives, and a merged contact is no longer found under its old id', async () => {
    const [ana, other] = [
      sandbox.addContact({ firstname: 'Ana' }),
      sandbox.addContact({ phone: '+14155550100' }),
    ];
    const [made] = (await create([{ properties: message(), associations: toContact(other) }])).body[
      'results'
    ];
    const merged = await call('POST', '/crm/objects/2026-09/contacts/merge', {
      primaryObjectId: ana,
      objectIdToMerge: other,
    });
    expect(merged.body.properties).toMatchObject({ firstname: 'Ana', phone: '+14155550100' });
    expect((await call('GET', `/crm/objects/2026-09/contacts/${other}`)).status).toBe(404);
    expect(sandbox.contactsOf('communications', made.id)).toEqual([ana]);
    const archive = { inputs: [{ id: made.id }] };
    expect((await call('POST', '/crm/objects/2026-09/communications/batch/archive', archive)).status).toBe(
      204,
    );
    expect(sandbox.records('communications')).toEqual([]);
  });

  it('obeys the rules of an admin on the current version and not on v3', async () => {
    const rule = {
      type: 'communications',
      holds: (p: object) => 'hubspot_owner_id' in p,
      message: 'owner is required',
    };
    sandbox.rules.push(rule);
    const inputs = [{ properties: message(), associations: [] }];
    expect((await create(inputs)).body).toMatchObject({
      category: 'VALIDATION_ERROR',
      message: 'owner is required',
    });
    expect((await create(inputs, '/crm/v3/objects/communications')).status).toBe(201);
  });
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
    sandbox.owners.push({ id: '7', email: 'ana@example.com', firstName: 'Ana', lastName: 'B', userId: 70 });
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
