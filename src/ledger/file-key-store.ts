import { randomBytes } from 'node:crypto';
import type { FileKeys } from '../keys/file-keys.ts';
import { fileScopes } from './content-scope.ts';
import type { SqlExecutor } from './sql.ts';
import type { Vault } from './vault.ts';

const nameBytes = 16;

/** Keys of files beside those of messages: wrapped by the same master keys, destroyed with their file. */
export function fileKeys(sql: Pick<SqlExecutor, 'query'>, vault: Vault): FileKeys {
  return {
    async create() {
      const { key, wrapped, masterKey } = await vault.keyring.create();
      const name = randomBytes(nameBytes);
      return {
        key,
        name,
        keep: async (sha256) => {
          await sql.query('insert into wcs.content_keys (scope, wrapped, master_key) values ($1, $2, $3)', [
            scopeOf(sha256, name),
            wrapped,
            masterKey,
          ]);
        },
      };
    },
    async find(sha256, name) {
      const scope = scopeOf(sha256, name);
      return (await vault.find([scope])).get(scope)?.key;
    },
  };
}

const scopeOf = (sha256: string, name: Buffer): string => fileScopes(sha256) + name.toString('hex');
