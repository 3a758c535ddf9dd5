import { Client } from '@hubspot/api-client';
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

describe('companies and deals of the HubSpot sandbox', () => {
  it.each([
    ['communications', message(), 87, 85],
    ['calls', { hs_timestamp: '2026-11-20T10:00:00Z' }, 182, 206],
  ])(
    'take %s by their own association types, inline, and wrong ones fail their row',
    async (type, properties, companyType, dealType) => {
      const contactIds = [sandbox.addContact({ firstname: 'Ana' })];
      const company = sandbox.addCompany({ name: 'Lamps' }, { contactIds, primary: true });
      const deal = sandbox.addDeal({ dealname: 'Big' }, { contactIds });
      const { status, body } = await create(type, [
        { properties, associations: [to(company, companyType), to(deal, dealType)] },
        { properties, associations: [to(company, dealType)] },
        { properties, associations: [to(deal, 999)] },
        { properties, associations: [to('1', companyType)] },
      ]);
      expect([status, body.results.length]).toEqual([207, 1]);
      expect(body.errors.map(({ context }) => context['objectWriteTraceId'])).toEqual([
        ['t1'],
        ['t2'],
        ['t3'],
      ]);
      const from = { type: sandbox.schema.type(type), id: body.results[0].id };
      expect(sandbox.store.linked(from, sandbox.schema.type('companies'))).toEqual([company]);
      expect(sandbox.store.linked(from, sandbox.schema.type('deals'))).toEqual([deal]);
    },
  );

  it('tell the primary company of a contact beside the others, through the SDK', async () => {
    const contact = sandbox.addContact({ firstname: 'Ana' });
    const [other, main] = [sandbox.addCompany({ name: 'Old' }), sandbox.addCompany({ name: 'New' })];
    await post('/crm/associations/2026-09/contacts/companies/batch/create', {
      inputs: [
        [other, 279],
        [main, 1],
      ].map(([id, typeId]) => ({
        from: { id: contact },
        ...to(String(id), Number(typeId)),
      })),
    });
    const client = new Client({ accessToken: sandbox.accessToken, basePath: sandbox.url });
    const { results } = await client.crm.associations.v4.batchApi.getPage('contacts', 'companies', {
      inputs: [{ id: contact }],
    });
    const types = new Map(
      results[0]?.to.map((each) => [each.toObjectId, each.associationTypes.map(({ typeId }) => typeId)]),
    );
    expect(types).toEqual(
      new Map([
        [other, [279]],
        [main, [1, 279]],
      ]),
    );
    const labels = await call('GET', '/crm/associations/2026-09/contacts/companies/labels');
    expect(labels.body.results).toMatchObject([
      { typeId: 1, label: 'Primary' },
      { typeId: 279, label: null },
    ]);
  });

  it('are read in a batch and found by what they hang on; a stage closes a deal, and nobody else does', async () => {
    const contactIds = [sandbox.addContact({ firstname: 'Ana' })];
    const open = sandbox.addDeal({ dealname: 'Big', createdate: '2026-01-02T10:00:00.000Z' }, { contactIds });
    const won = sandbox.addDeal({ dealname: 'Won', hs_is_closed: 'true' }, { contactIds });
    const properties = ['dealname', 'hs_is_closed', 'createdate'];
    const { body } = await post(`${objects}/0-3/batch/read`, {
      inputs: [{ id: open }, { id: won }],
      properties,
    });
    expect(body.results).toMatchObject([
      { properties: { hs_is_closed: 'false', createdate: '2026-01-02T10:00:00.000Z' } },
      { properties: { hs_is_closed: 'true' } },
    ]);
    const found = await search('deals', where('associations.contact', 'EQ', contactIds[0]));
    expect(found.body.total).toBe(2);
    const refused = await create('deals', [{ properties: { dealname: 'x', hs_is_closed: 'true' } }]);
    expect(refused.body.errors[0].message).toContain('READ_ONLY_VALUE');
    const company = sandbox.addCompany({ name: 'Lamps' });
    expect(
      (await call('GET', `${objects}/companies/${company}?properties=name`)).body.properties,
    ).toMatchObject({ name: 'Lamps' });
  });
});

describe('association endpoints of the HubSpot sandbox', () => {
  const path = '/crm/associations/2026-09/communications/deals';
  const prepare = async () => {
    const [first, second] = (
      await create('communications', [{ properties: message() }, { properties: message() }])
    ).body.results;
    return { first: first.id, second: second?.id ?? '', deal: sandbox.addDeal({ dealname: 'Big' }) };
  };

  it('refuse a call as a whole for one pair that leads nowhere, and nothing is associated', async () => {
    const { first, second, deal } = await prepare();
    const inputs = [
      { from: { id: first }, ...to(deal, 85) },
      { from: { id: second }, ...to('1', 85) },
    ];
    expect((await post(`${path}/batch/create`, { inputs })).status).toBe(400);
    expect((await post(`${path}/batch/read`, { inputs: [{ id: first }] })).body.results).toEqual([
      { from: { id: first }, to: [] },
    ]);
  });

  it('name such pairs under a 207 instead, and records without associations too, where it is switched so', async () => {
    await start({ associationErrors: 'rows' });
    const { first, second, deal } = await prepare();
    const inputs = [
      { from: { id: first }, ...to(deal, 85) },
      { from: { id: second }, ...to('1', 85) },
      { from: { id: second }, ...to(deal, 81) },
      { from: { id: '2' }, ...to(deal, 85) },
    ];
    const made = await post(`${path}/batch/create`, { inputs });
    expect([made.status, made.body.numErrors]).toEqual([207, 3]);
    expect(made.body.results).toMatchObject([{ fromObjectId: first, toObjectId: deal }]);
    expect(made.body.errors[0].context).toEqual({ fromObjectId: [second], toObjectId: ['1'] });
    const read = await post(`${path}/batch/read`, { inputs: [{ id: first }, { id: second }] });
    expect([read.status, read.body.results.length]).toEqual([207, 1]);
    expect(read.body.errors).toMatchObject([
      { subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND', context: { fromObjectId: [second] } },
    ]);
    const standard = await post(`${path}/batch/associate/default`, {
      inputs: [
        { from: { id: second }, to: { id: deal } },
        { from: { id: second }, to: { id: '1' } },
      ],
    });
    expect([standard.status, standard.body.results.length]).toEqual([207, 1]);
  });

  it('page through a record with more than five hundred', async () => {
    const contact = sandbox.addContact({ firstname: 'Ana' });
    for (let index = 0; index < 501; index += 1)
      sandbox.addDeal({ dealname: 'd' }, { contactIds: [contact] });
    const read = async (after?: string) => {
      const inputs = [{ id: contact, ...(after && { after }) }];
      const { body } = await post('/crm/associations/2026-09/contacts/deals/batch/read', { inputs });
      return body.results[0] as unknown as { to: object[]; paging?: { next: { after: string } } };
    };
    const first = await read();
    expect(first.to).toHaveLength(500);
    const second = await read(first.paging?.next.after);
    expect([second.to.length, second.paging]).toEqual([1, undefined]);
  });
});
