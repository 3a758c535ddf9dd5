import { openEmbedded } from './embedded.ts';
import type { EmbeddedOptions, EmbeddedSql } from './embedded.ts';
import type { Ledger } from './ledger.ts';
import { migrate } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import type { PostgresOptions } from './postgres.ts';
import { createSqlLedger } from './sql-ledger.ts';

/** Which store, and how. */
export interface OpenLedgerOptions {
  /** a PostgreSQL server; absent: the embedded database in `dataDir` */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  readonly postgres?: PostgresOptions;
  readonly embedded?: EmbeddedOptions;
}

/** A ledger and the driver under it, which the queue may use too. `ledger.close()` closes both. */
export interface OpenLedger {
  readonly ledger: Ledger;
  readonly sql: EmbeddedSql | Awaited<ReturnType<typeof openPostgres>>;
}

/**
 * Opens the store, brings its schema up to date and gives the ledger over it.
 *
 * @throws FolderLockedError, SchemaTooNewError, or SqlError when the server cannot be reached
 */
export async function openLedger(options: OpenLedgerOptions): Promise<OpenLedger> {
  const { databaseUrl, dataDir } = options;
  const sql =
    databaseUrl === undefined
      ? await openEmbedded(dataDir, options.embedded)
      : await openPostgres(databaseUrl, options.postgres);
  try {
    await migrate(sql);
  } catch (error) {
    await sql.close();
    throw error;
  }
  return { ledger: createSqlLedger(sql), sql };
}
