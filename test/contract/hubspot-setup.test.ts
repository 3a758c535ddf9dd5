import { afterEach, describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/destinations/destination.ts';
import { startHubSpot, type HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { startFront } from '../support/hubspot-front.ts';
import { hubSpotStage, keyField, type HubSpotStage } from '../support/hubspot.ts';

let stage: HubSpotStage;
const start = async (...options: Parameters<typeof hubSpotStage>): Promise<HubSpotStage> =>
  (stage = await hubSpotStage(...options));
/** An account as HubSpot hands it over: without the key field. */
const startBare = async (): Promise<HubSpotStage> => {
  await start();
  const { schema } = stage.sandbox;
  for (const object of ['communications', 'calls']) schema.removeProperty(schema.type(object), keyField);
  return stage;
};
afterEach(() => stage.close());

const levels = (findings: readonly Finding[]): string[] => findings.map((each) => each.level);
const addProperty = (over: object): void => {
  const { schema } = stage.sandbox;
  for (const word of ['communications', 'calls']) {
    const type = schema.type(word);
    const [group] = schema.groups(type);
    schema.addProperty(type, {
      name: keyField,
      label: 'key',
      groupName: group?.name ?? '',
      type: 'string',
      fieldType: 'text',
      options: [],
      description: '',
      hasUniqueValue: true,
      calculated: false,
      hubspotDefined: false,
      readOnly: false,
      externalOptions: false,
      ...over,
    });
  }
};

describe('setting HubSpot up', () => {
  it('makes a unique text property on communications and calls, says so, and leaves it alone the next time', async () => {
    await startBare();
    const first = await stage.hubspot.setup();
    expect(levels(first)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'todo']);
    expect(first[0]?.text).toContain('made the property whatsapp_key');
    expect(first[1]?.text).toContain('a second record with the same key is refused');
    expect(first[5]?.text).toContain('crm.objects.contacts.write');
    for (const object of ['communications', 'calls']) {
      const type = stage.sandbox.schema.type(object);
      expect(stage.sandbox.schema.property(type, keyField)).toMatchObject({
        type: 'string',
        fieldType: 'text',
        hasUniqueValue: true,
        groupName: 'whatsapp_sync',
      });
    }
    stage.counted.length = 0;
    expect(levels(await stage.hubspot.setup())).toEqual(levels(first));
    expect(stage.counted.filter((each) => each.startsWith('properties'))).toEqual([
      'properties.get 200',
      'properties.get 200',
      'properties.get 200',
    ]);
  });

  it.each(['conflict', 'validation'] as const)(
    'tries the key with two records, of which the second is refused as %s, and leaves none',
    async (shape) => {
      await startBare();
      stage.sandbox.store.conflictShape = shape;
      expect(levels(await stage.hubspot.setup())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'todo']);
      expect(stage.counted.filter((each) => each.includes('batch'))).toEqual([
        'communications.batch.create 201',
        'communications.batch.create 207',
        'communications.batch.archive 204',
        'calls.batch.create 201',
        'calls.batch.create 207',
        'calls.batch.archive 204',
      ]);
      for (const object of ['communications', 'calls']) expect(stage.sandbox.records(object)).toEqual([]);
    },
  );

  it('says that the key is not unique where HubSpot took both records, and removes them', async () => {
    await startBare();
    addProperty({ hasUniqueValue: false });
    const front = await startFront(stage.sandbox.url, async ({ path }, forward) => {
      if (!path.includes('/properties/')) return undefined;
      const answer = await forward();
      return { ...answer, body: { ...(answer.body as object), hasUniqueValue: true } };
    });
    const hubspot = createHubSpot({
      id: 'x',
      apiUrl: front.url,
      accessToken: stage.sandbox.accessToken,
      apiVersion: '2026-09',
      keyField,
    });
    const findings = await hubspot.setup();
    await hubspot.close();
    await front.close();
    expect(findings[1]).toMatchObject({ level: 'error', code: 'key-field-missing' });
    expect(stage.sandbox.records('communications')).toEqual([]);
  });

  it('removes what it tried also when the answer was lost, and says what it could not try', async () => {
    await start();
    stage.sandbox.faults.loseAnswer(1);
    const findings = await stage.hubspot.setup();
    expect(findings[1]).toMatchObject({ level: 'todo' });
    expect(findings[1]?.text).toContain('could not be tried');
    expect(stage.sandbox.records('communications')).toEqual([]);
  });

  it('makes a plain property where the account refuses unique ones on activities, and says so', async () => {
    await startBare();
    stage.sandbox.schema.uniqueOnActivities = false;
    const findings = await stage.hubspot.setup();
    expect(levels(findings)).toEqual(['warning', 'warning', 'ok', 'todo']);
    expect(findings[0]?.text).toContain('refuses a property with unique values on communications');
    expect(findings[0]?.text).toContain('one delivery at a time');
  });

  it('says what to do about a property of the name that is not unique, or no text', async () => {
    await startBare();
    addProperty({ hasUniqueValue: false });
    expect((await stage.hubspot.setup())[0]).toMatchObject({
      level: 'warning',
      subject: 'communications.whatsapp_key',
    });
    expect((await stage.hubspot.check()).map((each) => each.text).join()).toContain(
      'does not require unique values',
    );
    for (const object of ['communications', 'calls']) {
      stage.sandbox.schema.removeProperty(stage.sandbox.schema.type(object), keyField);
    }
    addProperty({ type: 'number' });
    expect((await stage.hubspot.check()).map((each) => each.text).join()).toContain(
      'must be a single-line text property and is number',
    );
  });

  it('stops at a refused token', async () => {
    await startBare();
    stage.sandbox.tokens.clear();
    expect(await stage.hubspot.setup()).toMatchObject([{ level: 'error', code: 'auth-failed' }]);
    expect(stage.counted).toHaveLength(1);
  });

  it('uses the group that is there where groups cannot be made', async () => {
    await startBare();
    stage.sandbox.faults.status(403, 2, ({ operation }) => operation === 'properties.groups.create');
    expect(levels(await stage.hubspot.setup())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'todo']);
  });
});

describe('checking HubSpot', () => {
  it('is green where everything is there', async () => {
    await start();
    expect(levels(await stage.hubspot.check())).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it('names the missing scope', async () => {
    await start();
    stage.sandbox.tokens.set(stage.sandbox.accessToken, {
      scopes: ['crm.objects.contacts.read'],
      expired: false,
    });
    const findings = await stage.hubspot.check();
    expect(levels(findings)).toEqual(['ok', 'ok', 'ok', 'warning', 'warning']);
    expect(findings[3]?.text).toContain('crm.objects.owners.read');
    stage.sandbox.tokens.set(stage.sandbox.accessToken, { scopes: [], expired: false });
    expect((await stage.hubspot.check())[0]).toMatchObject({ level: 'error', code: 'permission-missing' });
  });

  it('says in one finding that HubSpot cannot be reached', async () => {
    await start();
    await stage.sandbox.close();
    expect(await stage.hubspot.check()).toMatchObject([{ level: 'error', code: 'unavailable' }]);
  });

  it('warns of a WhatsApp channel of HubSpot that logs too', async () => {
    await start();
    const { store, schema } = stage.sandbox;
    const record = store.create(schema.type('communications'), { ...stage.item('native').fields });
    store.restore(record, { ...record.values, hs_communication_conversations_thread_id: '123' });
    const findings = await stage.hubspot.check();
    expect(findings.at(-1)).toMatchObject({ level: 'warning', subject: 'WhatsApp channel of HubSpot' });
  });

  it('describes properties by type, and what is required, read-only or a list', async () => {
    await start();
    const fields = new Map((await stage.hubspot.describe('message')).map((each) => [each.name, each]));
    expect(fields.get('hs_timestamp')).toMatchObject({ type: 'datetime', required: true, createable: true });
    expect(fields.get('hs_communication_channel_type')).toMatchObject({
      type: 'picklist',
      values: ['WHATS_APP', 'SMS', 'LINKEDIN_MESSAGE'],
    });
    expect(fields.get('hs_communication_body')).toMatchObject({
      type: 'string',
      length: 65_536,
      required: false,
    });
    expect(fields.get('hs_object_id')).toMatchObject({ createable: false, updateable: false });
    expect(fields.get('hubspot_owner_id')).toMatchObject({ type: 'reference' });
    expect(fields.get(keyField)).toMatchObject({ unique: true });
  });
});

describe('the connection to HubSpot', () => {
  let other: HubSpotSandbox;

  it('is kept open between calls', async () => {
    await start();
    for (let index = 0; index < 3; index += 1) await stage.hubspot.deliver([stage.item(`n${index}`)]);
    expect(stage.sandbox.connections()).toBe(1);
  });

  it('follows no redirect to another host', async () => {
    await start();
    other = await startHubSpot();
    const { createServer } = await import('node:http');
    const server = createServer((_request, response) => {
      response
        .writeHead(307, { location: `${other.url}/crm/objects/2026-09/communications/batch/create` })
        .end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const hubspot = createHubSpot({
      id: 'x',
      apiUrl: `http://127.0.0.1:${port}/`,
      accessToken: other.accessToken,
      apiVersion: '2026-09',
      keyField,
    });
    const outcomes = await hubspot.deliver([stage.item('one')]);
    expect(outcomes).toMatchObject([{ kind: 'throttled', code: 'address-wrong' }]);
    expect(other.calls.total).toBe(0);
    await hubspot.close();
    await other.close();
    await new Promise((resolve) => void server.close(resolve));
  });

  it('ends a call that hangs when it is closed', async () => {
    await start();
    stage.sandbox.faults.slow(60_000);
    const delivery = stage.hubspot.deliver([stage.item('hangs')]);
    await stage.hubspot.close();
    expect((await delivery)[0]?.kind).not.toBe('delivered');
    await stage.sandbox.disconnected();
    await expect(stage.hubspot.readBack([stage.item('x')])).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is told apart by tokens when two accounts are in one process', async () => {
    await start();
    other = await startHubSpot({ keyField, accessToken: 'pat-na1-other' });
    const second = createHubSpot({
      id: 'second',
      apiUrl: other.url,
      accessToken: 'pat-na1-other',
      apiVersion: '2026-09',
      keyField,
    });
    const id = other.addContact({ firstname: 'Ben' });
    const outcomes = await Promise.all([
      stage.hubspot.deliver([stage.item('one')]),
      second.deliver([stage.item('two', { contact: { type: 'contact', id } })]),
    ]);
    expect(outcomes.flat().map((each) => each.kind)).toEqual(['delivered', 'delivered']);
    await second.close();
    await other.close();
  });
});
