import { askService } from './ask.ts';
import { MasterKeyError, type MasterKey } from './master-key.ts';

export interface TransitOptions {
  /** `https://vault.example.com:8200` */
  readonly url: string;
  readonly token: string;
  /** name of the key in the transit engine */
  readonly keyName: string;
  /** where the transit engine is mounted */
  readonly mount: string;
}

/** A master key that stays in HashiCorp Vault or OpenBao (transit engine: `encrypt` and `decrypt` of one key). */
export function vaultTransitKey(id: string, { url, token, keyName, mount }: TransitOptions): MasterKey {
  const ask = async (action: 'encrypt' | 'decrypt', input: object, output: string): Promise<string> => {
    const answer = await askService(
      id,
      (signal) =>
        fetch(`${url}/v1/${mount}/${action}/${encodeURIComponent(keyName)}`, {
          method: 'POST',
          headers: { 'x-vault-token': token, 'content-type': 'application/json' },
          body: JSON.stringify(input),
          // Another host would get the token, and the key that is to be wrapped.
          redirect: 'manual',
          signal,
        }),
      ({ status }) => status === 429,
    );
    const value = (answer['data'] as Record<string, unknown> | undefined)?.[output];
    if (typeof value === 'string') return value;
    throw new MasterKeyError(id, 'unavailable', `the answer has no ${output}`);
  };
  return {
    id,
    kind: 'vault-transit',
    wrap: (dataKey) => ask('encrypt', { plaintext: dataKey.toString('base64') }, 'ciphertext'),
    unwrap: async (wrapped) =>
      Buffer.from(await ask('decrypt', { ciphertext: wrapped }, 'plaintext'), 'base64'),
  };
}
