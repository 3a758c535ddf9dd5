import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openMemory } from '../../src/ledger/embedded.ts';
import { migrate, SchemaTooNewError } from '../../src/ledger/migrate.ts';
import { migrations } from '../../src/ledger/migrations/index.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openPostgres } from '../../src/ledger/postgres.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { createSqlLedger } from '../../src/ledger/sql-ledger.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import { eventOf, foldAll } from '../support/ledger-data.ts';
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

describe('a ledger that an older release made', () => {
  it('can be searched after the next fold, and its events have commitments that fit', async () => {
    const sql = await openMemory();
    await migrate(sql, migrations.slice(0, 7));
    const text = 'Gr\u00fc\u00dfe \u0000 "quoted" \\ \u2028 \ud83d\ude00 tab\t';
    const event = eventOf('old', { text });
    await sql.query(
      `insert into wcs.events (dedupe_key, source, source_kind, kind, business_number, interaction_key, provider_id,
                               occurred_at, payload)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        event.dedupeKey,
        event.source,
        event.sourceKind,
        event.kind,
        event.businessNumber ?? null,
        event.interactionKey ?? null,
        'wamid."quoted"\\',
        event.occurredAt,
        JSON.stringify(event.payload),
      ],
    );
    await sql.query(
      `insert into wcs.interactions (key, position, source, business_number, occurred_at, received_at, revision)
       select interaction_key, id, source, business_number, occurred_at, received_at, 1 from wcs.events`,
    );
    await migrate(sql);
    const ledger = createSqlLedger(sql);
    await foldAll(ledger);
    expect((await ledger.interactions({ text: 'quoted', limit: 10 })).items).toHaveLength(1);
    expect((await ledger.conversations({ limit: 10 })).items).toHaveLength(1);
    await sealAll({ ledger, places: [], log: { warn: () => undefined } });
    expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true, records: 1 });
    await ledger.close();
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
