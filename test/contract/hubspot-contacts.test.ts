import { afterEach, describe, expect, it } from '@jest/globals';
import type { CrmContact } from '../../src/destinations/destination.ts';
import { searchesFor } from '../../src/destinations/hubspot/lookup.ts';
import { hubSpotStage, type HubSpotStage } from '../support/hubspot.ts';

let stage: HubSpotStage;
const start = async (...options: Parameters<typeof hubSpotStage>): Promise<HubSpotStage> =>
  (stage = await hubSpotStage(...options));
afterEach(() => stage.close());

const noLimits = { burst: Infinity, daily: Infinity, searchPerSecond: Infinity };
const searches = (): number => stage.counted.filter((each) => each.startsWith('contacts.search')).length;

describe('looking people up in HubSpot', () => {
  it.each([
    ['phone', '(415) 555-0142'],
    ['mobilephone', '415-555-0142'],
    ['hs_whatsapp_phone_number', '+14155550142'],
  ])('finds a number in %s', async (property, number) => {
    await start();
    const id = stage.sandbox.addContact({ firstname: 'Ben', hubspot_owner_id: '77', [property]: number });
    const found = await stage.hubspot.lookup([{ address: '+14155550142', national: '4155550142' }]);
    expect(found).toMatchObject([
      { type: 'contact', id, name: 'Ben', phones: [number], ownerId: '77', userIds: [] },
    ]);
  });

  it('finds people by WhatsApp user id where the account keeps it', async () => {
    await start({}, { userIdProperty: 'company' });
    const id = stage.sandbox.addContact({ firstname: 'Ben', company: 'US.13491208655302741918' });
    const found = await stage.hubspot.lookup([{ address: 'US.13491208655302741918' }]);
    expect(found).toMatchObject([{ id, userIds: ['US.13491208655302741918'] }]);
  });

  it('asks nothing about user ids where the account keeps none', async () => {
    await start();
    expect(await stage.hubspot.lookup([{ address: 'US.13491208655302741918' }])).toEqual([]);
    expect(stage.counted).toEqual([]);
  });

  it('reads all pages of candidates', async () => {
    await start({ limits: noLimits });
    for (let index = 0; index < 230; index += 1)
      stage.sandbox.addContact({ firstname: `n${index}`, phone: '+14155550142' });
    const found = await stage.hubspot.lookup([{ address: '+14155550142', national: '4155550142' }]);
    expect(new Set(found.map((each) => each.id)).size).toBe(230);
  });

  it('keeps below the searches a second that the account takes', async () => {
    await start();
    const began = performance.now();
    await Promise.all(Array.from({ length: 6 }, () => stage.hubspot.lookup([{ address: '+14155550142' }])));
    expect(performance.now() - began).toBeGreaterThan(1_200);
    expect(stage.counted).toEqual(Array.from({ length: 6 }, () => 'contacts.search 200'));
  });

  it('says that HubSpot cannot say, instead of "nobody", when the search limit of the account is used up', async () => {
    await start({ limits: { searchPerSecond: 0 } });
    await expect(stage.hubspot.lookup([{ address: '+14155550142' }])).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 1_000,
    });
    stage.sandbox.faults.html();
    await expect(stage.hubspot.readBack([stage.item('x')])).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('the searches for many people', () => {
  it('hold every number, in at most 3,000 characters, a hundred values, five groups and eighteen filters', () => {
    const addresses = Array.from({ length: 200 }, (_, index) => {
      const national = `1511234${String(index).padStart(4, '0')}`;
      return { address: `+49${national}`, national };
    });
    const requests = searchesFor(addresses, { userIdProperty: 'wa_user', markFields: [] });
    const groups = requests.map((each) => each['filterGroups'] as { filters: { values: string[] }[] }[]);
    const asked = new Set(groups.flat().flatMap((group) => group.filters.flatMap((filter) => filter.values)));
    for (const { address, national } of addresses) {
      for (const value of [address, address.slice(1), national]) expect(asked).toContain(value);
    }
    for (const request of requests) expect(JSON.stringify(request).length).toBeLessThanOrEqual(3_000);
    for (const each of groups) {
      expect(each.length).toBeLessThanOrEqual(5);
      expect(each.every((group) => group.filters.length === 1)).toBe(true);
    }
    expect(requests.length).toBeLessThanOrEqual(12);
  });
});

describe('pulling contacts from HubSpot', () => {
  const minute = 60_000;
  let clock = Date.parse('2026-11-20T10:00:00.000Z');
  const startClocked = (indexDelayMs = 0, userIdProperty?: string): Promise<HubSpotStage> =>
    start(
      { now: () => new Date(clock), indexDelayMs, limits: noLimits },
      { now: () => clock, ...(userIdProperty && { userIdProperty }) },
    );
  const pull = async (
    from?: string,
    pages = Infinity,
  ): Promise<{ contacts: CrmContact[]; cursor: string }> => {
    const contacts: CrmContact[] = [];
    let cursor = from ?? '';
    let page = 0;
    for await (const each of stage.hubspot.pullContacts(from)) {
      contacts.push(...each.contacts);
      cursor = each.cursor;
      page += 1;
      if (page >= pages) break;
    }
    return { contacts, cursor };
  };
  const names = ({ contacts }: { contacts: CrmContact[] }): string[] => contacts.map((each) => each.name);

  describe.each([
    ['all of them the first time', false],
    ['what changed since then', true],
  ])('%s', (_what, isLater) => {
    /** @returns the cursor to go on from */
    const begin = async (): Promise<string | undefined> => {
      await startClocked();
      return isLater ? (await pull()).cursor : undefined;
    };

    it('reads more than one page, also when all changed in the same moment', async () => {
      const from = await begin();
      for (let index = 0; index < 450; index += 1) stage.sandbox.addContact({ firstname: `n${index}` });
      const { contacts } = await pull(from);
      expect(new Set(contacts.map((each) => each.id)).size).toBe(451);
      expect(contacts.length).toBeLessThan(460);
    });

    it('skips nobody when contacts change while it runs', async () => {
      const from = await begin();
      const ids: string[] = [];
      for (let index = 0; index < 450; index += 1) {
        clock += 1;
        ids.push(stage.sandbox.addContact({ firstname: `n${index}` }));
      }
      const seen = new Set<string>();
      for await (const { contacts } of stage.hubspot.pullContacts(from)) {
        for (const { id } of contacts) seen.add(id);
        clock += 1;
        const type = stage.sandbox.schema.type('contacts');
        for (const id of ids.slice(0, 5)) {
          const record = stage.sandbox.store.get(type, id);
          if (record && seen.size < 400) stage.sandbox.store.update(record, { firstname: 'changed' });
        }
      }
      expect(seen.size).toBeGreaterThanOrEqual(450);
    });

    it('goes on where it was broken off', async () => {
      const from = await begin();
      for (let index = 0; index < 450; index += 1) {
        clock += minute;
        stage.sandbox.addContact({ firstname: `n${index}` });
      }
      const first = await pull(from, 1);
      const rest = await pull(first.cursor);
      expect(first.contacts.length).toBeLessThanOrEqual(200);
      expect(first.contacts.length).toBeGreaterThanOrEqual(100);
      expect(rest.contacts.length).toBeLessThan(360);
      expect(new Set([...first.contacts, ...rest.contacts].map((each) => each.id)).size).toBe(451);
    });
  });

  it('finds a change that the search index showed late', async () => {
    await startClocked(30_000);
    clock += minute;
    const first = await pull();
    expect(names(first)).toEqual(['Ana Silva']);
    stage.sandbox.addContact({ firstname: 'Late' });
    clock += 10_000;
    const second = await pull(first.cursor);
    expect(names(second)).not.toContain('Late');
    clock += 30_000;
    expect(names(await pull(second.cursor))).toContain('Late');
  });

  it('reads nothing twice once nothing older can turn up', async () => {
    await startClocked();
    for (let index = 0; index < 450; index += 1) {
      clock += 10;
      stage.sandbox.addContact({ firstname: `n${index}` });
    }
    let { cursor } = await pull();
    clock += 2 * minute;
    ({ cursor } = await pull(cursor));
    clock += minute;
    stage.counted.length = 0;
    const idle = await pull(cursor);
    expect(names(idle)).toEqual(['n449']);
    expect(searches()).toBe(1);
  });

  it('reports deleted contacts as gone, within an hour', async () => {
    await startClocked();
    const first = await pull();
    const gone = stage.sandbox.addContact({ firstname: 'Ben' });
    stage.sandbox.archiveContact(gone);
    clock += 61 * minute;
    const { contacts } = await pull(first.cursor);
    expect(contacts.filter((each) => each.gone)).toMatchObject([{ type: 'contact', id: gone, gone: true }]);
  });

  it('starts anew with a cursor that is none of its own', async () => {
    await startClocked();
    expect(names(await pull('{"since":"yesterday"}'))).toEqual(['Ana Silva']);
    expect(names(await pull('x'))).toEqual(['Ana Silva']);
  });

  it('names contacts by their e-mail when they have no name, and carries numbers, owner and user id', async () => {
    await startClocked(0, 'company');
    clock += 1;
    stage.sandbox.addContact({
      email: 'ben@example.com',
      phone: '1',
      mobilephone: '+14155550101',
      hubspot_owner_id: '7',
      company: 'US.1',
    });
    const { contacts } = await pull();
    expect(contacts.find((each) => each.name === 'ben@example.com')).toMatchObject({
      phones: ['1', '+14155550101'],
      ownerId: '7',
      userIds: ['US.1'],
      modifiedAt: new Date(clock).toISOString(),
    });
  });
});
