import { openEmbedded } from './embedded.ts';
import type { EmbeddedOptions, EmbeddedSql } from './embedded.ts';
import type { Ledger } from './ledger.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import type { PostgresOptions } from './postgres.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { FileKeys } from '../keys/file-keys.ts';
import { fileKeys } from './file-key-store.ts';
import { assertOpens } from './assert-opens.ts';
import { sealedSql } from './sealed-sql.ts';
import { createSqlLedger } from './sql-ledger.ts';
import { Vault } from './vault.ts';

/** Which store, and how. */
export interface OpenLedgerOptions {
  /** a PostgreSQL server; absent: the embedded database in `dataDir` */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  readonly postgres?: PostgresOptions;
  readonly embedded?: EmbeddedOptions;
  /** content is encrypted with keys that these wrap; absent: it is kept in clear */
  readonly keyring?: Keyring | undefined;
  /** told in a sentence what the opening waits for, or finds strange; without content */
  readonly tell?: (text: string) => void;
}

/** A ledger and the driver under it, which the queue may use too. `ledger.close()` closes both. */
export interface OpenLedger {
  readonly ledger: Ledger;
  readonly sql: EmbeddedSql | Awaited<ReturnType<typeof openPostgres>>;
  /** keys of files; undefined: files are kept in clear */
  readonly fileKeys: FileKeys | undefined;
}

/**
 * Opens the store, brings its schema up to date and gives the ledger over it.
 *
 * @throws FolderLockedError, what `migrate` throws, KeyMissingError when content was encrypted with a master key that is not
 *   there, or SqlError when the server cannot be reached
 */
export async function openLedger(options: OpenLedgerOptions): Promise<OpenLedger> {
  const { databaseUrl, dataDir } = options;
  const sql =
    databaseUrl === undefined
      ? await openEmbedded(dataDir, options.embedded)
      : await openPostgres(databaseUrl, options.postgres);
  try {
    await migrate(sql, undefined, { tell: options.tell });
    await assertOpens(sql, options.keyring);
  } catch (error) {
    await sql.close();
    throw error;
  }
  if (options.keyring === undefined) return { ledger: createSqlLedger(sql), sql, fileKeys: undefined };
  const vault = new Vault(sql, options.keyring);
  return { ledger: createSqlLedger(sealedSql(sql, vault)), sql, fileKeys: fileKeys(sql, vault) };
}
