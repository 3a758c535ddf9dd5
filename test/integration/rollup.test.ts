import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ContactRef } from '../../src/core/activity.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { KnownFields } from '../../src/directory/known-fields.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { parseMapping } from '../../src/mapping/mapping.ts';
import { Brake, type BrakeNews } from '../../src/pipeline/brake.ts';
import { checkDestination } from '../../src/pipeline/check.ts';
import { rollUp } from '../../src/pipeline/rollup.ts';
import { startHubSpot, type HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';
import { startSalesforce, type SalesforceSandbox } from '../../src/sandbox/salesforce/index.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { callHubSpot } from '../support/hubspot-fetch.ts';
import { claimOf, deliveredAs, eventOf, foldAll } from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';

const empty = 'message: { fields: {} }\ncall: { fields: {} }';
const mappings = {
  sales: parseMapping(`version: 1\n${empty}
contact: { fields: { LastInTime__c: { path: lastInboundAt, as: datetime }, LastOutTime__c: { path: lastOutboundAt, as: datetime }, Count__c: { template: '{{ count }}' } } }
lead: { fields: { Count__c: { template: '{{ messages }} messages' } } }`),
  marketing: parseMapping(`version: 1\n${empty}
contact: { fields: { last_whatsapp_in: { path: lastInboundAt, as: datetime }, whatsapp_count: { path: count, as: number } } }`),
};

describe('rollups on their way into a CRM', () => {
  const folder = makeTempFolder('rollup');
  const silent = { info: () => undefined, warn: () => undefined };
  let store: OpenLedger;
  let hubspot: HubSpotSandbox;
  let salesforce: SalesforceSandbox;
  let marketing: Destination;
  let sales: Destination;
  let news: BrakeNews[];

  beforeAll(async () => {
    store = await openEmptyLedger(folder.path);
  }, 60_000);
  beforeEach(async () => {
    await emptyLedger(store.sql);
    news = [];
    hubspot = await startHubSpot({ keyField: 'whatsapp_key' });
    salesforce = await startSalesforce({
      keyField: 'WhatsApp_Key__c',
      customFields: ['Contact.LastInTime__c', 'Contact.LastOutTime__c', 'Contact.Count__c', 'Lead.Count__c'],
    });
    for (const [name, type, fieldType] of [
      ['last_whatsapp_in', 'datetime', 'date'],
      ['whatsapp_count', 'number', 'number'],
    ]) {
      const body = { name, label: name, groupName: 'contactinformation', type, fieldType };
      const { status } = await callHubSpot(hubspot, 'POST', '/crm/properties/2026-09/contacts', body);
      if (status !== 201) throw new Error(`property not made: ${status}`);
    }
    marketing = createHubSpot({
      id: 'marketing',
      apiUrl: hubspot.url,
      accessToken: hubspot.accessToken,
      apiVersion: '2026-09',
      keyField: 'whatsapp_key',
    });
    sales = createSalesforce({
      id: 'sales',
      loginUrl: salesforce.url,
      auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
      apiVersion: '67.0',
      keyField: 'WhatsApp_Key__c',
    });
  });
  afterEach(async () => {
    for (const one of [marketing, sales, hubspot, salesforce]) await one.close();
  });
  afterAll(async () => {
    await store.ledger.close();
    folder.remove();
  });

  const log = async (destination: Destination, contact: ContactRef, name: string, at: string) => {
    const { ledger } = store;
    const { id } = destination;
    await ledger.append([eventOf(name, { at })], []);
    await foldAll(ledger, { destinations: [{ id, initial: 'matching' }] });
    const subjects = await ledger.matchSubjects(10, id);
    await ledger.settleMatches(
      subjects.map(({ key }) => ({ destination: id, key, to: 'ready', contact, reason: 'test' })),
    );
    const { items } = await ledger.claim({ ...claimOf(10), destination: id });
    await ledger.settle(
      id,
      items.map((item) => ({ ...deliveredAs(item), rollsUp: true })),
    );
    await store.sql.exec(`update wcs.rollups set due_at = now() - interval '1 s'`);
  };
  const run = (destination: Destination) => {
    const known = new KnownFields(destination);
    const deps = {
      destination,
      ledger: store.ledger,
      currentMapping: async () => mappings[destination.id as keyof typeof mappings],
      knownFields: known.get.bind(known),
      timeZone: 'UTC',
      brake: new Brake(async (told) => void news.push(told)),
      owner: 'one',
      log: silent,
    };
    return rollUp(deps, new AbortController().signal);
  };
  const salesforceRow = (object: string, id: string) =>
    (salesforce.rows(object).find((row) => row.Id === id) ?? {}) as Record<string, unknown>;
  const hubspotValues = (id: string) =>
    hubspot.records('contacts').find((record) => record.id === id)?.values ?? {};

  it('writes the last message and the count on a Salesforce contact, and other fields on a lead', async () => {
    const id = salesforce.addContact({ LastName: 'Silva' });
    const lead = salesforce.addLead({ LastName: 'Souza', Company: 'Souza' });
    await log(sales, { type: 'Contact', id }, 'a', '2026-03-01T10:00:00.000Z');
    await log(sales, { type: 'Contact', id }, 'b', '2026-03-01T11:00:00.000Z');
    await log(sales, { type: 'Lead', id: lead }, 'c', '2026-03-01T12:00:00.000Z');
    await run(sales);
    expect(salesforceRow('Contact', id)).toMatchObject({ Count__c: '2' });
    expect(new Date(String(salesforceRow('Contact', id)['LastInTime__c'])).toISOString()).toBe(
      '2026-03-01T11:00:00.000Z',
    );
    expect(salesforceRow('Contact', id)['LastOutTime__c'] ?? null).toBeNull();
    expect(salesforceRow('Lead', lead)).toMatchObject({ Count__c: '1 messages' });
  });

  it('writes them on a HubSpot contact, in one call for many contacts', async () => {
    const ids = ['1', '2', '3'].map((last) => hubspot.addContact({ lastname: last }));
    for (const id of ids) await log(marketing, { type: 'contact', id }, id, '2026-03-01T10:00:00.000Z');
    const before = hubspot.calls.total;
    await run(marketing);
    for (const id of ids) {
      const { last_whatsapp_in: last, whatsapp_count: count } = hubspotValues(id);
      expect(Number(count)).toBe(1);
      expect(new Date(Number.isNaN(Number(last)) ? String(last) : Number(last)).toISOString()).toBe(
        '2026-03-01T10:00:00.000Z',
      );
    }
    // One more for what fields there are.
    expect(hubspot.calls.total - before).toBeLessThanOrEqual(2);
  });

  it('makes no call when the contact shows it already', async () => {
    const id = hubspot.addContact({ lastname: 'Silva' });
    await log(marketing, { type: 'contact', id }, 'a', '2026-03-01T10:00:00.000Z');
    await run(marketing);
    await store.sql.exec(`update wcs.rollups set due_at = now() - interval '1 s'`);
    const before = hubspot.calls.total;
    await run(marketing);
    // What fields there are, and nothing else.
    expect(hubspot.calls.total - before).toBe(1);
    expect(await store.ledger.waitingRollups()).toEqual([]);
  });

  it('waits while the CRM is down, tells so, and writes afterwards', async () => {
    const id = salesforce.addContact({ LastName: 'Silva' });
    await log(sales, { type: 'Contact', id }, 'a', '2026-03-01T10:00:00.000Z');
    salesforce.down(true);
    await run(sales);
    expect(news).toMatchObject([{ state: 'waiting', code: 'unavailable' }]);
    salesforce.down(false);
    await run(sales);
    expect(salesforceRow('Contact', id)).toMatchObject({ Count__c: '1' });
  });

  it('gives a contact up that is gone, and goes on with the others', async () => {
    const [gone, here] = ['a', 'b'].map((name) => salesforce.addContact({ LastName: name }));
    await log(sales, { type: 'Contact', id: gone! }, 'a', '2026-03-01T10:00:00.000Z');
    await log(sales, { type: 'Contact', id: here! }, 'b', '2026-03-01T10:00:00.000Z');
    salesforce.remove(gone!);
    await run(sales);
    expect(salesforceRow('Contact', here!)).toMatchObject({ Count__c: '1' });
    expect(await store.ledger.waitingRollups()).toEqual([]);
  });

  it('is checked against the fields that contacts and leads have', async () => {
    const found = async (destination: Destination, mapping: string) =>
      (await checkDestination(destination, parseMapping(`version: 1\n${empty}\n${mapping}`)))
        .filter(({ level, subject }) => level === 'error' && /^(contact|lead) mapping, /.test(subject))
        .map(({ subject, text }) => `${subject}: ${text}`);
    expect(
      await found(
        sales,
        'contact: { fields: { Count__c: { path: total }, Name: { path: count } } }\nlead: { fields: { LastInTime__c: { path: lastAt } } }',
      ),
    ).toEqual([
      'contact mapping, contact.Count__c: a contact\'s history has no "total"',
      'contact mapping, contact.Name: the field cannot be written: it is computed by the CRM, or the user has no permission to edit it',
      'lead mapping, lead.LastInTime__c: lead has no field of this name, or the user may not see it',
    ]);
    expect(await found(marketing, 'contact: { fields: { whatsapp_count: { path: count } } }')).toEqual([]);
    expect(await found(marketing, 'lead: { fields: { whatsapp_count: { path: count } } }')).toHaveLength(1);
  });
});
