import { openLedger } from '../../src/ledger/open.ts';
import { fillLedger } from '../../test/support/export-fill.ts';

export interface HistoryOptions {
  /** interactions that were logged in both CRMs long ago */
  readonly interactions: number;
  /** further entries of each directory */
  readonly contacts: number;
}

/** Puts years of work into a ledger, by SQL alone. */
export async function fillHistory(
  stores: { dataDir: string; databaseUrl?: string },
  { interactions, contacts }: HistoryOptions,
): Promise<void> {
  const { ledger, sql } = await openLedger(stores);
  try {
    await fillLedger({ store: { ledger, sql } }, { from: 0, count: interactions, perChat: 50 });
    await sql.exec(`
      insert into wcs.activities (destination, key, position, kind, state, revision, delivered_revision, addresses,
        contact_type, contact_id, record_id)
      select destination, key, position, 'message', 'delivered', revision, revision, addresses,
        'contact', md5(person_phone), md5(key)
      from wcs.interactions cross join (values ('sales'), ('marketing')) as d (destination)`);
    await sql.query(
      `insert into wcs.directory (destination, address, type, id, name)
       select destination, '+1999' || lpad(n::text, 7, '0'), 'contact', 'old' || n, 'Person ' || n
       from generate_series(1, $1::int) n cross join (values ('sales'), ('marketing')) as d (destination)`,
      [contacts],
    );
    await sql.exec('vacuum analyze');
  } finally {
    await ledger.close();
  }
}
