import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readKey } from '../../src/core/key.ts';
import { awsKmsKey } from '../../src/keys/aws-kms.ts';
import { Keyring } from '../../src/keys/keyring.ts';
import { localKey } from '../../src/keys/local-key.ts';
import { MasterKeyError } from '../../src/keys/master-key.ts';
import { Recent } from '../../src/keys/recent.ts';
import { vaultTransitKey } from '../../src/keys/vault-transit.ts';
import { startKeyService, type KeyService } from '../support/kms.ts';

let service: KeyService;
beforeAll(async () => {
  service = await startKeyService();
});
beforeEach(() => {
  service.asked.length = 0;
  service.faults.length = 0;
  service.isDown = false;
});
afterAll(() => service.close());

const kms = (id = 'kms') =>
  awsKmsKey(id, {
    keyId: 'alias/wcs',
    region: 'eu-central-1',
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'secret',
    url: service.url,
  });
const transit = () =>
  vaultTransitKey('vault', { url: service.url, token: 's.token', keyName: 'wcs', mount: 'transit' });
const dataKey = randomBytes(32);

const failure = async (work: Promise<unknown>): Promise<MasterKeyError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof MasterKeyError) return error;
  throw new Error('it did not fail as it should');
};

describe('a key of the settings', () => {
  test.each([
    [dataKey.toString('base64'), true],
    [dataKey.toString('base64url'), true],
    [dataKey.toString('hex'), true],
    [randomBytes(31).toString('base64'), false],
    [randomBytes(33).toString('base64'), false],
    ['a passphrase of some words that is long', false],
    ['', false],
  ])('is 32 bytes in base64 or hex: %s', (text, isKey) => {
    expect(readKey(text)?.length).toBe(isKey ? 32 : undefined);
  });
});

describe.each([
  ['a local key', () => localKey('local', randomBytes(32))],
  ['AWS KMS', () => kms()],
  ['Vault transit', transit],
])('%s', (_name, make) => {
  test('wraps a data key and opens it again, and nothing that was altered', async () => {
    const key = make();
    const wrapped = await key.wrap(dataKey);
    expect(wrapped).not.toContain(dataKey.toString('base64').slice(0, 20));
    expect(await key.unwrap(wrapped)).toEqual(dataKey);
    const altered = (wrapped.at(-5) === 'A' ? 'B' : 'A') + wrapped.slice(-4);
    expect(await failure(key.unwrap(wrapped.slice(0, -5) + altered))).toMatchObject({ kind: 'refused' });
  });
});

describe('AWS KMS', () => {
  test('is asked with a signature of version 4, and a context that others do not use', async () => {
    await kms().wrap(dataKey);
    const [request] = service.asked;
    expect(request?.headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/kms\/aws4_request, SignedHeaders=\S*x-amz-target\S*, Signature=[0-9a-f]{64}$/,
    );
    expect(request?.headers).toMatchObject({
      'x-amz-target': 'TrentService.Encrypt',
      'content-type': 'application/x-amz-json-1.1',
    });
    expect(request?.body).toMatchObject({
      KeyId: 'alias/wcs',
      EncryptionContext: { product: 'whatsapp-crm-sync', use: 'data-key' },
    });
  });

  test('is asked again while it is busy', async () => {
    service.faults.push({ status: 400, type: 'ThrottlingException' }, { status: 500 });
    expect(await kms().unwrap(await kms().wrap(dataKey))).toEqual(dataKey);
    expect(service.asked).toHaveLength(4);
  });

  test('is not available when it stays busy, and nothing of the key is told', async () => {
    service.isDown = true;
    const error = await failure(kms().wrap(dataKey));
    expect(error).toMatchObject({ kind: 'unavailable' });
    expect(error.message).toBe('The master key "kms" is not available: the key service answered 503');
    expect(service.asked).toHaveLength(3);
  });

  test('is asked once when it refuses, and its own words are not told', async () => {
    service.faults.push({ status: 400, type: 'com.amazonaws#AccessDeniedException' });
    const error = await failure(kms().wrap(dataKey));
    expect(error).toMatchObject({ kind: 'refused' });
    expect(error.message).toBe(
      'The master key "kms" cannot be used: the key service answered 400 AccessDeniedException',
    );
    expect(service.asked).toHaveLength(1);
  });
});

describe('a keyring', () => {
  test('wraps with the first key, opens with each, and names the one that is missing', async () => {
    const [old, fresh] = [localKey('old', randomBytes(32)), localKey('new', randomBytes(32))];
    const kept = await new Keyring([old]).create();
    const both = new Keyring([fresh, old]);
    expect(await both.unwrap(kept)).toEqual(kept.key);
    const again = await both.rewrap(kept);
    expect(again.masterKey).toBe('new');
    expect(await new Keyring([fresh]).unwrap(again)).toEqual(kept.key);
    const error = await failure(new Keyring([fresh]).unwrap(kept));
    expect(error.message).toBe('The master key "old" cannot be used: it is not in the settings');
  });
});

test('what is remembered is limited in number and time', () => {
  let now = 0;
  const recent = new Recent<number>(2, 100, () => now);
  recent.set('a', 1);
  recent.set('b', 2);
  expect(recent.get('a')).toBe(1);
  recent.set('c', 3);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3]);
  recent.deleteWhere((value) => value === 3);
  now = 100;
  expect([recent.get('a'), recent.get('c')]).toEqual([undefined, undefined]);
});
