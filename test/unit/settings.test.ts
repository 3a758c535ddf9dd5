import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parseDocument, stringify } from 'yaml';
import { ConfigError, readEnv } from '../../config/env.ts';
import { ownerOn, parseSettings, policiesFor, readSettings, routesFor } from '../../config/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'wcs-settings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const example = readFileSync('config/settings.example.yaml', 'utf8');
const variables = {
  WA_APP_SECRET: 'app',
  WA_VERIFY_TOKEN: 'verify',
  WA_ACCESS_TOKEN: 'access',
  SF_ID: 'id',
  SF_SECRET: 'secret',
  HUBSPOT_TOKEN: 'token',
};

/** The example with one value put at a path (`undefined`: taken away). */
function changed(path: readonly (string | number)[], value: unknown): string {
  const document = parseDocument(example);
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, document.createNode(value));
  return document.toString();
}

function mistakesOf(text: string, from: Record<string, string | undefined> = variables): readonly string[] {
  try {
    parseSettings(text, from);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

describe('the example file', () => {
  test('is right, and its defaults are filled in', () => {
    const settings = parseSettings(example, variables);
    expect(settings.sources[0]).toMatchObject({
      id: 'support',
      apiUrl: 'https://graph.facebook.com',
      appSecret: 'app',
      businessNumbers: ['+15550783881'],
    });
    expect(settings.destinations.map((one) => [one.id, one.type, one.apiVersion])).toEqual([
      ['sales', 'salesforce', '67.0'],
      ['marketing', 'hubspot', '2026-09'],
    ]);
    expect(settings.policies).toMatchObject({ granularity: 'message', changes: 'update', unmatched: 'park' });
    expect(settings.destinations[0]).toMatchObject({ window: 1_000, timeout: 30_000 });
  });
});

describe('a mistake is told with its path', () => {
  test.each([
    [['sources'], [], 'sources: must have at least one source'],
    [['encryption'], { masterKeys: [] }, 'encryption.masterKeys: must have at least one master key'],
    [
      ['encryption'],
      { masterKeys: [{ id: 'a', secretKey: 'short' }] },
      'encryption.masterKeys[0].secretKey: must be 32 bytes in base64 or hex: openssl rand -base64 32',
    ],
    [
      ['encryption'],
      { masterKeys: [0, 0].map(() => ({ id: 'a', secretKey: '0'.repeat(64) })) },
      'encryption.masterKeys: has an id twice',
    ],
    [
      ['encryption'],
      { masterKeys: [{ id: 'a' }] },
      'encryption.masterKeys[0]: must have an id and one of: secretKey, awsKms (keyId, region, accessKeyId, secretAccessKey), vaultTransit (url, token, keyName)',
    ],
    [['sources'], undefined, 'sources: is missing'],
    [['destinations'], undefined, 'destinations: is missing'],
    [['routes'], [], 'routes: must have at least one route'],
    [['sources', 0, 'id'], 'Support Desk', 'sources[0].id: must be lower-case letters, digits and hyphens'],
    [['sources', 0, 'id'], undefined, 'sources[0].id: is missing'],
    [['sources', 0, 'type'], 'telegram', 'sources[0].type: must be one of the known kinds'],
    [['sources', 0, 'type'], 'twilio', 'sources[0].accountSid: is missing'],
    [['sources', 0, 'type'], '360dialog', 'sources[0].apiKey: is missing'],
    [['sources', 0, 'apiVersion'], 25, 'sources[0].apiVersion'],
    [['media', 'maxSize'], '100', 'media.maxSize: must be a size like 512KB'],
    [['media', 'types'], ['pictures'], 'media.types[0]: must be a MIME type'],
    [['sources', 0, 'appSecret'], '', 'sources[0].appSecret: must not be empty'],
    [['sources', 0, 'apiUrl'], 'graph.facebook.com', 'sources[0].apiUrl: must be an http(s) address'],
    [['sources', 0, 'businessNumbers'], ['0155 1'], 'sources[0].businessNumbers'],
    [['sources', 0, 'businessNumbers'], 'every', 'sources[0].businessNumbers'],
    [['sources', 0, 'businessNumbers'], undefined, 'sources[0].businessNumbers'],
    [['sources', 0, 'bussinessNumbers'], 'all', 'sources[0].bussinessNumbers: there is no such setting'],
    [
      ['destinations', 0, 'auth', 'flow'],
      'password',
      'destinations[0].auth.flow: must be one of the known kinds',
    ],
    [['destinations', 0, 'auth', 'clientSecret'], undefined, 'destinations[0].auth.clientSecret: is missing'],
    [['destinations', 0, 'apiVersion'], 'latest', 'destinations[0].apiVersion'],
    [
      ['destinations', 0, 'keyField'],
      'WhatsApp_Key',
      'destinations[0].keyField: must be the API name of a custom field',
    ],
    [['destinations', 0, 'timeout'], '30', 'destinations[0].timeout: must be a time like 500ms'],
    [['destinations', 1, 'apiVersion'], 'v3', 'destinations[1].apiVersion: must be a dated version'],
    [['destinations', 1, 'id'], 'sales', 'destinations[1].id: "sales" is used twice'],
    [['routes', 0, 'source'], 'sales', 'routes[0].source: there is no source "sales"'],
    [
      ['routes', 0, 'destinations'],
      ['sales', 'none'],
      'routes[0].destinations[1]: there is no destination "none"',
    ],
    [['routes', 0, 'destinations'], [], 'routes[0].destinations: must name at least one destination'],
    [['policies', 'granularity'], 'week', 'policies.granularity'],
    [
      ['policies'],
      { granularity: 'day', changes: 'insert-only' },
      'policies: granularity: day makes records that grow',
    ],
    [['policies', 'unmatched'], 'guess', 'policies.unmatched'],
    [['policies', 'statuses'], 'all', 'policies.statuses'],
    [['policies', 'defaultRegion'], 'usa', 'policies.defaultRegion: must be a country code'],
    [['policies', 'excluded'], ['me'], 'policies.excluded[0]'],
    [['policies', 'excludeWhen'], 'No WhatsApp', 'policies.excludeWhen: must be the name of a CRM field'],
    [
      ['policies', 'excludeWhen'],
      [{ field: 'No__c', destination: 'salse' }],
      'policies.excludeWhen[0].destination: there is no destination "salse"',
    ],
    [
      ['policies'],
      { onlyWhen: 'Yes__c', unmatched: 'create-lead' },
      'policies: unmatched: create-lead would',
    ],
    [['policies', 'parkedDays'], 0, 'policies.parkedDays'],
    [['policies', 'conversationGap'], '1 hour', 'policies.conversationGap: must be a time'],
    [['routes', 0, 'dryRun'], 'yes', 'routes[0].dryRun'],
    [['policies', 'exclude'], [], 'policies.exclude: there is no such setting'],
    [['owners', 0, 'user'], 'ana', 'owners[0].user: must be an e-mail address'],
    [['owners', 0, 'from'], 'yesterday', 'owners[0].from: must be a date'],
    [['owners', 0, 'to'], '2025-01-01', 'owners[0].to: is before "from"'],
    [['mappings', 'other'], 'x.yaml', 'mappings.other: there is no such destination'],
    [['extra'], 1, 'extra: there is no such setting'],
  ] as const)('%j as %j', (path, value, expected) => {
    const mistakes = mistakesOf(changed(path, value));
    // What refers to the wrong thing is told with it.
    expect(mistakes).toContainEqual(expect.stringContaining(expected));
    for (const mistake of mistakes) expect(mistake).toMatch(/^[\w[\].]+: .{8}/);
  });

  test('all of them at once', () => {
    const text = stringify({
      sources: [
        { id: 'a', type: 'whatsapp-cloud', appSecret: '${NONE}', verifyToken: 'v', businessNumbers: 'all' },
      ],
      destinations: [{ id: 'b', type: 'hubspot', accessToken: 't', keyField: 'Key' }],
      routes: [{ source: 'c', destinations: ['d'] }],
    });
    expect(mistakesOf(text).map((mistake) => mistake.split(':')[0])).toEqual([
      'sources[0].appSecret',
      'destinations[0].keyField',
      'routes[0].source',
      'routes[0].destinations[0]',
    ]);
  });

  test.each([
    ['sources: [', /^line 1: /],
    ['a: 1\na: 2', /^line 2: /],
    ['', /^sources: is missing$/],
    ['- a list', /^file: /],
  ])('a file that reads %j', (text, expected) => {
    expect(mistakesOf(text)[0]).toMatch(expected);
  });
});

describe('values from elsewhere', () => {
  test('a missing variable is told once, with its name and place', () => {
    expect(mistakesOf(example, { ...variables, SF_SECRET: undefined })).toEqual([
      'destinations[0].auth.clientSecret: the environment has no SF_SECRET',
    ]);
    expect(mistakesOf(example, { ...variables, SF_SECRET: '' })).toHaveLength(1);
  });

  test('a secret is read from a file, without the end of its line', () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'from-a-file\n');
    const text = changed(['destinations', 1, 'accessToken'], `\${file:${file}}`);
    expect(parseSettings(text, variables).destinations[1]).toMatchObject({ accessToken: 'from-a-file' });
  });

  test('a secret file that cannot be read is told', () => {
    const text = changed(['destinations', 1, 'accessToken'], `\${file:${join(folder, 'none')}}`);
    expect(mistakesOf(text)).toEqual([
      `destinations[1].accessToken: cannot read the file ${join(folder, 'none')}`,
    ]);
  });

  test('a mistake never repeats a secret', () => {
    const text = changed(['destinations', 0, 'auth'], {
      flow: 'jwt',
      clientId: 'x',
      privateKey: '${SF_SECRET}',
    });
    expect(mistakesOf(text, { ...variables, SF_SECRET: 'hidden' }).join()).not.toContain('hidden');
  });
});

describe('what YAML reads otherwise than it was meant', () => {
  test('a phone number without quotes is a phone number', () => {
    const text = example.replace("['+15550783881']", '[+15550783881, +49 30 123456]');
    expect(parseSettings(text, variables).sources[0]).toMatchObject({
      businessNumbers: ['+15550783881', '+4930123456'],
    });
  });

  test('a version without quotes is a version', () => {
    const text = example.replace("'67.0'", '67.0');
    expect(parseSettings(text, variables).destinations[0]).toMatchObject({ apiVersion: '67.0' });
  });

  test('a day without quotes is a day', () => {
    expect(parseSettings(example, variables).owners[0]).toMatchObject({
      from: '2026-01-01',
      to: '2026-06-30',
    });
  });
});

describe('what the settings are asked', () => {
  const settings = parseSettings(example, variables);

  test('who held a number on a day', () => {
    const on = (day: string) => ownerOn(settings, '+15550783881', day);
    expect(['2025-12-31', '2026-01-01', '2026-06-30', '2026-07-01', '2030-01-01'].map(on)).toEqual([
      undefined,
      'ana@example.com',
      'ana@example.com',
      'ben@example.com',
      'ben@example.com',
    ]);
  });

  test('which routes a number takes, and their policies above the general ones', () => {
    const text = changed(
      ['routes'],
      [
        {
          source: 'support',
          numbers: ['+15550783881'],
          destinations: ['sales'],
          policies: { statuses: 'final' },
        },
        { source: 'support', numbers: ['+15550001111'], destinations: ['marketing'] },
      ],
    );
    const routed = parseSettings(text, variables);
    const [route, ...others] = routesFor(routed, 'support', '+15550783881');
    expect(others).toEqual([]);
    expect(route?.destinations).toEqual(['sales']);
    expect(policiesFor(routed, route as NonNullable<typeof route>)).toMatchObject({
      statuses: 'final',
      multiple: 'park',
    });
    expect(routesFor(routed, 'other', '+15550783881')).toEqual([]);
  });
});

describe('the environment', () => {
  test('has the documented defaults', () => {
    expect(readEnv({})).toMatchObject({
      settingsPath: 'config/settings.yaml',
      dataDir: './data',
      host: '127.0.0.1',
      port: 8080,
      logLevel: 'info',
      startWaitMs: 60_000,
      stopDelayMs: 0,
      stopLimitMs: 25_000,
      databaseUrl: undefined,
      redisUrl: undefined,
      adminToken: undefined,
    });
  });

  test('takes an empty variable for a missing one', () => {
    expect(readEnv({ PORT: '', ADMIN_TOKEN: '', DATABASE_URL: '' })).toMatchObject({
      port: 8080,
      adminToken: undefined,
      databaseUrl: undefined,
    });
  });

  test('names every mistake', () => {
    expect(() =>
      readEnv({
        PORT: 'http',
        DATABASE_URL: 'mysql://x',
        REDIS_URL: 'x',
        ADMIN_TOKEN: 'short',
        LOG_LEVEL: 'loud',
      }),
    ).toThrow(
      /5 mistakes[\s\S]*DATABASE_URL: [\s\S]*REDIS_URL: [\s\S]*PORT: [\s\S]*ADMIN_TOKEN: [\s\S]*LOG_LEVEL: /,
    );
  });
});

test('a settings file that is not there is told with the way out', () => {
  const settingsPath = join(folder, 'none.yaml');
  expect(() => readSettings({ settingsPath, variables: {} })).toThrow(/there is no such file; copy config/);
});
