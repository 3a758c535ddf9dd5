import { afterEach, describe, expect, it } from '@jest/globals';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { startFront, type Front, type FrontRule } from '../support/hubspot-front.ts';
import { hubSpotStage, keyField, type HubSpotStage } from '../support/hubspot.ts';

let stage: HubSpotStage;
let front: Front | undefined;
let hubspot: Destination | undefined;
afterEach(async () => {
  await hubspot?.close();
  await front?.close();
  [hubspot, front] = [undefined, undefined];
  await stage.close();
});

async function start(rule: FrontRule): Promise<Destination> {
  stage = await hubSpotStage();
  front = await startFront(stage.sandbox.url, rule);
  hubspot = createHubSpot({
    id: 'marketing',
    apiUrl: front.url,
    accessToken: stage.sandbox.accessToken,
    apiVersion: '2026-09',
    keyField,
  });
  return hubspot;
}

const account =
  (body: object, status = 200): FrontRule =>
  ({ path }) =>
    path === '/account-info/2026-09/details' ? { status, body } : undefined;

describe('the address of a record', () => {
  it('is known once the account was asked, and asked for once', async () => {
    const own = await start(
      account({ portalId: 62515, uiDomain: 'app-eu1.hubspot.com', timeZone: 'Europe/Berlin' }),
    );
    expect(own.recordUrl('contact', '9001')).toBeUndefined();
    await own.check();
    expect(own.recordUrl('contact', '9001')).toBe(
      'https://app-eu1.hubspot.com/contacts/62515/record/0-1/9001',
    );
    expect(own.recordUrl('message', '7')).toBe('https://app-eu1.hubspot.com/contacts/62515/record/0-18/7');
    expect(own.recordUrl('call', '8')).toBe('https://app-eu1.hubspot.com/contacts/62515/record/0-48/8');
    expect(front?.requests.filter(({ path }) => path.startsWith('/account-info'))).toHaveLength(1);
  });

  it.each([
    ['the account cannot be asked', account({}, 403)],
    ['the host is none of HubSpot', account({ portalId: 1, uiDomain: 'evil.example/hubspot.com' })],
    ['the account has no number', account({ uiDomain: 'app.hubspot.com' })],
  ])('stays unknown when %s, and nothing fails for it', async (_why, rule) => {
    const own = await start(rule);
    expect((await own.check()).filter((each) => each.level === 'error')).toEqual([]);
    expect(own.recordUrl('contact', '9001')).toBeUndefined();
    await own.check();
    expect(front?.requests.filter(({ path }) => path.startsWith('/account-info'))).toHaveLength(1);
  });
});

describe('phone numbers that cannot be read', () => {
  const masked =
    (value: string | null, some = Infinity): FrontRule =>
    async ({ path }, forward) => {
      if (!path.endsWith('/contacts/search')) return undefined;
      const answer = await forward();
      const { results = [] } = answer.body as { results?: { properties: object }[] };
      const changed = results.map((each, index) =>
        index < some ? { ...each, properties: { ...each.properties, phone: value } } : each,
      );
      return { ...answer, body: { ...(answer.body as object), results: changed } };
    };

  it.each([
    ['masked by asterisks', '*******0100'],
    ['masked as a whole', '••••••'],
    ['left out', null],
  ])('are told when they are %s', async (_how, value) => {
    const own = await start(masked(value));
    const findings = await own.check();
    const finding = findings.find((each) => each.subject === 'phone numbers of contacts');
    expect(finding).toMatchObject({ level: 'warning' });
    expect(finding?.text).toContain('all contacts');
    expect(finding?.text).not.toContain('0100');
  });

  it('are told for a part of the contacts too', async () => {
    const own = await start(masked('*****', 1));
    stage.sandbox.addContact({ firstname: 'Ben', phone: '+14155550101' });
    const finding = (await own.check()).find((each) => each.subject === 'phone numbers of contacts');
    expect(finding?.text).toContain('1 of 2 contacts');
  });

  it('are no matter where numbers are as people write them', async () => {
    const own = await start(() => undefined);
    stage.sandbox.addContact({ firstname: 'Ben', phone: '(415) 555-0101 x12' });
    expect((await own.check()).map((each) => each.level)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });
});

describe("a contact's further records", () => {
  const related = (type: string, id: string) => ({ related: [{ type, id }] });

  it('that are gone do not keep a message from its contact', async () => {
    stage = await hubSpotStage();
    const { sandbox } = stage;
    const company = sandbox.addCompany({ name: 'Silva Ltd' });
    const items = [
      stage.item('with company', related('company', company)),
      stage.item('with a deal that is gone', related('deal', '99999')),
      stage.item('alone'),
    ];
    const outcomes = await stage.hubspot.deliver(items);
    expect(outcomes.map((each) => each.kind)).toEqual(['delivered', 'delivered', 'delivered']);
    const [record] = outcomes;
    const id = record?.kind === 'delivered' ? record.recordId : '';
    const ends = { type: sandbox.schema.type('communications'), id };
    expect(sandbox.store.associations.linked(ends, 'companies')).toEqual([company]);
    expect(sandbox.records('communications')).toHaveLength(3);
  });

  it('do not hide that the contact itself is gone', async () => {
    stage = await hubSpotStage();
    const company = stage.sandbox.addCompany({ name: 'Silva Ltd' });
    stage.sandbox.archiveContact(stage.contact);
    expect(await stage.hubspot.deliver([stage.item('x', related('company', company))])).toMatchObject([
      { kind: 'permanent', code: 'contact-gone' },
    ]);
  });

  it('are all read, however many pages they have', async () => {
    const other = { associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 279, label: null }] };
    const primary = { associationTypes: [{ category: 'HUBSPOT_DEFINED', typeId: 1, label: 'Primary' }] };
    const own = await start(({ path, body }) => {
      if (!path.endsWith('/contacts/companies/batch/read')) return undefined;
      const [{ id, after } = { id: '', after: undefined }] = (
        JSON.parse(body) as { inputs: { id: string; after?: string }[] }
      ).inputs;
      const page =
        after === undefined
          ? { to: [{ toObjectId: 11, ...other }], paging: { next: { after: '2' } } }
          : { to: [{ toObjectId: 12, ...primary }] };
      return { status: 200, body: { status: 'COMPLETE', results: [{ from: { id }, ...page }] } };
    });
    const subject = { type: 'contact', id: stage.contact };
    expect(await own.relate([subject], { company: 'primary', deal: 'none' })).toEqual([
      [{ type: 'company', id: '12' }],
    ]);
  });

  it('are not taken for none when HubSpot leaves a contact out or fails on it', async () => {
    const own = await start(({ path, body }) => {
      if (!path.endsWith('/batch/read') || !path.includes('/associations/')) return undefined;
      const lost = [{ status: 'error', category: 'INTERNAL_ERROR', message: 'x' }];
      const errors = path.includes('/deals/') ? lost : [];
      const status = errors.length > 0 ? 207 : 200;
      expect(body).not.toBe('');
      return { status, body: { status: 'COMPLETE', results: [], ...(status === 207 && { errors }) } };
    });
    const subject = { type: 'contact', id: stage.contact };
    for (const rule of [
      { company: 'primary', deal: 'none' },
      { company: 'none', deal: 'only' },
    ] as const) {
      await expect(own.relate([subject], rule)).rejects.toMatchObject({ code: 'unavailable' });
    }
  });
});

describe("a contact's fields", () => {
  it('are told as those of a contact that is gone when HubSpot answers for the one it was merged into', async () => {
    const own = await start(({ path }) =>
      path.endsWith('/contacts/batch/update')
        ? {
            status: 200,
            body: {
              status: 'COMPLETE',
              results: [{ id: '77', properties: { hs_merged_object_ids: '12;13' } }],
            },
          }
        : undefined,
    );
    const contact = { type: 'contact', id: '13' };
    expect(await own.updateContacts([{ contact, fields: { jobtitle: 'x' } }])).toMatchObject([
      { kind: 'refused', contact, code: 'contact-gone' },
    ]);
  });
});
