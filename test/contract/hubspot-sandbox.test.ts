import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';
import { callHubSpot, type Reply } from '../support/hubspot-fetch.ts';

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
