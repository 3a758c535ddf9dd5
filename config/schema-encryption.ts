import { z } from 'zod';
import { readKey } from '../src/core/key.ts';
import { httpUrl, id, secret } from './schema-values.ts';

const local = z.strictObject({
  id,
  /** 32 bytes in base64 or hex: `openssl rand -base64 32` */
  secretKey: secret.refine(
    (text) => readKey(text) !== undefined,
    'must be 32 bytes in base64 or hex: openssl rand -base64 32',
  ),
});

const awsKms = z.strictObject({
  id,
  awsKms: z.strictObject({
    /** id, ARN or alias of a symmetric key */
    keyId: z.string().min(1),
    region: z.string().min(1),
    accessKeyId: secret,
    secretAccessKey: secret,
    sessionToken: secret.optional(),
    /** of a VPC endpoint */
    url: httpUrl.optional(),
  }),
});

const vaultTransit = z.strictObject({
  id,
  vaultTransit: z.strictObject({
    url: httpUrl,
    token: secret,
    keyName: z.string().min(1),
    mount: z.string().min(1).default('transit'),
  }),
});

const masterKey = z.union(
  [local, awsKms, vaultTransit],
  'must have an id and one of: secretKey, awsKms (keyId, region, accessKeyId, secretAccessKey), vaultTransit (url, token, keyName)',
);

/** Encryption at rest; without it content is kept in clear. */
export const encryptionShape = z.strictObject({
  /** the first wraps new keys, the others only open what they wrapped */
  masterKeys: z
    .array(masterKey)
    .min(1, 'must have at least one master key')
    .refine((keys) => new Set(keys.map((one) => one.id)).size === keys.length, 'has an id twice'),
});
