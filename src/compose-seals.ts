import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Env } from '../config/env.ts';
import type { Settings } from '../config/settings.ts';
import { createBucketPlace } from './seals/bucket-place.ts';
import { createFolderPlace } from './seals/folder-place.ts';
import type { SealPlace } from './seals/place.ts';
import { createWebhookPlace } from './seals/webhook-place.ts';

/** What seals are made with and where their copies are. */
export interface SealParts {
  readonly places: readonly SealPlace[];
  readonly signingKey: KeyObject | undefined;
  /** of all keys that signed, and from which seal on there has been one */
  readonly publicKeys: readonly KeyObject[];
  readonly signedFrom: number;
  readonly everyMs: number;
}

export function composeSeals(env: Pick<Env, 'dataDir'>, { seals }: Pick<Settings, 'seals'>): SealParts {
  const signingKey = seals.signingKey === undefined ? undefined : createPrivateKey(seals.signingKey);
  const formerKeys = seals.formerKeys.map((pem) => createPublicKey(pem));
  return {
    places: (seals.copies ?? [{ folder: join(env.dataDir, 'seals') }]).map(placeOf),
    signingKey,
    publicKeys: [...(signingKey === undefined ? [] : [createPublicKey(signingKey)]), ...formerKeys],
    signedFrom: seals.signedFrom,
    everyMs: seals.every,
  };
}

type Copy = NonNullable<Settings['seals']['copies']>[number];

function placeOf(copy: Copy): SealPlace {
  if ('folder' in copy) return createFolderPlace(resolve(copy.folder));
  if ('webhook' in copy) {
    const { webhook: url, secret } = copy;
    return createWebhookPlace({ url, ...(secret !== undefined && { secret }) });
  }
  const { bucket: url, lockDays, ...access } = copy;
  return createBucketPlace({ url, ...access, ...(lockDays !== undefined && { lockDays }) });
}
