import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { attachAll, attachmentSettlement, type AttachDeps } from '../../src/pipeline/attach.ts';
import { Brake, type BrakeNews } from '../../src/pipeline/brake.ts';
import { allScopes, startHubSpot, type HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';
import { startSalesforce, type SalesforceSandbox } from '../../src/sandbox/salesforce/index.ts';
import { emptyLedger } from '../contract/ledger-suite.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { deliverAll, foldFiles, MemoryFiles, storedMedia } from '../support/attach.ts';
import { makeTempFolder } from '../support/temp.ts';

const messageFields = {
  hs_timestamp: '2026-03-01T10:15:00.000Z',
  hs_communication_channel_type: 'WHATS_APP',
  hs_communication_logged_from: 'CRM',
  hs_communication_body: 'a voice message',
};

describe('files on their way into a CRM', () => {
  const folder = makeTempFolder('attach');
  const silent = { info: () => undefined, warn: () => undefined };
  let store: OpenLedger;
  let hubspot: HubSpotSandbox;
  let salesforce: SalesforceSandbox;
  let marketing: Destination;
  let sales: Destination;
  let files: MemoryFiles;
  let news: BrakeNews[];

  beforeAll(async () => {
    store = await openEmptyLedger(folder.path);
  }, 60_000);
  beforeEach(async () => {
    await emptyLedger(store.sql);
    await closeCrms();
    files = new MemoryFiles();
    news = [];
    hubspot = await startHubSpot({ keyField: 'whatsapp_key' });
    salesforce = await startSalesforce({ keyField: 'WhatsApp_Key__c' });
    const { url: apiUrl, accessToken } = hubspot;
    const keyField = 'whatsapp_key';
    marketing = createHubSpot({ id: 'marketing', apiUrl, accessToken, apiVersion: '2026-09', keyField });
    sales = createSalesforce({
      id: 'sales',
      loginUrl: salesforce.url,
      auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
      apiVersion: '67.0',
      keyField: 'WhatsApp_Key__c',
    });
  });
  afterAll(async () => {
    await closeCrms();
    await store.ledger.close();
    folder.remove();
  });

  const closeCrms = async () => {
    for (const one of [marketing, sales, hubspot, salesforce]) await one?.close();
  };
  const depsFor = (owner = 'one'): AttachDeps => ({
    ledger: store.ledger,
    files,
    owner,
    log: silent,
    destinations: new Map(
      [marketing, sales].map((destination) => [
        destination.id,
        {
          destination,
          brake: new Brake(async (told) => void news.push(told)),
          fileBrake: new Brake(async () => undefined),
        },
      ]),
    ),
  });
  const run = (deps: AttachDeps, id: string) => attachAll(deps, id, new AbortController().signal);
  const media = (content: string, more: Parameters<typeof storedMedia>[3]) =>
    storedMedia(`id of ${content}`, files.add(content), content.length, more);
  const voice = () => media('a sound', { voice: true, mimeType: 'audio/ogg; codecs=opus' });
  const picture = () => media('a picture', { mimeType: 'image/png' });
  const onHubSpot = async (...all: Parameters<typeof foldFiles>[3]) => {
    const contact = hubspot.addContact({ firstname: 'Ana', phone: '+14155550100' });
    const key = await foldFiles(store.ledger, 'marketing', 'a', all);
    await deliverAll(store.ledger, marketing, { type: 'contact', id: contact }, messageFields);
    return { contact, key };
  };

  it('shows them on the record in HubSpot, private, under names for people', async () => {
    const { contact } = await onHubSpot(voice(), picture());
    await run(depsFor(), 'marketing');
    const [entry] = hubspot.view.timeline(contact);
    expect(entry?.files.map(({ name }) => name.slice(17))).toEqual([
      'voice-message-2026-03-01-1015.ogg',
      'image-2026-03-01-1015.png',
    ]);
    expect(hubspot.files.map(({ access, folder: path }) => `${access} ${path}`)).toEqual(
      Array(2).fill('PRIVATE /whatsapp'),
    );
    expect(await store.ledger.waitingAttachments()).toEqual([]);
    const page = await (await fetch(`${hubspot.url}/timeline/${contact}`)).text();
    expect(page).toContain('<audio controls');
    expect(page).toContain('<img src="files/');
    const [sound] = entry?.files ?? [];
    const answer = await fetch(`${hubspot.url}/timeline/files/${sound?.id}`);
    expect(answer.headers.get('content-type')).toBe('audio/ogg');
    expect(await answer.text()).toBe('a sound');
  });

  it('shows them on the task in Salesforce', async () => {
    const contact = salesforce.addContact({ LastName: 'Silva', Phone: '+14155550100' });
    await foldFiles(store.ledger, 'sales', 'a', [voice(), picture()]);
    await deliverAll(
      store.ledger,
      sales,
      { type: 'Contact', id: contact },
      { Subject: 'x', Status: 'Completed' },
    );
    await run(depsFor(), 'sales');
    const [entry] = salesforce.timeline(contact);
    expect(entry?.files.map(({ name }) => name)).toEqual([
      'voice-message-2026-03-01-1015.ogg',
      'image-2026-03-01-1015.png',
    ]);
    expect(salesforce.calls.byOperation).toMatchObject({ query: 1, 'collections-create': 1 });
    expect(await store.ledger.waitingAttachments()).toEqual([]);
  });

  it('attaches once although the worker dies between the CRM and the ledger', async () => {
    const { contact } = await onHubSpot(picture());
    const dying = depsFor('dying');
    const dead: AttachDeps['ledger'] = {
      claimAttachments: (...given) => store.ledger.claimAttachments(...given),
      destinationHealth: () => store.ledger.destinationHealth(),
      settleAttachments: () => Promise.reject(new Error('killed')),
    };
    await expect(run({ ...dying, ledger: dead }, 'marketing')).rejects.toThrow('killed');
    expect(await store.ledger.releaseLeases('next')).toBe(1);
    await run(depsFor('next'), 'marketing');
    expect(hubspot.view.timeline(contact)[0]?.files).toHaveLength(1);
    expect(hubspot.files).toHaveLength(1);
    expect(await store.ledger.waitingAttachments()).toEqual([]);
  });

  it('holds back files alone when a permission for them is missing, and goes on when it is there', async () => {
    const { contact } = await onHubSpot(picture());
    const scopes = allScopes.filter((scope) => scope !== 'files');
    hubspot.tokens.set(hubspot.accessToken, { scopes, expired: false });
    const deps = depsFor();
    await run(deps, 'marketing');
    const target = deps.destinations.get('marketing');
    expect([target?.brake.isOn, target?.fileBrake.isOn]).toEqual([false, true]);
    expect(news).toEqual([]);
    const [row] = await store.sql.query('select state, code, attempts from wcs.attachments');
    expect(row).toEqual({ state: 'waiting', code: 'permission-missing', attempts: 0 });
    const calls = hubspot.calls.total;
    await run(deps, 'marketing');
    expect(hubspot.calls.total).toBe(calls);
    hubspot.tokens.set(hubspot.accessToken, { scopes: allScopes, expired: false });
    await run(depsFor(), 'marketing');
    expect(hubspot.view.timeline(contact)[0]?.files).toHaveLength(1);
  });

  it('makes the whole destination wait when the CRM asks to slow down, and burns no attempt', async () => {
    await onHubSpot(picture());
    hubspot.faults.status(429);
    const deps = depsFor();
    await run(deps, 'marketing');
    expect(deps.destinations.get('marketing')?.brake.isOn).toBe(true);
    expect(news).toMatchObject([{ state: 'waiting', code: 'rate-limited' }]);
    const [row] = await store.sql.query('select state, attempts from wcs.attachments');
    expect(row).toEqual({ state: 'waiting', attempts: 0 });
  });

  it('does nothing while the destination is told to wait', async () => {
    await onHubSpot(picture());
    await store.ledger.setDestinationHealth({ destination: 'marketing', state: 'waiting', pauseMs: 60_000 });
    await run(depsFor(), 'marketing');
    expect(hubspot.files).toHaveLength(0);
    expect(files.opened).toBe(0);
  });

  it('keeps what could be attached when one file cannot be read, and tries that one again later', async () => {
    const lost = picture();
    const { contact } = await onHubSpot(voice(), lost);
    files.remove(lost.result?.state === 'stored' ? lost.result.sha256 : '');
    await run(depsFor(), 'marketing');
    expect(hubspot.view.timeline(contact)[0]?.files).toHaveLength(1);
    const [row] = await store.sql.query('select state, code, attempts from wcs.attachments');
    expect(row).toEqual({ state: 'waiting', code: 'file-unreadable', attempts: 1 });
    files.add('a picture');
    await store.sql.query(`update wcs.attachments set not_before = '-infinity'`);
    await run(depsFor(), 'marketing');
    expect(hubspot.view.timeline(contact)[0]?.files).toHaveLength(2);
    expect(hubspot.files).toHaveLength(2);
  });

  it('fails for good what the CRM refuses, and leaves the record as it is', async () => {
    const { key } = await onHubSpot(picture());
    const [record] = hubspot.records('communications');
    if (record) hubspot.store.archive(record);
    await run(depsFor(), 'marketing');
    const [row] = await store.sql.query('select state, code from wcs.attachments');
    expect(row).toEqual({ state: 'failed', code: 'record-gone' });
    const found = await store.ledger.interaction(key);
    expect(found?.activities[0]).toMatchObject({ state: 'delivered' });
  });

  it('reads nothing more when the process is told to end, and counts that as no attempt', async () => {
    await onHubSpot(picture());
    const ending = new AbortController();
    const deps = depsFor();
    const ledger: AttachDeps['ledger'] = {
      ...deps.ledger,
      destinationHealth: () => store.ledger.destinationHealth(),
      settleAttachments: (...given) => store.ledger.settleAttachments(...given),
      claimAttachments: async (...given) => {
        const tasks = await store.ledger.claimAttachments(...given);
        ending.abort();
        return tasks;
      },
    };
    await attachAll({ ...deps, ledger }, 'marketing', ending.signal);
    expect(hubspot.files).toHaveLength(0);
    const [row] = await store.sql.query('select state, attempts, lease_owner from wcs.attachments');
    expect(row).toEqual({ state: 'waiting', attempts: 0, lease_owner: null });
  });
});

describe('what becomes of files that could not be attached', () => {
  const task = { key: 'k', attempts: 0, attached: { old: 'f0' } };
  const failed = (code: 'answer-lost' | 'file-refused' | 'contact-gone' | 'storage-full') =>
    ({ kind: 'failed', key: 'k', attached: { old: 'f0', new: 'f1' }, code, reason: 'why' }) as const;

  it('tries again what has no answer, with a growing pause, and not for ever', () => {
    const first = attachmentSettlement(task, failed('answer-lost'), true);
    expect(first).toMatchObject({ to: 'waiting', delayMs: 2_000, burn: true, attached: { new: 'f1' } });
    expect(attachmentSettlement({ ...task, attempts: 7 }, failed('answer-lost'), true)).toMatchObject({
      to: 'failed',
    });
  });

  it('tries again what the answer does not name, with what was there before', () => {
    expect(attachmentSettlement(task, undefined, true)).toMatchObject({
      to: 'waiting',
      code: 'not-named',
      attached: { old: 'f0' },
    });
  });

  it.each(['file-refused', 'contact-gone'] as const)('fails for good with %s', (code) => {
    expect(attachmentSettlement(task, failed(code), true)).toMatchObject({ to: 'failed', code });
  });

  it('waits without burning an attempt when there is no room', () => {
    const settlement = attachmentSettlement({ ...task, attempts: 7 }, failed('storage-full'), true);
    expect(settlement).toMatchObject({ to: 'waiting', code: 'storage-full' });
    expect(settlement.burn).toBeUndefined();
  });
});
