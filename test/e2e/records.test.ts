import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder, type TempFolder } from '../support/temp.ts';
import { appSecret, businessNumber, envelope, personNumber, textWebhook } from '../support/traffic.ts';
import { postWebhook, startWorker, untilTotals, type WorkerProcess } from '../support/worker.ts';

const secondsOf = (iso: string): number => Date.parse(iso) / 1_000;
const before = secondsOf('2026-09-18T10:00:00Z');
const after = secondsOf('2026-09-19T10:00:00Z');

let folder: TempFolder;
let crms: Crms;
let worker: WorkerProcess;

beforeEach(async () => {
  folder = makeTempFolder('records');
  crms = await startCrms(3);
});

afterEach(async () => {
  await worker.stop();
  await crms.close();
  folder.remove();
}, 60_000);

const send = async (...bodies: readonly object[]) => {
  for (const body of bodies) expect(await postWebhook(worker.url, 'support', body, appSecret)).toBe(200);
};
const untilLogged = (count: number) =>
  untilTotals(worker.url, ({ logged, pending }) => logged === count && pending === 0);

const tasks = () => crms.salesforce.rows('Task');
const communications = () => crms.hubspot.records('communications');
const taskSaying = (text: string) => tasks().find((row) => String(row['Description']).includes(text));
const communicationSaying = (text: string) =>
  communications().find(({ values }) => values['hs_communication_body']?.includes(text));
const linked = (id: string, type: string) =>
  crms.hubspot.store.associations.linked({ type: crms.hubspot.schema.type('communications'), id }, type);

/** A user of both CRMs. @returns the ids */
function addUser(name: string, active: boolean): { readonly salesforce: string; readonly hubspot: string } {
  const email = `${name.toLowerCase()}@example.com`;
  return {
    salesforce: crms.salesforce.add('User', {
      LastName: name,
      Name: name,
      Email: email,
      Username: email,
      IsActive: active,
      UserType: 'Standard',
      TimeZoneSidKey: name === 'Maya' ? 'Asia/Tokyo' : 'Europe/Berlin',
    }),
    hubspot: crms.hubspot.addOwner({ name, email, archived: !active }),
  };
}

/** Ids of a person in both CRMs. */
const contactOf = (person: number) => {
  const phone = personNumber(person);
  return {
    salesforce: crms.salesforce.rows('Contact').find((row) => row.Phone === phone)?.Id ?? '',
    hubspot: crms.hubspot.records('contacts').find(({ values }) => values['phone'] === phone)?.id ?? '',
  };
};

function addDeal(person: number, name: string): { readonly salesforce: string; readonly hubspot: string } {
  const contact = contactOf(person);
  const OpportunityId = crms.salesforce.add('Opportunity', {
    Name: name,
    StageName: 'Prospecting',
    IsClosed: false,
  });
  crms.salesforce.add('OpportunityContactRole', { OpportunityId, ContactId: contact.salesforce });
  const deal = { dealname: name, hs_is_closed: 'false' };
  return {
    salesforce: OpportunityId,
    hubspot: crms.hubspot.addDeal(deal, { contactIds: [contact.hubspot] }),
  };
}

describe('a record', () => {
  const more =
    'timeZone: Europe/Berlin\n    fallbackOwner: desk@example.com\n    associate: { company: primary, deal: only }';
  const owners = `owners:
  - { number: '${businessNumber}', user: maya@example.com, from: 2026-01-01, to: 2026-09-18 }
  - { number: '${businessNumber}', user: jonas@example.com, from: 2026-09-19 }
`;

  test('is owned by who held the number that day, or by the fallback, with times where the owner is', async () => {
    const [maya, , desk] = [addUser('Maya', true), addUser('Jonas', false), addUser('Desk', true)];
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms, more) + owners });
    await send(
      textWebhook('wamid.1', personNumber(0), 'before', before),
      textWebhook('wamid.2', personNumber(0), 'after', after),
    );
    await untilLogged(2);
    expect([taskSaying('before')?.OwnerId, taskSaying('after')?.OwnerId]).toEqual([
      maya.salesforce,
      desk.salesforce,
    ]);
    const ownerOf = (text: string) => communicationSaying(text)?.values['hubspot_owner_id'];
    expect([ownerOf('before'), ownerOf('after')]).toEqual([maya.hubspot, desk.hubspot]);
    expect(taskSaying('before')?.['Description']).toContain('2026-09-18 19:00:00 UTC+9');
    expect(taskSaying('after')?.['Description']).toContain('2026-09-19 12:00:00 UTC+2');
    expect(communicationSaying('before')?.values['hs_communication_body']).toContain(
      '2026-09-18 12:00:00 UTC+2',
    );
  }, 60_000);

  test('is on the contact that the holder of the number owns, where several people share one', async () => {
    const [maya, other] = [addUser('Maya', true), addUser('Other', true)];
    const phone = '+14155550177';
    const mine = crms.salesforce.addContact({ LastName: 'Mine', Phone: phone, OwnerId: maya.salesforce });
    crms.salesforce.addContact({ LastName: 'Not mine', Phone: phone, OwnerId: other.salesforce });
    const ownIn = crms.hubspot.addContact({ lastname: 'Mine', phone, hubspot_owner_id: maya.hubspot });
    crms.hubspot.addContact({ lastname: 'Not mine', phone, hubspot_owner_id: other.hubspot });
    const settings = settingsFor(crms).replace('policies:\n', 'policies:\n  multiple: owner\n') + owners;
    worker = await startWorker({ folder: folder.path, settings });
    await send(textWebhook('wamid.1', phone, 'for whom', before));
    await untilLogged(1);
    expect(taskSaying('for whom')?.WhoId).toBe(mine);
    expect(linked(communicationSaying('for whom')!.id, 'contacts')).toEqual([ownIn]);
  }, 60_000);

  test('stands on the company and the only open deal, and on neither of two', async () => {
    const company = crms.hubspot.addCompany(
      { name: 'Silva Imports' },
      { contactIds: [contactOf(0).hubspot], primary: true },
    );
    const AccountId = crms.salesforce.add('Account', { Name: 'Silva Imports' });
    crms.salesforce.change(contactOf(0).salesforce, { AccountId });
    const deal = addDeal(0, 'Renewal');
    addDeal(1, 'One of two');
    addDeal(1, 'The other one');
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms, more) });
    await send(
      textWebhook('wamid.1', personNumber(0), 'has one deal', before),
      textWebhook('wamid.2', personNumber(1), 'has two deals', before),
    );
    await untilLogged(2);
    expect(taskSaying('has one deal')?.WhatId).toBe(deal.salesforce);
    expect(taskSaying('has two deals')?.WhatId ?? null).toBeNull();
    const [one, two] = [communicationSaying('has one deal'), communicationSaying('has two deals')];
    expect([linked(one!.id, 'deals'), linked(one!.id, 'companies')]).toEqual([[deal.hubspot], [company]]);
    expect([linked(two!.id, 'deals'), linked(two!.id, 'companies')]).toEqual([[], []]);
  }, 60_000);
});

describe('what happens to a message afterwards', () => {
  const said = (person: number, id: string, at: number, own: object) =>
    envelope('messages', {
      contacts: [{ profile: { name: 'Ana' }, wa_id: personNumber(person).slice(1) }],
      messages: [{ from: personNumber(person).slice(1), id, timestamp: String(at), ...own }],
    });
  const edit = (of: string, text: string) =>
    said(0, `wamid.edit.${of}`, before + 60, {
      type: 'edit',
      edit: { original_message_id: of, message: { type: 'text', text: { body: text } } },
    });
  const revoke = (of: string) =>
    said(0, `wamid.revoke.${of}`, before + 70, { type: 'revoke', revoke: { original_message_id: of } });
  const react = (of: string) =>
    said(0, `wamid.reaction.${of}`, before + 80, {
      type: 'reaction',
      reaction: { message_id: of, emoji: '👍' },
    });
  const first = [
    textWebhook('wamid.a', personNumber(0), 'first wording', before),
    textWebhook('wamid.b', personNumber(0), 'taken back', before + 1),
    textWebhook('wamid.c', personNumber(0), 'a good one', before + 2),
  ];
  const changes = [edit('wamid.a', 'second wording'), revoke('wamid.b'), react('wamid.c')];

  test('is told in its record, beside what was there', async () => {
    worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
    await send(...first);
    await untilLogged(3);
    await send(...changes);
    await untilTotals(
      worker.url,
      ({ pending }) =>
        pending === 0 && taskSaying('second wording') !== undefined && taskSaying('👍') !== undefined,
    );
    await untilLogged(3);
    for (const texts of [
      tasks().map((row) => String(row['Description'])),
      communications().map(({ values }) => values['hs_communication_body'] ?? ''),
    ]) {
      expect(texts).toHaveLength(3);
      expect(texts.find((text) => text.includes('second wording'))).toContain('first wording');
      expect(texts.find((text) => text.includes('taken back'))).toMatch(/deleted by the sender/i);
      expect(texts.find((text) => text.includes('a good one'))).toContain('👍');
    }
  }, 60_000);

  test('is a further record where changes are only added, and the first one stays as it was', async () => {
    const settings = settingsFor(crms).replace('policies:\n', 'policies:\n  changes: insert-only\n');
    worker = await startWorker({ folder: folder.path, settings });
    await send(...first);
    await untilLogged(3);
    const asItWas = new Map(tasks().map((row) => [row.Id, row['Description']]));
    await send(...changes);
    await untilTotals(worker.url, ({ pending }) => pending === 0 && tasks().length === 6);
    await untilTotals(worker.url, ({ pending }) => pending === 0 && communications().length === 6);
    for (const [id, text] of asItWas) {
      expect(tasks().find((row) => row.Id === id)?.['Description']).toBe(text);
    }
    const titles = tasks().map((row) => String(row['Subject']).split(':')[0]);
    expect(titles.slice(3).sort()).toEqual(['Deleted', 'Edited', 'Reaction']);
    // Said again and again, nothing comes on top.
    await send(...changes);
    await untilLogged(3);
    expect([tasks().length, communications().length]).toEqual([6, 6]);
  }, 60_000);
});
