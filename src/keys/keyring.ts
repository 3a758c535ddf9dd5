import { randomBytes } from 'node:crypto';
import { keyBytes } from './cipher.ts';
import { MasterKeyError, type MasterKey } from './master-key.ts';

/** A data key as it is kept: only its master key opens it. */
export interface WrappedKey {
  readonly wrapped: string;
  /** id of the master key */
  readonly masterKey: string;
}

/** How many requests to a key service are under way at once. */
const atOnce = 16;

/** The configured master keys: the first wraps new data keys, the others only open what they wrapped. */
export class Keyring {
  readonly masterKeys: readonly MasterKey[];
  readonly #first: MasterKey;

  /** @throws RangeError without any key */
  constructor(masterKeys: readonly MasterKey[]) {
    const [first] = masterKeys;
    if (first === undefined) throw new RangeError('A keyring has at least one master key.');
    this.masterKeys = masterKeys;
    this.#first = first;
  }

  /** id of the one that wraps new keys */
  get first(): string {
    return this.#first.id;
  }

  has(id: string): boolean {
    return this.masterKeys.some((one) => one.id === id);
  }

  /** Makes a data key. @throws MasterKeyError */
  async create(): Promise<WrappedKey & { readonly key: Buffer }> {
    const key = randomBytes(keyBytes);
    return { key, wrapped: await this.#first.wrap(key), masterKey: this.#first.id };
  }

  /** @throws MasterKeyError */
  async unwrap({ wrapped, masterKey }: WrappedKey): Promise<Buffer> {
    const found = this.masterKeys.find(({ id }) => id === masterKey);
    if (found === undefined) throw new MasterKeyError(masterKey, 'refused', 'it is not in the settings');
    const key = await found.unwrap(wrapped);
    if (key.length === keyBytes) return key;
    throw new MasterKeyError(masterKey, 'refused', 'what it opened is no data key');
  }

  /** The same data key, wrapped by the first master key. @throws MasterKeyError */
  async rewrap(kept: WrappedKey): Promise<WrappedKey> {
    return { wrapped: await this.#first.wrap(await this.unwrap(kept)), masterKey: this.#first.id };
  }
}

/** Does something for each, a few at a time, and keeps the order. */
export async function inTurns<T, V>(items: readonly T[], work: (item: T) => Promise<V>): Promise<V[]> {
  const done: V[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    done.push(...(await Promise.all(items.slice(at, at + atOnce).map(work))));
  }
  return done;
}
