import { afterEach, describe, expect, it } from '@jest/globals';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { allScopes } from '../../src/sandbox/hubspot/index.ts';
import { startFront, type Front, type FrontAnswer } from '../support/hubspot-front.ts';
import { hubSpotStage, keyField, type HubSpotStage } from '../support/hubspot.ts';

const credentials = { clientId: 'client', clientSecret: 'very-secret', refreshToken: 'refresh-me' };

let stage: HubSpotStage;
let front: Front;
let hubspot: Destination;
let clock: number;
let given: number;
let answer: (() => FrontAnswer) | undefined;

/** The sandbox with the token endpoint of OAuth apps before it, as the docs have it. */
async function start(): Promise<void> {
  stage = await hubSpotStage();
  clock = Date.parse('2026-11-20T10:00:00.000Z');
  given = 0;
  answer = undefined;
  front = await startFront(stage.sandbox.url, ({ method, path, body, headers }) => {
    if (!path.startsWith('/oauth/')) return undefined;
    if (answer) return answer();
    const fields = Object.fromEntries(new URLSearchParams(body));
    const expected = {
      grant_type: 'refresh_token',
      client_id: 'client',
      client_secret: 'very-secret',
      refresh_token: 'refresh-me',
    };
    expect({ method, path, fields, authorization: headers.authorization }).toEqual({
      method: 'POST',
      path: '/oauth/2026-09/token',
      fields: expected,
      authorization: undefined,
    });
    given += 1;
    stage.sandbox.tokens.set(`token-${given}`, { scopes: allScopes, expired: false });
    return {
      status: 200,
      body: {
        token_type: 'bearer',
        access_token: `token-${given}`,
        refresh_token: 'refresh-me',
        expires_in: 1_800,
      },
    };
  });
  hubspot = createHubSpot({
    id: 'marketing',
    apiUrl: front.url,
    auth: credentials,
    apiVersion: '2026-09',
    keyField,
    timeoutMs: 5_000,
    now: () => clock,
  });
}
afterEach(async () => {
  await hubspot.close();
  await front.close();
  await stage.close();
});

const expire = (name: string): void => {
  const token = stage.sandbox.tokens.get(name);
  if (token) token.expired = true;
};
const bearers = () => [
  ...new Set(front.requests.map(({ headers }) => headers.authorization).filter(Boolean)),
];

describe('an OAuth app of HubSpot', () => {
  it('gets one token for calls that come at the same time, by the form in the body', async () => {
    await start();
    const outcomes = await Promise.all(['a', 'b', 'c'].map((text) => hubspot.deliver([stage.item(text)])));
    for (const outcome of outcomes.flat()) expect(outcome).toMatchObject({ kind: 'delivered' });
    expect(given).toBe(1);
    expect(bearers()).toEqual(['Bearer token-1']);
  });

  it('gets the next one a minute before the old one ends', async () => {
    await start();
    await hubspot.deliver([stage.item('a')]);
    clock += 1_739_000;
    await hubspot.deliver([stage.item('b')]);
    expect(given).toBe(1);
    clock += 2_000;
    await hubspot.deliver([stage.item('c')]);
    expect(given).toBe(2);
  });

  it('gets one new token when the old one is refused, and sends what was refused once more', async () => {
    await start();
    await hubspot.deliver([stage.item('a')]);
    expire('token-1');
    const outcomes = await Promise.all(['b', 'c', 'd'].map((text) => hubspot.deliver([stage.item(text)])));
    for (const outcome of outcomes.flat()) expect(outcome).toMatchObject({ kind: 'delivered' });
    expect(given).toBe(2);
    expect(stage.sandbox.records('communications')).toHaveLength(4);
  });

  it('stops when the new token is refused too', async () => {
    await start();
    await hubspot.deliver([stage.item('a')]);
    expire('token-1');
    stage.sandbox.faults.status(401, 2);
    expect(await hubspot.deliver([stage.item('b')])).toMatchObject([
      { kind: 'throttled', code: 'auth-failed' },
    ]);
    expect(given).toBe(2);
  });

  it.each([
    { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' },
    { error: 'invalid_grant', error_description: 'refresh-me is not known' },
  ])('stops when the refresh token is dead, without telling it: $status$error', async (body) => {
    await start();
    answer = () => ({ status: 400, body });
    const outcomes = await hubspot.deliver([stage.item('a')]);
    expect(outcomes).toMatchObject([{ kind: 'throttled', code: 'auth-failed' }]);
    expect(JSON.stringify(outcomes)).not.toMatch(/refresh-me|very-secret/);
    await expect(hubspot.users()).rejects.toMatchObject({ code: 'auth-failed' });
    const findings = await hubspot.check();
    expect(findings).toMatchObject([{ level: 'error', code: 'auth-failed' }]);
    expect(stage.sandbox.records('communications')).toEqual([]);
  });

  it.each([
    [429, 'rate-limited'],
    [503, 'unavailable'],
  ])('waits when the token endpoint says %d, and goes on afterwards', async (status, code) => {
    await start();
    answer = () => ({ status, body: {} });
    expect(await hubspot.deliver([stage.item('a')])).toMatchObject([{ kind: 'throttled', code }]);
    answer = undefined;
    expect(await hubspot.deliver([stage.item('a')])).toMatchObject([{ kind: 'delivered' }]);
  });
});
