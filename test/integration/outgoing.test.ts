import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { remoteOperations } from '../../src/cli/remote.ts';
import type { Destination } from '../../src/destinations/destination.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import { Client } from '../../src/destinations/salesforce/client.ts';
import { requestToken } from '../../src/destinations/salesforce/auth.ts';
import { Session } from '../../src/destinations/salesforce/session.ts';
import { openTransport } from '../../src/destinations/salesforce/transport.ts';
import { createProvider } from '../../src/http/provider.ts';
import { awsKmsKey } from '../../src/keys/aws-kms.ts';
import { vaultTransitKey } from '../../src/keys/vault-transit.ts';
import { createLog } from '../../src/observe/log.ts';
import { createWebhookRecipient } from '../../src/reports/webhook-recipient.ts';
import { createBucketPlace } from '../../src/seals/bucket-place.ts';
import { createWebhookPlace } from '../../src/seals/webhook-place.ts';
import { createClient } from '../../src/sources/twilio/client.ts';
import { askGraph } from '../../src/sources/whatsapp-cloud/audit-client.ts';
import { createWhatsAppMedia } from '../../src/sources/whatsapp-cloud/media-client.ts';
import { createPassThrough } from '../../src/sources/whatsapp-cloud/pass-through.ts';
import { createTokenCheck } from '../../src/sources/whatsapp-cloud/token-check.ts';

/** Where nothing may ever come: another host. */
let elsewhere: Server;
const reached: string[] = [];
/** The configured host, which sends everybody on, or answers as told. */
let configured: Server;
let status = 307;
let answer: (request: IncomingMessage) => object | undefined = () => undefined;
const asked: IncomingMessage[] = [];
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  configured = createServer((request, response) => {
    asked.push(request);
    request.resume();
    request.once('end', () => {
      const given = answer(request);
      if (given !== undefined) {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(given));
      } else response.writeHead(status, { location: `${urlOf(elsewhere)}/stolen` }).end();
    });
  });
  for (const server of [elsewhere, configured]) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
});
beforeEach(() => {
  reached.length = 0;
  asked.length = 0;
  status = 307;
  answer = () => undefined;
});
afterAll(async () => {
  for (const server of [elsewhere, configured]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const signal = new AbortController().signal;
const seal = { number: 1, at: '2026-03-01T10:00:00.000Z', hash: 'ab', leaves: [] };
const bucket = () =>
  createBucketPlace({
    url: `${urlOf(configured)}/seals`,
    region: 'eu-central-1',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'secret',
  });
const graph = () => ({ id: 'support', apiUrl: urlOf(configured), apiVersion: 'v25.0', accessToken: 'token' });
const hubSpot = (auth: object) =>
  createHubSpot({
    id: 'marketing',
    apiUrl: urlOf(configured),
    apiVersion: '2026-09',
    keyField: 'whatsapp_key',
    ...auth,
  } as Parameters<typeof createHubSpot>[0]);
const salesforceOptions = () =>
  ({
    id: 'sales',
    loginUrl: urlOf(configured),
    auth: { flow: 'client-credentials', clientId: 'client', clientSecret: 'secret' },
    apiVersion: '67.0',
    keyField: 'WhatsApp_Key__c',
    timeoutMs: 5_000,
  }) as unknown as Parameters<typeof createSalesforce>[0];
const transport = () =>
  openTransport({
    timeoutMs: 5_000,
    count: () => undefined,
    budget: { take: async () => undefined, learn: () => undefined } as never,
  });

async function described(destination: Destination): Promise<void> {
  await destination.describe('message').finally(() => destination.close());
}

const clients: readonly (readonly [string, () => Promise<unknown>])[] = [
  [
    'the key service of Vault',
    () =>
      vaultTransitKey('vault', {
        url: urlOf(configured),
        token: 's.token',
        keyName: 'wcs',
        mount: 'transit',
      }).wrap(Buffer.alloc(32)),
  ],
  [
    'the key service of AWS',
    () =>
      awsKmsKey('kms', {
        keyId: 'alias/wcs',
        region: 'eu-central-1',
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'secret',
        sessionToken: 'of the session',
        url: urlOf(configured),
      }).wrap(Buffer.alloc(32)),
  ],
  ['a bucket of seals', () => bucket().put(seal as never)],
  ['a bucket of seals that is read', () => bucket().get?.(1) ?? Promise.resolve()],
  [
    'a webhook for seals',
    () => createWebhookPlace({ url: urlOf(configured), secret: 'x' }).put(seal as never),
  ],
  [
    'a webhook for reports',
    () =>
      createWebhookRecipient({ url: urlOf(configured), secret: 'x' }).send({
        body: '{}',
        hash: 'ab',
      } as never),
  ],
  ['a running worker', () => remoteOperations(urlOf(configured), 'a-token-of-the-admin').status()],
  ['the check of a token', () => createTokenCheck(graph()).check(signal)],
  ['the comparison with Meta', () => askGraph(graph(), 'me', {}, z.object({}), signal)],
  [
    'a file of Meta’s',
    () =>
      createWhatsAppMedia({
        id: 'support',
        kind: 'whatsapp-cloud',
        apiUrl: urlOf(configured),
        secret: 'token',
      }).fetchMedia({ media: { id: '123' } } as never, { maxBytes: 100, signal }),
  ],
  [
    'Twilio',
    () =>
      createClient({ baseUrl: urlOf(configured), username: 'AC', password: 'secret' }).get(
        '/x.json',
        z.object({}),
        signal,
      ),
  ],
  [
    'HubSpot',
    () =>
      described(
        hubSpot({ auth: { clientId: 'client', clientSecret: 'secret', refreshToken: 'refresh-me' } }),
      ),
  ],
  ['HubSpot by a private app', () => described(hubSpot({ accessToken: 'token' }))],
  ['Salesforce', () => described(createSalesforce(salesforceOptions()))],
  [
    'an identity provider',
    () =>
      createProvider(
        {
          issuer: urlOf(configured),
          clientId: 'console',
          clientSecret: 'secret',
          scope: 'openid',
          rolesClaim: 'roles',
          roles: { viewer: ['*'], admin: [], compliance: [] },
        },
        'http://console.example',
        'a-secret-of-the-console',
        createLog('silent'),
      ).start('/'),
  ],
  [
    'the recording pass-through',
    () => {
      const way = createPassThrough({
        id: 'support',
        kind: 'whatsapp-cloud',
        apiUrl: urlOf(configured),
        businessNumbers: ['+15550783881'],
      });
      return way
        .forward(
          {
            method: 'GET',
            url: '/v25.0/123',
            headers: { authorization: 'Bearer token' },
            body: Buffer.alloc(0),
          },
          async () => undefined,
        )
        .finally(() => way.close());
    },
  ],
];

describe('a configured host that sends us on to another one', () => {
  test.each(clients)('leads nowhere: %s', async (_who, ask) => {
    for (status of [302, 307, 308]) await ask().catch(() => undefined);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(reached).toEqual([]);
  });
});

describe('an answer that names another host for what comes next', () => {
  test.each(['http://HOST/next', '//HOST/next', 'http://CONFIGURED@HOST/next', 'file:///etc/passwd'])(
    'is not followed by the client of Twilio: %s',
    async (template) => {
      const client = createClient({ baseUrl: urlOf(configured), username: 'AC', password: 'secret' });
      const next = template
        .replace('HOST', new URL(urlOf(elsewhere)).host)
        .replace('CONFIGURED', new URL(urlOf(configured)).host);
      answer = () => ({});
      await expect(client.get(next, z.object({}), signal)).rejects.toMatchObject({
        code: 'source-answer-unreadable',
      });
      expect([reached, asked]).toEqual([[], []]);
    },
  );

  test('gives no token of Salesforce away: neither as the instance nor as the next page', async () => {
    const other = new URL(urlOf(elsewhere)).host;
    const way = transport();
    const { loginUrl, auth } = salesforceOptions();
    for (const told of [`http://${other}`, `http://127.0.0.1@${other}`, 'not an address', 7]) {
      answer = () => ({ access_token: 'token', instance_url: told });
      const { instanceUrl } = await requestToken(loginUrl.replace('127.0.0.1', 'localhost'), auth, way);
      expect(new URL(instanceUrl).hostname).toBe('localhost');
    }
    answer = () => ({ access_token: 'token', records: [], done: true });
    const client = new Client(new Session(salesforceOptions() as never, way));
    for (const next of [`http://${other}/x`, `//${other}/x`, `/services/data@${other}/x`, `/\\${other}/x`]) {
      await (async () => client.queryMore(next))().catch(() => undefined);
    }
    way.close();
    expect(reached).toEqual([]);
  });

  test('only Salesforce’s own login hosts may name another one, and only one of Salesforce’s', async () => {
    const instanceFor = async (loginUrl: string, told: string) => {
      const forJsforce = {
        httpRequest: () =>
          Object.assign(
            Promise.resolve({
              statusCode: 200,
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ access_token: 'token', instance_url: told }),
            }),
            { stream: () => undefined },
          ),
      } as never;
      const { auth } = salesforceOptions();
      return (await requestToken(loginUrl, auth, { forJsforce, clockAhead: () => 0, close: () => undefined }))
        .instanceUrl;
    };
    const login = 'https://login.salesforce.com';
    expect(await instanceFor(login, 'https://acme.my.salesforce.com')).toBe('https://acme.my.salesforce.com');
    for (const told of [
      'https://salesforce.com.evil.example',
      'https://evilsalesforce.com',
      'https://acme.my.salesforce.com@evil.example',
      'http://acme.my.salesforce.com',
    ]) {
      expect(await instanceFor(login, told)).toBe(login);
    }
    expect(await instanceFor('https://crm.example', 'https://acme.my.salesforce.com')).toBe(
      'https://crm.example',
    );
  });
});
