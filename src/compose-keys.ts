import type { Settings } from '../config/settings.ts';
import { readKey } from './core/key.ts';
import { awsKmsKey } from './keys/aws-kms.ts';
import { Keyring } from './keys/keyring.ts';
import { localKey } from './keys/local-key.ts';
import type { MasterKey } from './keys/master-key.ts';
import { vaultTransitKey } from './keys/vault-transit.ts';

/** The master keys of the settings; undefined: content is kept in clear. */
export function composeKeys({ encryption }: Pick<Settings, 'encryption'>): Keyring | undefined {
  return encryption && new Keyring(encryption.masterKeys.map(masterKeyOf));
}

function masterKeyOf(settings: NonNullable<Settings['encryption']>['masterKeys'][number]): MasterKey {
  const { id } = settings;
  if ('secretKey' in settings) return localKey(id, readKey(settings.secretKey) ?? Buffer.alloc(0));
  if ('vaultTransit' in settings) return vaultTransitKey(id, settings.vaultTransit);
  const { sessionToken, url, ...access } = settings.awsKms;
  const more = { ...(sessionToken !== undefined && { sessionToken }), ...(url !== undefined && { url }) };
  return awsKmsKey(id, { ...access, ...more });
}
