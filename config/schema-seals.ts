import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { duration, httpUrl, secret } from './schema-values.ts';

const isEd25519 = (read: (pem: string) => KeyObject) => (pem: string) => {
  try {
    return read(pem).asymmetricKeyType === 'ed25519';
  } catch {
    return false;
  }
};

/** A place outside of the database for copies of seals. */
const copy = z.union(
  [
    z.strictObject({ folder: z.string().min(1) }),
    z.strictObject({
      /** address of an S3-compatible bucket, with a path in it where wanted */
      bucket: httpUrl,
      region: z.string().min(1).default('us-east-1'),
      accessKeyId: secret,
      secretAccessKey: secret,
      /** object lock in compliance mode for so many days */
      lockDays: z.int().min(1).max(36_500).optional(),
    }),
    z.strictObject({
      webhook: httpUrl,
      /** signs what is sent */
      secret: secret.optional(),
    }),
  ],
  'must be a folder, a bucket (with accessKeyId and secretAccessKey) or a webhook',
);

/** Tamper evidence. */
export const sealShape = z.strictObject({
  /** how soon what came in is sealed */
  every: duration.default(60_000),
  /** PEM of an Ed25519 private key: `openssl genpkey -algorithm ed25519` */
  signingKey: secret
    .refine(isEd25519(createPrivateKey), 'must be an Ed25519 private key in PEM form')
    .optional(),
  /** PEM of the public keys of keys that signed earlier */
  formerKeys: z
    .array(z.string().refine(isEd25519(createPublicKey), 'must be an Ed25519 public key in PEM form'))
    .default([]),
  /** number of the first seal that is signed: those before were made when there was no key */
  signedFrom: z.int().min(1).default(1),
  /** without it: the folder `seals` in DATA_DIR */
  copies: z.array(copy).optional(),
});
