import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openLedger, type OpenLedger } from '../../src/ledger/open.ts';
import { openPostgres } from '../../src/ledger/postgres.ts';
import type { Sql, SqlExecutor } from '../../src/ledger/sql.ts';
import { eventOf } from '../support/ledger-data.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';

describeWith('postgres', 'sealing while others add', () => {
  let server: PostgresServer;
  let opened: OpenLedger;
  let other: Sql;
  beforeAll(async () => {
    server = await startPostgres();
    const databaseUrl = await server.createDatabase();
    opened = await openLedger({ dataDir: '', databaseUrl });
    other = await openPostgres(databaseUrl);
  }, 60_000);
  afterAll(async () => {
    await other.close();
    await opened.ledger.close();
    await server.stop();
  });

  const insert = (tx: SqlExecutor, key: string) =>
    tx.query(
      `insert into wcs.events (dedupe_key, source, source_kind, kind, occurred_at, payload, nonce, content_hash)
       values ($1, 's', 'test', 'message', now(), '{}', 'n', 'h')`,
      [key],
    );

  it('waits for an event that has its number already and is not committed yet', async () => {
    const { ledger } = opened;
    let commit = (): void => undefined;
    let hasInserted = (): void => undefined;
    const inserted = new Promise<void>((resolve) => {
      hasInserted = resolve;
    });
    const slow = other.transaction(async (tx) => {
      await insert(tx, 'slow');
      hasInserted();
      await new Promise<void>((resolve) => {
        commit = resolve;
      });
    });
    await inserted;
    await ledger.append([eventOf('fast')], []);
    expect(await ledger.sealable(100)).toBeUndefined();
    commit();
    await slow;
    const rows = await ledger.sealable(100);
    expect(rows?.records.map(({ fields }) => fields[0])).toEqual(['slow', eventOf('fast').dedupeKey]);
  });

  it('takes a number that nobody committed for a gap', async () => {
    const { ledger } = opened;
    const failed = other.transaction(async (tx) => {
      await insert(tx, 'rolled back');
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await ledger.append([eventOf('after')], []);
    const rows = await ledger.sealable(100);
    const range = rows?.ranges.find(({ table }) => table === 'events');
    expect(range?.upTo).toBe((range?.after ?? 0) + (range?.count ?? 0) + 1);
  });
});
