import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openMemory } from '../../src/ledger/embedded.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import {
  ForeignSchemaError,
  MigrationsLockedError,
  SchemaTooNewError,
} from '../../src/ledger/migrate-errors.ts';
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

  /** The same as a new one, which takes seconds to make. */
  const afresh = async () => {
    await sql.exec('drop schema if exists wcs cascade');
    return sql;
  };
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

  it('of a newer program let an older one work when they say so, and tell it', async () => {
    const own = await afresh();
    const version = migrations.length + 1;
    const additive = (worksFrom: number, of = version) => ({
      version: of,
      name: `additive ${of}`,
      script: `create table wcs.later_${of} (id int);`,
      worksFrom,
    });
    const told: string[] = [];
    const tell = (text: string) => told.push(text);
    await migrate(own, migrations, { tell });
    expect(told).toEqual([]);
    const newer = [...migrations, additive(migrations.length), additive(migrations.length, version + 1)];
    expect(await migrate(own, newer)).toEqual([version, version + 1]);
    expect(await migrate(own, migrations, { tell })).toEqual([]);
    expect(told).toEqual([
      expect.stringContaining(`schema ${version + 1}, this program knows ${version - 1}`),
    ]);
    // The one before says that it does not work with what the first of the two did.
    await expect(migrate(own, migrations.slice(0, -1))).rejects.toThrow(SchemaTooNewError);
    // One step that says nothing is enough.
    await migrate(own, [...newer, { version: version + 2, name: 'breaking', script: 'select 1;' }]);
    await expect(migrate(own)).rejects.toThrow(SchemaTooNewError);
  });

  it('say from 15 on which older programs work with them', () => {
    const silent = migrations.filter(({ version, worksFrom }) => version > 14 && worksFrom === undefined);
    // A step that no older program works with says its own number: docs/operation.md, "Rules for migrations".
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('go on over a table of steps that an older release made', async () => {
    const own = await afresh();
    await migrate(own, migrations.slice(0, 3));
    await own.query('alter table wcs.migrations drop column works_from');
    expect(await migrate(own)).toEqual(migrations.slice(3).map(({ version }) => version));
  });

  it.each([
    ['tables without steps', 'create schema wcs;\ncreate table wcs.orders (id int);', '"orders" and no'],
    [
      'another table of steps',
      'create schema wcs;\ncreate table wcs.migrations (id int);',
      'no column "version"',
    ],
    [
      'other steps',
      `create schema wcs;\ncreate table wcs.migrations (version int, name text, applied_at timestamptz);
       insert into wcs.migrations values (1, 'users', now());`,
      'its step 1 is "users", and here it is "ledger"',
    ],
  ])('leave a schema alone that is not ours: %s', async (_what, script, words) => {
    const own = await afresh();
    await own.exec(script);
    await expect(migrate(own)).rejects.toThrow(ForeignSchemaError);
    await expect(migrate(own)).rejects.toThrow(words);
    expect(await own.query(`select to_regclass('wcs.events') as events`)).toEqual([{ events: null }]);
  });

  it('of a newer program make an older one refuse', async () => {
    await migrate(await afresh(), next('create table wcs.future (id int);'));
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
    for (const before of [0, 5]) {
      const url = await server.createDatabase();
      const drivers = await Promise.all(
        Array.from({ length: 10 }, () => openPostgres(url, { connections: 1 })),
      );
      await migrate(drivers[0]!, migrations.slice(0, before));
      const applied = await Promise.all(drivers.map((driver) => migrate(driver)));
      // Each step has a lock of its own: who takes which is open.
      expect(applied.flat().toSorted((a, b) => a - b)).toEqual(
        migrations.slice(before).map((migration) => migration.version),
      );
      await Promise.all(drivers.map((driver) => driver.close()));
    }
  });

  it('is migrated to the end by the next program when one dies in the middle of any step', async () => {
    const url = await server.createDatabase();
    const admin = await openPostgres(url, { connections: 1 });
    for (const { version } of migrations) {
      const driver = await openPostgres(url, { connections: 1, applicationName: 'dies' });
      const known = migrations
        .slice(0, version)
        .map((one) =>
          one.version === version ? { ...one, script: `${one.script}\nselect pg_sleep(30);` } : one,
        );
      const dying = migrate(driver, known).catch((error: Error) => error.name);
      const killSql = `select pg_terminate_backend(pid, 10000) from pg_stat_activity
        where application_name = 'dies' and query like 'select pg_sleep%'`;
      while ((await admin.query(killSql)).length === 0);
      expect(await dying).toBe('SqlError');
      await driver.close();
      expect(await migrate(admin, migrations.slice(0, version))).toEqual([version]);
    }
    expect(await migrate(admin)).toEqual([]);
    await admin.close();
  });

  it('waits for a program that migrates, says for whom, and not for ever', async () => {
    const url = await server.createDatabase();
    const [holder, waiting] = await Promise.all([
      openPostgres(url, { applicationName: 'the other one' }),
      openPostgres(url),
    ]);
    const told: string[] = [];
    const short = { waitMs: 100, stepMs: 50, tell: (text: string) => told.push(text) };
    await holder.transaction(async (tx) => {
      await tx.query(`select pg_advisory_xact_lock(hashtext('wcs migrations'))`);
      await expect(migrate(waiting, migrations, short)).rejects.toThrow(MigrationsLockedError);
      expect(told).toEqual([
        expect.stringContaining('a program that migrates it (the other one, from 127.0.0.1)'),
      ]);
    });
    expect(await migrate(waiting, migrations, short)).toHaveLength(migrations.length);
    await Promise.all([holder.close(), waiting.close()]);
  });

  it('never holds up others for long while a step waits for one of them', async () => {
    const url = await server.createDatabase();
    const [reader, migrating, writer] = await Promise.all([1, 2, 3].map(() => openPostgres(url)));
    await migrate(reader!);
    const version = migrations.length + 1;
    const script = 'alter table wcs.pings add column more int;';
    let hasWaited: () => void = () => undefined;
    const waits = new Promise<void>((resolve) => (hasWaited = resolve));
    let done: Promise<number[]> | undefined;
    await reader!.transaction(async (tx) => {
      await tx.query('select * from wcs.pings');
      done = migrate(migrating!, [...migrations, { version, name: 'next', script }], {
        stepMs: 200,
        tell: hasWaited,
      });
      await waits;
      // Behind the step that waits for its lock this would wait for the reader too.
      await writer!.query(`insert into wcs.pings (id) values (1)`);
    });
    expect(await done).toEqual([version]);
    await Promise.all([reader, migrating, writer].map((each) => each!.close()));
  });

  it('can be opened by a user who may not make anything, once it is set up', async () => {
    const url = await server.createDatabase();
    const owner = await openPostgres(url);
    await migrate(owner);
    await owner.exec(`create role reader login; grant usage on schema wcs to reader;
      grant select on all tables in schema wcs to reader;`);
    const driver = await openPostgres(url.replace('postgres@', 'reader@'));
    expect(await migrate(driver)).toEqual([]);
    await Promise.all([owner.close(), driver.close()]);
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
