import { expect, test } from '@jest/globals';
import { readEnv } from '../../config/env.ts';
import { maskSettings, secretsOf } from '../../config/mask.ts';
import { parseSettings } from '../../config/settings.ts';

const text = `
sources:
  - { id: cloud, type: whatsapp-cloud, appSecret: SECRET-1, verifyToken: SECRET-2, accessToken: SECRET-3, businessNumbers: ['+15550783881'] }
  - { id: partner, type: 360dialog, apiKey: SECRET-4, webhookSecret: SECRET-5, businessNumbers: all }
  - id: emea
    type: twilio
    accountSid: AC00000000000000000000000000000001
    authToken: SECRET-6
    secondaryAuthToken: SECRET-7
    apiKeySid: SK00000000000000000000000000000001
    apiKeySecret: SECRET-8
    mediaUrl: https://SECRET-9:SECRET-10@media.example.com/files
    businessNumbers: ['+4930123456']
destinations:
  - id: sales
    type: salesforce
    loginUrl: https://example.my.salesforce.com
    auth: { flow: jwt, clientId: SECRET-11, username: SECRET-12, privateKey: SECRET-13 }
  - id: marketing
    type: hubspot
    auth: { clientId: SECRET-14, clientSecret: SECRET-15, refreshToken: SECRET-16 }
routes:
  - { source: cloud, destinations: [sales, marketing] }
policies: { excluded: ['+14155550100', 'US.13491208655302741918'] }
console:
  publicUrl: https://crm.example.com
  secret: SECRET-17-is-long-enough
  oidc: { issuer: https://login.example.com, clientId: SECRET-18, clientSecret: SECRET-19, roles: { admin: [ops] } }
encryption:
  masterKeys:
    - { id: own, secretKey: SECRETAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= }
    - id: kms
      awsKms: { keyId: alias/wcs, region: eu-central-1, accessKeyId: SECRET-20, secretAccessKey: SECRET-21, sessionToken: SECRET-22 }
    - { id: transit, vaultTransit: { url: https://vault.example.com, token: SECRET-23, keyName: wcs } }
`;

test('settings are shown without any secret, and with everything else', () => {
  const shown = JSON.stringify(maskSettings(parseSettings(text, {})));
  expect(shown).not.toContain('SECRET');
  expect(shown).not.toContain('4155550100');
  expect(shown).toContain('"excluded":"2 people"');
  for (const plain of [
    'https://example.my.salesforce.com',
    'media.example.com/files',
    'WhatsApp_Key__c',
    'whatsapp_key',
    '+15550783881',
    'https://login.example.com',
    'alias/wcs',
    'https://vault.example.com',
    'ops',
    '3600000',
  ]) {
    expect(shown).toContain(plain);
  }
});

test('the secrets of a process are all of them, and nothing else', () => {
  const env = readEnv({
    ADMIN_TOKEN: 'the-admin-token',
    DATABASE_URL: 'postgres://wcs:data%2Fbase-word@db/wcs',
    REDIS_URL: 'rediss://:redis-word@cache',
  });
  const secrets = secretsOf(env, parseSettings(text, {}));
  expect(secrets.filter((one) => one.startsWith('SECRET')).length).toBe(23);
  expect(secrets).toEqual(
    expect.arrayContaining([
      'the-admin-token',
      'data/base-word',
      'data%2Fbase-word',
      'redis-word',
      'SECRET-10',
    ]),
  );
  const known = /SECRET|the-admin-token|base-word|redis-word|^AC0|^SK0/;
  expect(secrets.filter((one) => !known.test(one))).toEqual([]);
});
