import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openMemory } from '../../src/ledger/embedded.ts';
import { migrate, SchemaTooNewError } from '../../src/ledger/migrate.ts';
import { migrations } from '../../src/ledger/migrations/index.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openPostgres } from '../../src/ledger/postgres.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { eventOf } from '../support/ledger-data.ts';
import { startPostgres } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';

describe('migrations', () => {
  let sql: Sql;
  beforeAll(async () => {
    sql = await openMemory();
  }, 60_000);
  afterAll(() => sql.close());

  const next = (script: string) => [...migrations, { version: migrations.length + 1, name: 'next', script }];

  it('are applied once, in order', async () => {
    expect(await migrate(sql)).toEqual(migrations.map((migration) => migration.version));
    expect(await migrate(sql)).toEqual([]);
  });

  it('have no gaps in their numbers', () => {
    expect(migrations.map((migration) => migration.version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it('leave nothing behind when one fails', async () => {
    const broken = next('create table wcs.half (id int);\nselect 1/0;');
    await expect(migrate(sql, broken)).rejects.toThrow('division by zero');
    expect(await sql.query(`select to_regclass('wcs.half') as half`)).toEqual([{ half: null }]);
    expect(await migrate(sql)).toEqual([]);
  });

  it('of a newer program make an older one refuse', async () => {
    await migrate(sql, next('create table wcs.future (id int);'));
    await expect(migrate(sql)).rejects.toThrow(SchemaTooNewError);
    await expect(migrate(sql)).rejects.toThrow(
      `version ${migrations.length + 1} and this program knows versions up to ${migrations.length}`,
    );
  });
});

describeWith('postgres', 'the ledger on a server that comes and goes', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());

  it('is migrated once by programs that start together', async () => {
    const url = await server.createDatabase();
    const drivers = await Promise.all(Array.from({ length: 4 }, () => openPostgres(url)));
    const applied = await Promise.all(drivers.map((driver) => migrate(driver)));
    // Each step has a lock of its own: who takes which is open.
    expect(applied.flat().toSorted((a, b) => a - b)).toEqual(
      migrations.map((migration) => migration.version),
    );
    await Promise.all(drivers.map((driver) => driver.close()));
  });

  it('fails while the server is away and works when it is back, with all that was acknowledged', async () => {
    const { ledger, sql } = await openLedger({ dataDir: '', databaseUrl: await server.createDatabase() });
    try {
      await ledger.append([eventOf('a')], []);
      await server.kill();
      await expect(ledger.append([eventOf('b')], [])).rejects.toThrow();
      await expect(ledger.ping()).rejects.toThrow();
      await server.restart();
      expect(await ledger.append([eventOf('a'), eventOf('b')], [])).toEqual({
        appended: [eventOf('b')],
        excluded: 0,
      });
      await ledger.ping();
      expect(await sql.query('select from wcs.events')).toHaveLength(2);
    } finally {
      await ledger.close();
    }
  });

  it('says so when there is no server', async () => {
    await expect(openPostgres('postgres://postgres@127.0.0.1:1/none')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});
