import { afterEach, describe, expect, it } from '@jest/globals';
import jsforce from 'jsforce';
import { client, closeAll, keyField, start, task, token, upsertPath } from './salesforce-client.ts';

afterEach(closeAll);

describe('the token endpoint', () => {
  it('gives a token for the right secret and refuses a wrong one with invalid_client', async () => {
    const { url } = await start();
    expect((await token(url)).status).toBe(200);
    const refused = await token(url, { client_secret: 'nope' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: 'invalid_client' });
    expect(await (await token(url, { grant_type: 'password' })).json()).toMatchObject({
      error: 'unsupported_grant_type',
    });
  });

  it('takes forms only', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/services/oauth2/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(answer.status).toBe(415);
  });
});

describe('a REST call', () => {
  it('is refused without a good token, and counted in Sforce-Limit-Info with one', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const bad = await call('GET', '/limits', undefined, { authorization: 'Bearer x' });
    expect([bad.status, bad.body[0].errorCode]).toEqual([401, 'INVALID_SESSION_ID']);
    const good = await call('GET', '/limits');
    expect(good.headers.get('sforce-limit-info')).toBe('api-usage=1/100000');
    sandbox.expireTokens();
    expect((await call('GET', '/limits')).status).toBe(401);
  });

  it('is refused for unknown paths, versions, objects and content types', async () => {
    const call = await client(await start());
    expect((await call('GET', '/nothing')).status).toBe(404);
    expect((await call('GET', '/sobjects/Nothing/describe')).body[0].errorCode).toBe('NOT_FOUND');
    const text = await call('POST', '/sobjects/Contact', '{}', { 'content-type': 'text/plain' });
    expect([text.status, text.body[0].errorCode]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const broken = await call('POST', '/sobjects/Contact', '{"a":');
    expect([broken.status, broken.body[0].errorCode]).toEqual([400, 'JSON_PARSER_ERROR']);
  });

  it('is refused with 403 REQUEST_LIMIT_EXCEEDED when the daily calls are used up', async () => {
    const call = await client(await start({ dailyLimit: 1 }));
    await call('GET', '/limits');
    const over = await call('GET', '/limits');
    expect([over.status, over.body[0].errorCode]).toEqual([403, 'REQUEST_LIMIT_EXCEEDED']);
  });
});

describe('a collections upsert', () => {
  it('answers in input order, makes new tasks and changes known ones', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const WhoId = sandbox.addContact({ LastName: 'Doe' });
    const first = await call('PATCH', upsertPath, { records: [task('a', { WhoId }), task('b')] });
    expect(first.body.map((row: { created: boolean }) => row.created)).toEqual([true, true]);
    const second = await call('PATCH', upsertPath, { records: [task('b', { Subject: 'x' }), task('c')] });
    expect(second.body.map((row: { created: boolean }) => row.created)).toEqual([false, true]);
    expect(second.body[0].id).toBe(first.body[1].id);
    expect(sandbox.records(keyField).get('b')?.Subject).toBe('x');
    expect(sandbox.timeline(WhoId)).toHaveLength(1);
  });

  it('refuses single rows with statusCode and leaves the others alone', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const gone = sandbox.addContact({ LastName: 'Gone' });
    sandbox.remove(gone);
    const lead = sandbox.addLead({ LastName: 'Lead' });
    sandbox.convertLead(lead);
    const answer = await call('PATCH', upsertPath, {
      records: [
        task('1', { Subject: 'x'.repeat(256) }),
        task('2', { CallType: 'Sideways' }),
        task('3', { Nope__c: 1 }),
        task('4', { WhoId: gone }),
        task('5', { WhoId: lead }),
        task('6', { WhoId: '003000000000000AAA' }),
        task('7', { IsClosed: true }),
        task('same'),
        task('same'),
        task('8'),
      ],
    });
    const codes = answer.body.map((row: { success: boolean; errors: { statusCode: string }[] }) =>
      row.success ? 'ok' : row.errors[0]?.statusCode,
    );
    expect(codes).toEqual([
      'STRING_TOO_LONG',
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'INVALID_FIELD',
      'ENTITY_IS_DELETED',
      'CANNOT_UPDATE_CONVERTED_LEAD',
      'INVALID_CROSS_REFERENCE_KEY',
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'DUPLICATE_VALUE',
      'DUPLICATE_VALUE',
      'ok',
    ]);
  });

  it('refuses TaskSubtype on a task that is there', async () => {
    const call = await client(await start());
    const record = task('k', { TaskSubtype: 'Call' });
    expect((await call('PATCH', upsertPath, { records: [record] })).body[0].success).toBe(true);
    const again = await call('PATCH', upsertPath, { records: [record] });
    expect(again.body[0].errors[0].statusCode).toBe('INVALID_FIELD_FOR_INSERT_UPDATE');
  });

  it('refuses the whole call over 200 records, for a wrong type of value, and for a key field nobody may see', async () => {
    const call = await client(await start());
    const many = Array.from({ length: 201 }, (_none, at) => task(String(at)));
    expect((await call('PATCH', upsertPath, { records: many })).status).toBe(400);
    const wrong = await call('PATCH', upsertPath, { records: [task('a', { ActivityDate: 'soon' })] });
    expect([wrong.status, wrong.body[0].errorCode]).toEqual([400, 'JSON_PARSER_ERROR']);
    const hidden = await call('PATCH', '/composite/sobjects/Task/Other__c', { records: [task('a')] });
    expect([hidden.status, hidden.body[0].errorCode]).toEqual([404, 'NOT_FOUND']);
  });

  it('takes everything back with allOrNone when one row is bad', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const answer = await call('PATCH', upsertPath, {
      allOrNone: true,
      records: [task('a'), task('b', { CallType: 'x' })],
    });
    expect(answer.body[0].errors[0].statusCode).toBe('ALL_OR_NONE_OPERATION_ROLLED_BACK');
    expect(sandbox.rows('Task')).toHaveLength(0);
  });

  it('gives UNABLE_TO_LOCK_ROW to rows whose account another call writes to at the same time', async () => {
    const sandbox = await start({ writeMs: 50 });
    const call = await client(sandbox);
    const AccountId = sandbox.add('Account', { Name: 'ACME' });
    const contacts = [1, 2].map((number) => sandbox.addContact({ LastName: `N${number}`, AccountId }));
    const answers = await Promise.all(
      contacts.map((WhoId, at) => call('PATCH', upsertPath, { records: [task(String(at), { WhoId })] })),
    );
    const codes = answers.map(({ body }) => body[0].errors[0]?.statusCode ?? 'ok');
    expect(codes.toSorted()).toEqual(['UNABLE_TO_LOCK_ROW', 'ok']);
  });
});

describe('a unique field', () => {
  it('refuses a second record and names the first one', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const first = await call('POST', '/sobjects/Task', { [keyField]: 'abc' });
    const second = await call('POST', '/sobjects/Task', { [keyField]: 'abc' });
    expect(second.status).toBe(400);
    expect(second.body[0].message).toContain(first.body.id.slice(0, 15));
  });

  it('is reached by single upsert with a decoded path, and must not be in the body', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const path = `/sobjects/Task/${keyField}/${encodeURIComponent('wamid/x=#1')}`;
    expect((await call('PATCH', path, { Subject: 'x' })).status).toBe(201);
    expect((await call('PATCH', path, { Subject: 'y' })).status).toBe(200);
    expect(sandbox.records(keyField).get('wamid/x=#1')?.Subject).toBe('y');
    expect((await call('PATCH', path, { [keyField]: 'a' })).status).toBe(400);
  });
});

describe('faults', () => {
  it('break the connection before or after the work is done, as asked', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    sandbox.faults.add({ kind: 'dropped' });
    await expect(call('PATCH', upsertPath, { records: [task('a')] })).rejects.toThrow('fetch failed');
    expect(sandbox.rows('Task')).toHaveLength(0);
    sandbox.faults.add({ kind: 'lost-answer' });
    await expect(call('PATCH', upsertPath, { records: [task('a')] })).rejects.toThrow('fetch failed');
    expect(sandbox.rows('Task')).toHaveLength(1);
    expect((await call('PATCH', upsertPath, { records: [task('a')] })).status).toBe(200);
  });

  it('give row errors, short answers, pages of HTML and other statuses', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    sandbox.faults.add({
      kind: 'row',
      statusCode: 'X',
      message: 'm',
      when: (record) => record[keyField] === 'b',
    });
    const rows = await call('PATCH', upsertPath, { records: [task('a'), task('b')] });
    expect(rows.body.map((row: { success: boolean }) => row.success)).toEqual([true, false]);
    sandbox.faults.add({ kind: 'truncated' });
    expect((await call('PATCH', upsertPath, { records: [task('a'), task('b')] })).body).toHaveLength(1);
    sandbox.faults.add({ kind: 'status', status: 503 });
    expect((await call('GET', '/limits')).body[0].errorCode).toBe('SERVER_UNAVAILABLE');
    sandbox.faults.add({ kind: 'html' });
    await expect(call('GET', '/limits')).rejects.toThrow(SyntaxError);
    expect((await call('GET', '/limits')).status).toBe(200);
  });
});

describe('the real SDK', () => {
  it('makes a field and a permission set, and sees the field once the set is assigned', async () => {
    const sandbox = await start({ keyField: 'Other__c' });
    const conn = new jsforce.Connection({ loginUrl: sandbox.url, version: '67.0' });
    await conn.authorize({
      grant_type: 'client_credentials',
      client_id: 'client',
      client_secret: 'secret',
    } as never);
    const made = await conn.metadata.upsert('CustomField', [
      {
        fullName: 'Activity.K__c',
        label: 'K',
        type: 'Text',
        length: 64,
        externalId: true,
        unique: true,
      } as never,
    ]);
    expect(made[0]).toMatchObject({ success: true, created: true });
    const [read] = await conn.metadata.read('CustomField', ['Activity.K__c']);
    expect(read).toMatchObject({ type: 'Text', unique: true, length: 64 });
    const fieldNames = async () => (await conn.describe('Task')).fields.map((field) => field.name);
    expect(await fieldNames()).not.toContain('K__c');
    await conn.metadata.upsert('PermissionSet', [
      {
        fullName: 'Sync',
        label: 'Sync',
        hasActivationRequired: false,
        fieldPermissions: [{ field: 'Task.K__c', editable: true, readable: true }],
      } as never,
    ]);
    const found = await conn.query<{ Id: string }>("SELECT Id FROM PermissionSet WHERE Name = 'Sync'");
    await conn.sobject('PermissionSetAssignment').create({
      AssigneeId: sandbox.runAs,
      PermissionSetId: found.records[0]?.Id ?? '',
    });
    expect(await fieldNames()).toContain('K__c');
    const results = await conn
      .sobject('Task')
      .upsert([{ K__c: 'a', Subject: 's' }], 'K__c', { allOrNone: false });
    expect(results[0]).toMatchObject({ success: true, created: true });
  });
});
