import { MasterKeyError } from '../keys/master-key.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { SqlExecutor } from './sql.ts';

/** Content cannot be opened with the master keys of the settings: nothing may start. */
export class KeyMissingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyMissingError';
  }
}

/**
 * Whether the master keys open what they wrapped: one data key of each is tried. A key service that is away says nothing
 * about that and holds up nobody here.
 *
 * @throws KeyMissingError
 */
export async function assertOpens(
  sql: Pick<SqlExecutor, 'query'>,
  keyring: Keyring | undefined,
): Promise<void> {
  for (const masterKey of await masterKeysInUse(sql)) {
    if (keyring === undefined || !keyring.has(masterKey)) {
      throw new KeyMissingError(
        `Content was encrypted with the master key "${masterKey}", which is not in the settings ` +
          '(encryption.masterKeys). Put it back; "wcs keys rotate" makes it unnecessary.',
      );
    }
    const [sample] = await sql.query<{ wrapped: string }>(
      `select wrapped from wcs.content_keys where master_key = $1 and destroyed_at is null order by id limit 1`,
      [masterKey],
    );
    if (sample !== undefined) await assertUnwraps(keyring, masterKey, sample.wrapped);
  }
}

async function assertUnwraps(keyring: Keyring, masterKey: string, wrapped: string): Promise<void> {
  try {
    await keyring.unwrap({ wrapped, masterKey });
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error;
    if (error.kind === 'refused') throw new KeyMissingError(error.message);
  }
}

/** Ids of master keys by which live keys are wrapped, each found by one step in the index. */
export async function masterKeysInUse(sql: Pick<SqlExecutor, 'query'>): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const [next] = await sql.query<{ master_key: string }>(
      `select master_key from wcs.content_keys where destroyed_at is null and master_key > $1
       order by master_key limit 1`,
      [found.at(-1) ?? ''],
    );
    if (next === undefined) return found;
    found.push(next.master_key);
  }
}
