import { afterEach, describe, expect, it } from '@jest/globals';
import { unlimited } from '../../src/core/budget.ts';
import type { Finding } from '../../src/destinations/destination.ts';
import { createSalesforce, type SalesforceOptions } from '../../src/destinations/salesforce/index.ts';
import {
  startSalesforce,
  type SalesforceOptions as SandboxOptions,
} from '../../src/sandbox/salesforce/index.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { readMapping } from '../../src/mapping/mapping.ts';
import { validateMapping } from '../../src/mapping/validate.ts';
import type { Activity } from '../../src/core/activity.ts';
import { keyField, makeItem, secretAuth } from './salesforce-support.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A new org, without the key field unless it is asked for. */
async function start(sandboxOptions: SandboxOptions = {}, options: Partial<SalesforceOptions> = {}) {
  const sandbox = await startSalesforce(sandboxOptions);
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: secretAuth,
    apiVersion: '67.0',
    keyField,
    ...options,
  });
  closers.push(async () => {
    await destination.close();
    await sandbox.close();
  });
  return { sandbox, destination };
}

const errors = (findings: readonly Finding[]) => findings.filter((one) => one.level === 'error');
const named = (findings: readonly Finding[], subject: string) =>
  findings.find((one) => one.subject === subject);

describe('setup', () => {
  it('makes the fields and the permission set, gives it to the user, and changes nothing the second time', async () => {
    const { sandbox, destination } = await start();
    const first = await destination.setup();
    expect(first.map((one) => one.level)).toEqual([...Array.from({ length: 7 }, () => 'ok'), 'todo', 'todo']);
    expect(first[6]?.text).toContain('a second record with the same key is refused');
    expect(first.slice(7).map((one) => one.subject)).toEqual(['page layout', 'External Client App']);
    expect(sandbox.rows('Task')).toEqual([]);
    const second = await destination.setup();
    expect(errors(second)).toEqual([]);
    expect(second[0]?.text).toContain('already');
    expect(sandbox.rows('PermissionSetAssignment')).toHaveLength(1);
    const contact = sandbox.addContact({ LastName: 'Doe' });
    const fields = { WhatsApp_Time__c: '2026-11-20T10:00:00.000Z' };
    const [outcome] = await destination.deliver([makeItem('a', contact, { fields })]);
    expect(outcome?.kind).toBe('delivered');
  });

  it('leaves a field of another kind alone and says what is wrong with it', async () => {
    const { destination } = await start({ customFields: [`Task.${keyField}`] });
    const findings = errors(await destination.setup());
    expect(findings).toHaveLength(1);
    expect(findings[0]?.text).toContain('unique, externalId');
  });

  it('says which permission is missing when the user may not change the org', async () => {
    const { destination } = await start({ mayModifyMetadata: false });
    expect(await destination.setup()).toMatchObject([{ level: 'error', code: 'permission-missing' }]);
  });

  it('leaves the assignment to an admin when it is refused', async () => {
    const { sandbox, destination } = await start();
    const body = [{ message: 'no', errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY' }];
    sandbox.faults.add({ kind: 'status', status: 403, body }, { operation: 'create' });
    const findings = await destination.setup();
    expect(errors(findings)).toEqual([]);
    expect(findings.filter((one) => one.level === 'todo').map((one) => one.text)).toEqual([
      expect.stringContaining('Manage Assignments'),
      expect.stringContaining('does not see the key field yet'),
      expect.stringContaining('page layout'),
      expect.stringContaining('run-as user'),
    ]);
  });

  it('tries whether the key is unique, says what it found, and leaves nothing behind', async () => {
    const { sandbox, destination } = await start({ keyField });
    const create = { operation: 'collections-create' } as const;
    // Of findings about the key field, what was tried comes last.
    const probe = async () => {
      const findings = await destination.setup();
      return findings.findLast(({ subject }) => subject === `Task.${keyField}` || subject === 'setup');
    };
    const refusal = {
      kind: 'row',
      statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'Tasks need a campaign.',
    } as const;
    sandbox.faults.add(refusal, create);
    expect(await probe()).toMatchObject({
      level: 'todo',
      text: expect.stringContaining('Tasks need a campaign.'),
    });
    sandbox.faults.add({ kind: 'lost-answer' }, create);
    expect(await probe()).toMatchObject({ level: 'error', subject: 'setup', code: 'answer-lost' });
    expect(sandbox.rows('Task')).toEqual([]);
    expect(await probe()).toMatchObject({ level: 'ok' });
    expect(sandbox.rows('Task')).toEqual([]);
  });
});

describe('check', () => {
  it('is green when everything is there', async () => {
    const { destination } = await start();
    await destination.setup();
    expect((await destination.check()).every((one) => one.level === 'ok')).toBe(true);
  });

  it('tells a host that does not answer from wrong credentials and from a wrong address', async () => {
    const { sandbox, destination } = await start({ keyField });
    sandbox.changeSecret('other');
    expect(await destination.check()).toMatchObject([{ level: 'error', code: 'auth-failed' }]);
    const elsewhere = await start({}, { loginUrl: `${sandbox.url}/not-here` });
    expect(await elsewhere.destination.check()).toMatchObject([{ level: 'error', code: 'address-wrong' }]);
    await sandbox.close();
    expect(await destination.check()).toMatchObject([{ level: 'error', code: 'unavailable' }]);
  });

  it('tells that client credentials need My Domain', async () => {
    const loginUrl = 'https://login.salesforce.com';
    const secret = await start({}, { loginUrl });
    expect(await secret.destination.check()).toMatchObject([
      { level: 'error', subject: 'loginUrl', code: 'address-wrong' },
    ]);
  });

  it('tells as whom we work, what of the day is left and how much of it is ours', async () => {
    const use = async () => ({ ours: 7, allowed: 50_000 });
    const { sandbox, destination } = await start({ keyField }, { budget: { ...unlimited, use } });
    const findings = await destination.check();
    expect(named(findings, 'connection')?.text).toBe(
      `Salesforce accepts the credentials (client-credentials) as user ${sandbox.runAs}, with API version 67.0.`,
    );
    expect(named(findings, 'API calls')?.text).toMatch(
      /^\d+ of 100000 are left for the last 24 hours. We made 7 today, and may make 50000.$/,
    );
    for (const subject of ['User', 'Opportunity', 'OpportunityContactRole', 'Contact', 'Lead']) {
      expect(named(findings, subject)).toMatchObject({ level: 'ok' });
    }
  });

  it('warns where users or opportunities may not be read, and is no error for that', async () => {
    const { sandbox, destination } = await start({ keyField });
    const body = [{ message: "sObject type 'User' is not supported.", errorCode: 'INVALID_TYPE' }];
    sandbox.faults.add({ kind: 'status', status: 400, body }, { operation: 'query', times: 3 });
    const findings = await destination.check();
    expect(errors(findings)).toEqual([]);
    expect(named(findings, 'User')?.text).toContain('no owner is found');
    expect(named(findings, 'Opportunity')?.text).toContain('finds no opportunity');
  });

  it('names a version that the org does not have', async () => {
    const { destination } = await start({ keyField }, { apiVersion: '99.0' });
    const findings = errors(await destination.check());
    expect(findings).toMatchObject([{ subject: 'apiVersion', code: 'address-wrong' }]);
  });

  it('tells a key field that is missing from one that is not unique or has the wrong type', async () => {
    const missing = await start();
    expect(named(await missing.destination.check(), `Task.${keyField}`)).toMatchObject({
      level: 'error',
      code: 'key-field-missing',
    });
    const loose = await start({ customFields: [`Task.${keyField}`] });
    const texts = errors(await loose.destination.check()).map((one) => one.text);
    expect(texts).toEqual([expect.stringContaining('external id'), expect.stringContaining('not unique')]);
    const time = await start({ customFields: ['Task.Key_Time__c'] }, { keyField: 'Key_Time__c' });
    expect(errors(await time.destination.check())[0]?.text).toContain('type datetime');
  });

  it('tells a missing permission, hidden fields and a low quota', async () => {
    const { sandbox, destination } = await start({ keyField, dailyLimit: 6 }, { userIdField: 'Hidden__c' });
    const findings = await destination.check();
    expect(named(findings, 'Contact.Hidden__c')).toMatchObject({ level: 'error', code: 'field-unknown' });
    const body = [{ message: 'API is not enabled', errorCode: 'API_DISABLED_FOR_ORG' }];
    sandbox.faults.add({ kind: 'status', status: 403, body });
    expect(errors(await destination.check())).toMatchObject([{ code: 'permission-missing' }]);
    expect(await destination.check()).toContainEqual(expect.objectContaining({ code: 'quota-used-up' }));
  });
});

describe('describe', () => {
  it('gives fields in the words of the port', async () => {
    const { destination } = await start({ keyField });
    const fields = new Map((await destination.describe('message')).map((one) => [one.name, one]));
    expect(fields.get('Subject')).toMatchObject({ type: 'string', length: 255, createable: true });
    expect(fields.get('CallType')).toMatchObject({
      type: 'picklist',
      values: ['Inbound', 'Internal', 'Outbound'],
    });
    expect(fields.get('Status')).toMatchObject({ required: false });
    expect(fields.get('TaskSubtype')).toMatchObject({ createable: true, updateable: false });
    expect(fields.get(keyField)).toMatchObject({ unique: true, length: 64 });
  });
});

it('knows where a person sees a record', async () => {
  const { sandbox, destination } = await start();
  expect(destination.recordUrl('message', '00T1')).toBe(`${sandbox.url}/lightning/r/Task/00T1/view`);
  expect(destination.recordUrl('contact', '00Q1')).toContain('/r/Lead/');
  const anywhere = await start({}, { loginUrl: 'https://login.salesforce.com' });
  expect(anywhere.destination.recordUrl('call', '00T1')).toBeUndefined();
});

describe('the default mapping', () => {
  const activity: Activity = {
    key: 'k',
    revision: 1,
    kind: 'message',
    direction: 'inbound',
    occurredAt: '2026-11-20T10:00:00.000Z',
    localTime: '2026-11-20 10:00:00 UTC',
    timeZone: 'UTC',
    title: 'WhatsApp message from Ana',
    text: 'Received from Ana\nHello, is it still there?',
    content: 'Hello, is it still there?',
    type: 'text',
    business: { number: '+15550783881' },
    person: { name: 'Ana' },
    from: '+4915112345678',
    to: '+15550783881',
    contact: { type: 'Contact', id: '003' },
    edited: false,
    deleted: false,
    files: 0,
    source: 'support',
  };
  const call = {
    ...activity,
    kind: 'call',
    type: 'call',
    call: { result: 'missed', durationSeconds: 0 },
  } as const;
  const mapping = readMapping('config/mappings/salesforce.yaml');

  it('uses only what a new org has after setup, and every record it makes is taken', async () => {
    const { sandbox, destination } = await start();
    const contact = sandbox.addContact({ LastName: 'Doe' });
    const described = async () => destination.describe('call');
    const bare = new Map((await described()).map((one) => [one.name, one]));
    expect(mapActivity(mapping, activity, bare).fields).not.toHaveProperty('WhatsApp_Time__c');
    await destination.setup();
    const fields = await described();
    for (const kind of ['message', 'call'] as const)
      expect(validateMapping(mapping, kind, 'Task', fields)).toEqual([]);
    const known = new Map(fields.map((one) => [one.name, one]));
    const items = [activity, call].map((one) =>
      makeItem(one.kind, contact, mapActivity(mapping, one, known)),
    );
    const outcomes = await destination.deliver(items);
    expect(outcomes.map((one) => one.kind)).toEqual(['delivered', 'delivered']);
    const calls = sandbox.rows('Task').filter((row) => row.TaskSubtype === 'Call');
    expect(calls).toMatchObject([
      { CallType: 'Inbound', CallDurationInSeconds: 0, CallDisposition: 'Missed' },
    ]);
    expect(calls[0]?.WhatsApp_Time__c).toBe(activity.occurredAt);
  });

  it('says time, direction and both sides in the text, however long that is', () => {
    const long = { ...activity, text: 'word '.repeat(10_000) };
    for (const one of [activity, call, long]) {
      const text = String(mapActivity(mapping, one, undefined).fields.Description);
      expect(text.length).toBeLessThanOrEqual(32_000);
      expect(text).toContain(
        'Time: 2026-11-20 10:00:00 UTC\nDirection: incoming\nFrom: +4915112345678\nTo: +15550783881',
      );
    }
    expect(String(mapActivity(mapping, activity, undefined).fields.Description)).toContain(activity.text);
  });
});
