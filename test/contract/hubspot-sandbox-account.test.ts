import { Client } from '@hubspot/api-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';
import { callHubSpot, type Reply } from '../support/hubspot-fetch.ts';

let sandbox: HubSpotSandbox;
let clock: number;
const start = async (options: HubSpotSandboxOptions = {}): Promise<void> => {
  await sandbox?.close();
  clock = Date.parse('2026-11-20T22:30:00.000Z');
  sandbox = await startHubSpot({ now: () => new Date(clock), ...options });
};
beforeEach(() => start());
afterEach(() => sandbox.close());

const get = (path: string, token = sandbox.accessToken): Promise<Reply> =>
  callHubSpot(sandbox, 'GET', path, undefined, { authorization: `Bearer ${token}` });
const post = (path: string, body: unknown, token = sandbox.accessToken): Promise<Reply> =>
  callHubSpot(sandbox, 'POST', path, body, { authorization: `Bearer ${token}` });
const contacts = '/crm/objects/2026-09/contacts';

describe('the OAuth app of the HubSpot sandbox', () => {
  const fields = (over: Record<string, string> = {}) => ({
    grant_type: 'refresh_token',
    client_id: sandbox.oauth.credentials.clientId,
    client_secret: sandbox.oauth.credentials.clientSecret,
    refresh_token: sandbox.oauth.credentials.refreshToken,
    ...over,
  });
  const ask = async (body: Record<string, string>, path = '/oauth/2026-09/token') => {
    const response = await fetch(sandbox.url + path, { method: 'POST', body: new URLSearchParams(body) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const token = async () => String((await ask(fields())).body['access_token']);

  it('gives tokens that end after 1800 seconds by the clock', async () => {
    const { status, body } = await ask(fields());
    expect([status, body['expires_in'], body['token_type']]).toEqual([200, 1_800, 'bearer']);
    const given = String(body['access_token']);
    clock += 1_799_000;
    expect((await get(contacts, given)).status).toBe(200);
    clock += 1_000;
    expect((await get(contacts, given)).body.category).toBe('EXPIRED_AUTHENTICATION');
    expect((await get(contacts, await token())).status).toBe(200);
  });

  it('is asked through the SDK on the old path', async () => {
    const { clientId, clientSecret, refreshToken } = sandbox.oauth.credentials;
    const client = new Client({ basePath: sandbox.url });
    const answer = await client.oauth.tokensApi.create(
      'refresh_token',
      undefined,
      undefined,
      clientId,
      clientSecret,
      refreshToken,
    );
    expect(answer).toMatchObject({ refreshToken, expiresIn: 1_800 });
    expect((await get(contacts, answer.accessToken)).status).toBe(200);
    expect(sandbox.calls.byOperation['oauth.token']).toBe(1);
  });

  it.each([
    ['refresh_token', 'BAD_REFRESH_TOKEN'],
    ['client_secret', 'BAD_CLIENT_SECRET'],
    ['client_id', 'BAD_CLIENT_ID'],
    ['grant_type', 'BAD_GRANT_TYPE'],
  ])('refuses a wrong %s', async (name, word) => {
    const { status, body } = await ask(fields({ [name]: 'wrong' }));
    expect([status, body['status']]).toEqual([400, word]);
  });

  it('gives nothing any more once it was revoked, and says so in the words of OAuth too', async () => {
    sandbox.oauth.revoked = true;
    const { body } = await ask(fields());
    expect(body).toMatchObject({ status: 'BAD_REFRESH_TOKEN', error: 'invalid_grant' });
  });

  it('takes a form body only, and a secret in the address on the old path only', async () => {
    const json = await fetch(`${sandbox.url}/oauth/2026-09/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields()),
    });
    expect(json.status).toBe(415);
    const query = `?${new URLSearchParams(fields()).toString()}`;
    expect((await ask({}, `/oauth/2026-09/token${query}`)).status).toBe(400);
    expect((await ask({}, `/oauth/v1/token${query}`)).status).toBe(200);
  });

  it('has a limit of its own for all its tokens, and no day', async () => {
    await start({ limits: { oauthBurst: 2, daily: 0 } });
    const [one, two] = [await token(), await token()];
    const { headers } = await get(contacts, one);
    expect(headers.get('x-hubspot-ratelimit-max')).toBe('2');
    expect(headers.get('x-hubspot-ratelimit-remaining')).toBe('1');
    expect(headers.get('x-hubspot-ratelimit-daily')).toBeNull();
    expect((await get(contacts, two)).status).toBe(200);
    expect((await get(contacts, one)).body).toMatchObject({ policyName: 'TEN_SECONDLY_ROLLING' });
    expect((await get(contacts)).body).toMatchObject({ policyName: 'DAILY' });
  });
});

describe('limits of the HubSpot sandbox', () => {
  it('count each app apart in the ten seconds and all together in the day', async () => {
    await start({ limits: { burst: 1, daily: 2 } });
    sandbox.tokens.set('other', { scopes: ['crm.objects.contacts.read'], expired: false });
    expect((await get(contacts)).status).toBe(200);
    expect((await get(contacts, 'other')).headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('0');
    expect((await get(contacts, 'other')).body).toMatchObject({ policyName: 'DAILY' });
  });

  it('begin anew at midnight in the time zone of the account', async () => {
    await start({ details: { timeZone: 'Europe/Berlin' } });
    sandbox.useUp(650_000);
    expect((await get(contacts)).body).toEqual({
      status: 'error',
      message: 'You have reached your daily limit.',
      category: 'RATE_LIMITS',
      policyName: 'DAILY',
    });
    clock += 1_800_000;
    expect((await get(contacts)).headers.get('x-hubspot-ratelimit-daily-remaining')).toBe('649999');
  });

  it('of the association endpoints are their own, and tell nothing in headers', async () => {
    await start({ limits: { burst: 1, associations: 1 } });
    const id = sandbox.addContact({ firstname: 'Ana' });
    const read = () => post('/crm/associations/2026-09/contacts/deals/batch/read', { inputs: [{ id }] });
    const { status, headers } = await read();
    expect([status, headers.get('x-hubspot-ratelimit-max')]).toEqual([200, null]);
    expect((await read()).body).toMatchObject({ policyName: 'TEN_SECONDLY_ROLLING' });
    expect((await get(contacts)).status).toBe(200);
  });

  it('can be changed while it runs', async () => {
    sandbox.limits.searchPerSecond = 0;
    expect((await post(`${contacts}/search`, {})).body).toMatchObject({ policyName: 'SECONDLY' });
  });
});

describe('scopes of the HubSpot sandbox', () => {
  it.each([
    ['companies', 'crm.objects.companies.read', '/crm/objects/2026-09/companies'],
    ['deals', 'crm.objects.deals.read', '/crm/objects/2026-09/deals'],
    ['messages', 'crm.objects.contacts.read', '/crm/objects/2026-09/communications'],
    ['owners', 'crm.objects.owners.read', '/crm/owners/2026-09'],
    ['files', 'files', '/files/2026-09/files/search'],
  ])('are asked for %s, and the missing one is named', async (_what, scope, path) => {
    expect((await get(path)).status).toBe(200);
    sandbox.takeScope(scope);
    const { status, body } = await get(path);
    expect([status, body.category]).toEqual([403, 'MISSING_SCOPES']);
    expect(body.errors[0].context).toEqual({ requiredGranularScopes: [scope] });
  });

  it('are asked for both ends when associations are read', async () => {
    sandbox.takeScope('crm.objects.deals.read');
    const path = '/crm/associations/2026-09/contacts/deals/batch/read';
    expect((await post(path, { inputs: [{ id: '1' }] })).status).toBe(403);
  });
});

describe('owners and account of the HubSpot sandbox', () => {
  it('pages through owners, and lists those who left apart, without a user id', async () => {
    const ids = Array.from({ length: 5 }, (_, index) =>
      sandbox.addOwner({ name: `User ${index}`, email: `u${index}@example.com`, archived: index === 4 }),
    );
    const first = await get('/crm/owners/2026-09?limit=3');
    expect(first.body.results.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const after = first.body.paging?.next.after;
    const second = await get(`/crm/owners/2026-09?limit=3&after=${after}`);
    expect([second.body.results.map(({ id }) => id), second.body.paging]).toEqual([[ids[3]], undefined]);
    const gone = await get('/crm/v3/owners?archived=true');
    expect(gone.body.results).toMatchObject([
      { id: ids[4], archived: true, userId: null, userIdIncludingInactive: 5_000_005 },
    ]);
    expect((await get('/crm/owners/2026-09?email=U1@example.com')).body.results).toHaveLength(1);
    expect((await get(`/crm/owners/2026-09/${ids[0]}`)).body).toMatchObject({ email: 'u0@example.com' });
    expect((await get('/crm/owners/2026-09/5000001?idProperty=userId')).body.id).toBe(ids[0]);
    expect((await get(`/crm/owners/2026-09/${ids[4]}`)).status).toBe(404);
  });

  it('answers the SDK about owners', async () => {
    const id = sandbox.addOwner({ name: 'Ben Braun', email: 'ben@example.com' });
    const client = new Client({ accessToken: sandbox.accessToken, basePath: sandbox.url });
    const { results } = await client.crm.owners.ownersApi.getPage('ben@example.com');
    expect(results).toMatchObject([{ id, firstName: 'Ben', lastName: 'Braun', archived: false }]);
  });

  it.each(['/account-info/2026-09/details', '/account-info/v3/details'])(
    'tells the account under %s',
    async (path) => {
      await start({ details: { timeZone: 'America/New_York', uiDomain: 'app-eu1.hubspot.com' } });
      expect((await get(path)).body).toMatchObject({
        portalId: 62_515,
        timeZone: 'America/New_York',
        uiDomain: 'app-eu1.hubspot.com',
        utcOffset: '-05:00',
        utcOffsetMilliseconds: -18_000_000,
      });
    },
  );
});
