import { randomBytes } from 'node:crypto';
import { Keyring } from '../../src/keys/keyring.ts';
import { localKey } from '../../src/keys/local-key.ts';

/** A keyring of fresh local master keys with these ids; the first wraps. */
export function keyringOf(...ids: string[]): Keyring {
  return new Keyring(ids.map((id) => localKey(id, randomBytes(32))));
}
