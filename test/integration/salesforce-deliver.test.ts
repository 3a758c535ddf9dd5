import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Outcome } from '../../src/core/outcome.ts';
import type { SalesforceOptions } from '../../src/destinations/salesforce/index.ts';
import type { SalesforceOptions as SandboxOptions } from '../../src/sandbox/salesforce/index.ts';
import { keyField, keyOf, keys, makeItem, startPair } from './salesforce-support.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(sandboxOptions: SandboxOptions = {}, options: Partial<SalesforceOptions> = {}) {
  const pair = await startPair(sandboxOptions, options);
  closers.push(pair.close);
  return { ...pair, contact: pair.sandbox.addContact({ LastName: 'Doe', Phone: '(415) 555-0100' }) };
}

const upsert = { operation: 'collections-upsert' } as const;
const codeOf = (outcome: Outcome | undefined) =>
  outcome === undefined || outcome.kind === 'delivered' ? outcome?.kind : `${outcome.kind} ${outcome.code}`;
const reasonOf = (outcome: Outcome | undefined) =>
  outcome === undefined || outcome.kind === 'delivered' ? '' : outcome.reason;

describe('a row that Salesforce refuses', () => {
  it('for an inactive owner says whose user it is', async () => {
    const { sandbox, destination, contact } = await start();
    const user = { LastName: 'Gone', Name: 'Gone', IsActive: false, UserType: 'Standard' };
    const OwnerId = sandbox.add('User', user);
    const item = makeItem('a', contact, { createOnly: { OwnerId } });
    const outcomes = await destination.deliver([item, makeItem('b', contact)]);
    expect(outcomes.map(codeOf)).toEqual(['permanent field-invalid', 'delivered']);
    expect(reasonOf(outcomes[0])).toContain(`The user ${OwnerId}, who should own it, is not active`);
  });

  it('is adopted when another upsert of the same key was faster', async () => {
    const { sandbox, destination, contact } = await start();
    const id = '00T5g000000abcd';
    sandbox.faults.add(
      {
        kind: 'row',
        statusCode: 'DUPLICATE_VALUE',
        message: `duplicate value found: ${keyField} duplicates value on record with id: ${id}`,
      },
      upsert,
    );
    expect(await destination.deliver([makeItem('a', contact)])).toEqual([
      { kind: 'delivered', key: keyOf('a'), recordId: id, adopted: true },
    ]);
    sandbox.faults.add(
      { kind: 'row', statusCode: 'DUPLICATE_VALUE', message: `duplicate: ${keyField}` },
      upsert,
    );
    expect((await destination.deliver([makeItem('b', contact)])).map(codeOf)).toEqual(['unknown not-named']);
  });

  it('keeps texts, values and phone numbers out of the reason, and cuts it', async () => {
    const { sandbox, destination, contact } = await start();
    const said = `the text of secret says call +49 151 12345678 or 4155550100 ${'x'.repeat(400)}`;
    sandbox.faults.add(
      { kind: 'row', statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: said },
      upsert,
    );
    const [outcome] = await destination.deliver([makeItem('secret', contact)]);
    const reason = reasonOf(outcome);
    expect(reason).not.toMatch(/the text of|15112345678|151 1234|4155550100/);
    expect(reason).toContain('…5678');
    expect(reason.length).toBeLessThanOrEqual(300);
    const long = makeItem('long', contact, { fields: { Subject: `private ${'words '.repeat(60)}` } });
    const [tooLong] = await destination.deliver([long]);
    expect(codeOf(tooLong)).toBe('permanent too-long');
    expect(reasonOf(tooLong)).toBe('STRING_TOO_LONG (Subject)');
  });
});

describe('a call that Salesforce refuses as a whole', () => {
  it('for one unreadable value is halved until only that record fails', async () => {
    const { sandbox, destination, contact } = await start();
    const items = Array.from({ length: 60 }, (_none, at) => makeItem(`m${at}`, contact));
    items[17] = { ...makeItem('m17', contact), fields: { ActivityDate: 'yesterday, I think' } };
    const outcomes = await destination.deliver(items);
    expect(outcomes.filter((one) => one.kind === 'delivered')).toHaveLength(59);
    expect(codeOf(outcomes[17])).toBe('permanent field-invalid');
    expect(reasonOf(outcomes[17])).toBe('JSON_PARSER_ERROR');
    expect(sandbox.calls.byOperation['collections-upsert']).toBeLessThan(16);
  });
});

describe('an answer that does not come', () => {
  it('within the timeout leaves everything unknown, and what was written is found by key', async () => {
    const { sandbox, destination, contact } = await start({}, { timeoutMs: 1_000 });
    const items = [makeItem('a', contact), makeItem('b', contact)];
    await destination.readBack(items);
    sandbox.faults.add({ kind: 'slow', ms: 60_000 }, upsert);
    expect((await destination.deliver(items)).map(codeOf)).toEqual([
      'unknown answer-lost',
      'unknown answer-lost',
    ]);
    expect((await destination.readBack(items)).size).toBe(2);
  });

  it('because a page of HTML came, or an answer broke off, is unknown', async () => {
    const { sandbox, destination, contact } = await start();
    sandbox.faults.add({ kind: 'html' }, upsert);
    expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual([
      'unknown answer-lost',
    ]);
    sandbox.faults.add({ kind: 'status', status: 200, body: { records: 'none' } }, upsert);
    expect((await destination.deliver([makeItem('b', contact)])).map(codeOf)).toEqual(['unknown not-named']);
  });

  it('because nobody listens was not sent: the destination waits', async () => {
    const { sandbox, destination, contact } = await start();
    await sandbox.close();
    expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual([
      'throttled unavailable',
    ]);
    await expect(destination.lookup([{ address: '+14155550100' }])).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});

describe('the records that are sent', () => {
  it('are sorted by contact, 200 a call, and cost one call and one login', async () => {
    const { sandbox, destination, contact } = await start();
    const other = sandbox.addContact({ LastName: 'Other' });
    const items = Array.from({ length: 200 }, (_none, at) => makeItem(`m${at}`, at % 2 ? contact : other));
    expect((await destination.deliver(items)).every((one) => one.kind === 'delivered')).toBe(true);
    expect(sandbox.calls.byOperation).toEqual({ token: 1, 'collections-upsert': 1 });
    const order = sandbox.rows('Task').map((row) => row.WhoId);
    expect(order).toEqual(order.toSorted());
  });

  it('carry createOnly fields at creation, not at an update', async () => {
    const { sandbox, destination, contact } = await start();
    const call = makeItem('call', contact, { kind: 'call', createOnly: { TaskSubtype: 'Call' } });
    const [first] = await destination.deliver([call]);
    const recordId = first?.kind === 'delivered' ? first.recordId : '';
    const [second] = await destination.deliver([{ ...call, fields: { Subject: 'changed' }, recordId }]);
    expect(second).toEqual({ kind: 'delivered', key: call.key, recordId });
    expect(sandbox.records(keyField).get(call.key)).toMatchObject({
      Subject: 'changed',
      TaskSubtype: 'Call',
    });
  });

  it('are sent again without createOnly fields when the task is there already', async () => {
    const { sandbox, destination, contact } = await start();
    const call = makeItem('call', contact, { kind: 'call', createOnly: { TaskSubtype: 'Call' } });
    sandbox.faults.add({ kind: 'lost-answer' }, upsert);
    expect((await destination.deliver([call])).map(codeOf)).toEqual(['unknown answer-lost']);
    const [again] = await destination.deliver([call, makeItem('new', contact)]);
    expect(again).toMatchObject({ kind: 'delivered', adopted: true });
    expect(sandbox.rows('Task')).toHaveLength(2);
  });

  it('are refused, not guessed, when a createOnly field cannot be written at all', async () => {
    const { destination, contact } = await start();
    const item = makeItem('a', contact, { createOnly: { IsClosed: true } });
    expect((await destination.deliver([item])).map(codeOf)).toEqual(['throttled field-unknown']);
  });

  it('name leads as well as contacts', async () => {
    const { sandbox, destination } = await start();
    const lead = sandbox.addLead({ LastName: 'Lead' });
    const item = makeItem('a', lead, { contact: { type: 'Lead', id: lead } });
    expect((await destination.deliver([item])).map(codeOf)).toEqual(['delivered']);
    expect(sandbox.timeline(lead)).toHaveLength(1);
  });

  it('are read back in queries that stay under 4,000 characters, archived ones too, deleted ones not', async () => {
    const { sandbox, destination, contact } = await start();
    const items = Array.from({ length: 200 }, (_none, at) =>
      makeItem(`m${at}`, contact, { fields: { Status: 'Completed', ActivityDate: '2020-01-01' } }),
    );
    await destination.deliver(items);
    expect(sandbox.archive()).toBe(200);
    sandbox.remove(sandbox.records(keyField).get(items[5]!.key)!.Id);
    const found = await destination.readBack(items);
    expect(found.size).toBe(199);
    expect(found.has(items[5]!.key)).toBe(false);
    expect(sandbox.calls.byOperation['query-all']).toBe(4);
  });
});

describe('a change of a task', () => {
  const change = (contact: string, recordId: string) =>
    makeItem('a', contact, { fields: { Description: 'changed' }, recordId });
  const begin = async () => {
    const begun = await start();
    const fields = { Status: 'Completed', ActivityDate: '2020-01-01', Description: 'first' };
    const [outcome] = await begun.destination.deliver([makeItem('a', begun.contact, { fields })]);
    return { ...begun, recordId: outcome?.kind === 'delivered' ? outcome.recordId : '' };
  };

  it('reaches an archived one', async () => {
    const { sandbox, destination, contact, recordId } = await begin();
    expect(sandbox.archive()).toBe(1);
    const outcomes = await destination.deliver([change(contact, recordId)]);
    expect(outcomes).toEqual([{ kind: 'delivered', key: keyOf('a'), recordId }]);
    expect(sandbox.rows('Task')).toMatchObject([{ Description: 'changed', IsArchived: true }]);
  });

  it('goes by its id when the upsert does not find it, and is not called delivered before', async () => {
    const { sandbox, destination, contact, recordId } = await begin();
    const message = `duplicate value found: ${keyField} duplicates value on record with id: ${recordId}`;
    const when = (record: Readonly<Record<string, unknown>>) => record[keyField] === keyOf('a');
    const fault = { kind: 'row', statusCode: 'DUPLICATE_VALUE', message, fields: [keyField], when } as const;
    sandbox.faults.add(fault, upsert);
    const outcomes = await destination.deliver([change(contact, recordId), makeItem('b', contact)]);
    expect(outcomes.map(codeOf)).toEqual(['delivered', 'delivered']);
    expect(sandbox.records(keyField).get(keyOf('a'))).toMatchObject({ Description: 'changed' });
    sandbox.faults.add(fault, upsert);
    sandbox.faults.add({ kind: 'dropped' }, { operation: 'collections-update' });
    const lost = await destination.deliver([change(contact, recordId)]);
    expect(lost.map(codeOf)).toEqual(['unknown answer-lost']);
  });
});

describe('the token', () => {
  it.each([-300_000, 300_000])('comes by a JWT of a clock that is off by %d ms', async (offMs) => {
    const auth = {
      flow: 'jwt',
      clientId: 'client',
      username: 'integration@example.com',
      privateKey: keys.privateKey,
    } as const;
    const { destination, contact } = await start({ app: { publicKey: keys.publicKey } }, { auth });
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + offMs);
    try {
      expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual(['delivered']);
    } finally {
      clock.mockRestore();
    }
  });

  it('comes by a signed JWT as well', async () => {
    const auth = {
      flow: 'jwt',
      clientId: 'client',
      username: 'integration@example.com',
      privateKey: keys.privateKey,
    } as const;
    const { destination, contact } = await start({ app: { publicKey: keys.publicKey } }, { auth });
    expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual(['delivered']);
    const wrong = await start(
      { app: { publicKey: keys.publicKey } },
      { auth: { ...auth, username: 'somebody@example.com' } },
    );
    expect((await wrong.destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual([
      'throttled auth-failed',
    ]);
    const unusable = await start({}, { auth: { ...auth, privateKey: 'not a key' } });
    const [outcome] = await unusable.destination.deliver([makeItem('a', contact)]);
    expect([codeOf(outcome), reasonOf(outcome)]).toEqual([
      'throttled auth-failed',
      expect.not.stringContaining('not a key'),
    ]);
  });

  it('is renewed once for all calls that meet its end at the same time', async () => {
    const { sandbox, destination, contact } = await start();
    await destination.deliver([makeItem('a', contact)]);
    sandbox.expireTokens();
    const all = await Promise.all(
      ['b', 'c', 'd'].map((word) => destination.deliver([makeItem(word, contact)])),
    );
    expect(all.flat().map(codeOf)).toEqual(['delivered', 'delivered', 'delivered']);
    expect(sandbox.calls.byOperation.token).toBe(2);
  });

  it('is asked for again after a login that failed', async () => {
    const { sandbox, destination, contact } = await start({}, {});
    sandbox.changeSecret('other');
    expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual([
      'throttled auth-failed',
    ]);
    sandbox.changeSecret('secret');
    expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual(['delivered']);
  });
});

describe('the hosts that are talked to', () => {
  /** A login server that answers as told. */
  async function loginServer(answer: object): Promise<{ server: Server; url: string; paths: string[] }> {
    const paths: string[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url ?? '');
      request.resume();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(request.url?.includes('oauth2') ? answer : []));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => void server.close(() => resolve())));
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
  }

  it('are those of the settings, whatever instance the token names', async () => {
    const { url, paths } = await loginServer({
      access_token: 'x',
      instance_url: 'https://elsewhere.my.salesforce.com',
    });
    const { destination } = await start({}, { loginUrl: url });
    closers.unshift(() => destination.close());
    await destination.deliver([makeItem('a', '003000000000000AAA')]);
    expect(paths).toEqual([
      '/services/oauth2/token',
      `/services/data/v67.0/composite/sobjects/Task/${keyField}`,
    ]);
  });

  it('are not left by a redirect', async () => {
    const { sandbox, destination, contact } = await start();
    sandbox.faults.add({ kind: 'status', status: 302, body: {} }, upsert);
    expect((await destination.deliver([makeItem('a', contact)])).map(codeOf)).toEqual([
      'throttled address-wrong',
    ]);
  });
});

it('counts every HTTP request by operation and status', async () => {
  const { sandbox, destination, contact, counted } = await start();
  sandbox.faults.add({ kind: 'dropped' }, upsert);
  await destination.deliver([makeItem('a', contact)]);
  await destination.deliver([makeItem('a', contact)]);
  expect(counted).toEqual(['token 200', 'upsert lost', 'upsert 200']);
});
