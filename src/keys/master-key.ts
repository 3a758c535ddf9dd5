/** A key that wraps data keys and never touches content itself; it may stay inside of a key service. */
export interface MasterKey {
  /** as in the settings; kept beside every data key that it wraps */
  readonly id: string;
  /** for people: what holds the key */
  readonly kind: 'local' | 'aws-kms' | 'vault-transit';
  /** @returns text that only this key opens @throws MasterKeyError */
  wrap(dataKey: Buffer): Promise<string>;
  /** @throws MasterKeyError */
  unwrap(wrapped: string): Promise<Buffer>;
}

/**
 * A master key did not do its work. `unavailable`: again later (throttled, not reached); `refused`: it is another key than
 * the one that wrapped, or the key service forbids it. Tells nothing of what was to be wrapped.
 */
export class MasterKeyError extends Error {
  readonly kind: 'unavailable' | 'refused';

  constructor(id: string, kind: MasterKeyError['kind'], reason: string) {
    super(`The master key "${id}" ${kind === 'refused' ? 'cannot be used' : 'is not available'}: ${reason}`);
    this.name = 'MasterKeyError';
    this.kind = kind;
  }
}
