import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mixKinds } from '../../src/sandbox/hubspot/fault-mix.ts';
import { startHubSpot, type HubSpotSandbox } from '../../src/sandbox/hubspot/index.ts';
import { callHubSpot } from '../support/hubspot-fetch.ts';

let sandbox: HubSpotSandbox;
let clock = Date.parse('2026-11-20T10:00:00.000Z');
const start = () => startHubSpot({ keyField: 'wa_key', now: () => new Date((clock += 1_000)) });
beforeEach(async () => void (sandbox = await start()));
afterEach(() => sandbox.close());

const path = '/crm/objects/2026-09/communications';
const input = (key: string) => ({
  objectWriteTraceId: key,
  properties: {
    hs_timestamp: '2026-11-20T10:00:00Z',
    hs_communication_channel_type: 'WHATS_APP',
    hs_communication_logged_from: 'CRM',
    wa_key: key,
  },
  associations: [],
});
const create = (...keys: string[]) =>
  callHubSpot(sandbox, 'POST', `${path}/batch/create`, { inputs: keys.map(input) });
const keys = () => sandbox.records('communications').map(({ values }) => values['wa_key']);

/** What a client sees of one write: status, or that there was no answer. */
async function outcome(...names: string[]): Promise<string> {
  try {
    const response = await fetch(`${sandbox.url}${path}/batch/create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${sandbox.accessToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: names.map(input) }),
    });
    const text = await response.text();
    if (![201, 207].includes(response.status)) return `${response.status}`;
    return `${response.status} ${(JSON.parse(text) as { results: object[] }).results.length}`;
  } catch {
    return 'no answer';
  }
}

describe('faults of the HubSpot sandbox', () => {
  it.each([
    ['TEN_SECONDLY_ROLLING', { errorType: 'RATE_LIMIT' }, 'category'],
    ['SECONDLY', { category: 'RATE_LIMITS' }, 'errorType'],
    ['DAILY', { category: 'RATE_LIMITS' }, 'errorType'],
  ] as const)('say %s in its own words', async (policy, has, lacks) => {
    sandbox.faults.limited(policy);
    const { status, body } = await create('a');
    expect(status).toBe(429);
    expect(body).toMatchObject({
      policyName: policy,
      message: `You have reached your ${policy.toLowerCase()} limit.`,
      ...has,
    });
    expect(body).not.toHaveProperty(lacks);
    expect(keys()).toEqual([]);
  });

  it.each([423, 477, 500, 502, 503, 504, 521, 523, 524])('say %d before anything is done', async (status) => {
    sandbox.faults.status(status);
    expect([await outcome('a'), keys()]).toEqual([String(status), []]);
    expect(await outcome('a')).toBe('201 1');
  });

  it.each([502, 503, 504, 521, 523, 524])('say %d after all is done', async (status) => {
    sandbox.faults.statusAfterCommit(status);
    expect([await outcome('a'), keys()]).toEqual([String(status), ['a']]);
  });

  it('say how long a move to another data centre takes', async () => {
    sandbox.faults.status(477);
    expect((await create('a')).headers.get('retry-after')).toBe('7200');
  });

  it('show a page of the gateway, not JSON, where it is the gateway that gives up', async () => {
    sandbox.faults.status(502, 1, ({ operation }) => operation === 'contacts.list');
    const headers = { authorization: `Bearer ${sandbox.accessToken}` };
    const response = await fetch(`${sandbox.url}/crm/objects/2026-09/contacts`, { headers });
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('502');
  });

  it('lose the answer after the work, or cut the connection before it', async () => {
    sandbox.faults.loseAnswer();
    expect([await outcome('a'), keys()]).toEqual(['no answer', ['a']]);
    sandbox.faults.drop();
    expect([await outcome('b'), keys()]).toEqual(['no answer', ['a']]);
  });

  it('hold one row by a lock and no other', async () => {
    sandbox.faults.lockRow((properties) => properties['wa_key'] === 'b');
    const { status, body } = await create('a', 'b', 'c');
    expect([status, body.results.length]).toEqual([207, 2]);
    expect(body.errors).toMatchObject([{ category: 'LOCKED', context: { objectWriteTraceId: ['b'] } }]);
    expect((await create('b')).status).toBe(201);
  });

  it('are counted by kind', async () => {
    sandbox.faults.status(503);
    sandbox.faults.loseAnswer();
    await outcome('a');
    await outcome('a');
    expect(sandbox.faults.met).toEqual({ 'status 503': 1, 'lose-answer': 1 });
  });
});

describe('a mix of faults', () => {
  const run = async (count: number): Promise<string[]> => {
    const seen: string[] = [];
    for (let index = 0; index < count; index += 1)
      seen.push(await outcome(`${index}a`, `${index}b`, `${index}c`));
    return seen;
  };

  it('meets the same requests in the same way for the same seed, and others for another', async () => {
    const rounds: string[][] = [];
    for (const seed of [7, 7, 8]) {
      await sandbox.close();
      sandbox = await start();
      sandbox.faults.mix({ share: 0.05, seed });
      rounds.push(await run(60));
    }
    expect(rounds[1]).toEqual(rounds[0]);
    expect(rounds[2]).not.toEqual(rounds[0]);
  });

  it('holds every kind, each about as often as asked for', async () => {
    sandbox.faults.mix({ share: 0.05, seed: 3 });
    const seen = await run(600);
    const { met } = sandbox.faults;
    const words = [
      'lose-answer',
      'drop',
      'status-after-commit 502',
      'truncate',
      'row',
      ...[503, 423, 429, 477].map((each) => `status ${each}`),
    ];
    expect(Object.keys(met).toSorted()).toEqual(words.toSorted());
    expect(words).toHaveLength(mixKinds.length);
    for (const word of words) expect(met[word]).toBeGreaterThan(10);
    for (const word of words) expect(met[word]).toBeLessThan(55);
    expect(new Set(seen)).toEqual(
      new Set(['201 3', '201 2', '207 2', '207 1', 'no answer', '502', '503', '423', '429', '477']),
    );
  });

  it('asks for one second where the account moves', async () => {
    sandbox.faults.mix({ share: 1, seed: 1, kinds: ['477'] });
    const { status, headers } = await create('a');
    expect([status, headers.get('retry-after')]).toEqual([477, '1']);
  });

  it('leaves alone what is not asked for: reads, other kinds, and everything once it is cleared', async () => {
    sandbox.faults.mix({ share: 1, seed: 1, kinds: ['row'] });
    expect((await callHubSpot(sandbox, 'GET', path)).status).toBe(200);
    const { status, body } = await create('a', 'b', 'c');
    expect([status, body.results.length, body.errors[0].category]).toEqual([207, 2, 'LOCKED']);
    const key = body.errors[0].context['objectWriteTraceId']?.[0] ?? '';
    sandbox.faults.clear();
    expect((await create(key)).status).toBe(201);
    expect(keys().toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('refuses changes of records in the same way', async () => {
    const { body } = await create('a', 'b');
    sandbox.faults.mix({ share: 1, seed: 5, kinds: ['row'] });
    const inputs = body.results.map(({ id }) => ({
      id,
      objectWriteTraceId: id,
      properties: { hs_communication_body: 'changed' },
    }));
    const update = await callHubSpot(sandbox, 'POST', `${path}/batch/update`, { inputs });
    expect([update.status, update.body.results.length, update.body.numErrors]).toEqual([207, 1, 1]);
  });
});
