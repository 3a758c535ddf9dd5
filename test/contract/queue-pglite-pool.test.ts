import { once } from 'node:events';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migratePglite, PglitePool } from '../../src/queue/pglite-pool.ts';

describe("a pool of pg's shape over an embedded PostgreSQL", () => {
  let db: PGlite;
  let pool: PglitePool;
  beforeAll(async () => {
    db = await PGlite.create();
    pool = new PglitePool(db);
  });
  afterAll(async () => {
    await pool.end();
    await db.close();
  });

  it('gives values as pg gives them: int8 and numeric as text, json parsed, null for what is absent', async () => {
    const { rows, rowCount } = await pool.query(
      'SELECT $1::bigint AS big, 1.50::numeric AS price, $2::jsonb AS body, $3::text AS absent, $4::boolean AS yes',
      ['9007199254740993', '{"a":1}', undefined, true],
    );
    expect(rows).toEqual([
      { big: '9007199254740993', price: '1.50', body: { a: 1 }, absent: null, yes: true },
    ]);
    expect(rowCount).toBe(0);
  });

  it('runs several statements without parameters and answers with the last', async () => {
    const { rows } = await pool.query(
      'CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2); SELECT count(*) FROM t',
    );
    expect(rows).toEqual([{ count: '2' }]);
    expect((await pool.query('DELETE FROM t WHERE n > $1', [0])).rowCount).toBe(2);
  });

  it('refuses transactions of its own, since other users of the session would fall into them', async () => {
    for (const command of [
      'BEGIN',
      'begin;',
      '-- a comment\nSTART TRANSACTION',
      'COMMIT',
      'ROLLBACK',
      'SAVEPOINT a',
    ]) {
      await expect(pool.query(command)).rejects.toThrow('PGlite.transaction');
    }
  });

  it('brings notifications to the clients that listen, and stops when they are released', async () => {
    const client = await pool.connect();
    await client.query('-- comment\nLISTEN bullmq_jobs;');
    const heard = once(client as unknown as NodeJS.EventEmitter, 'notification');
    await pool.query("SELECT pg_notify('bullmq_jobs', 'wcs-process')");
    expect(await heard).toEqual([{ channel: 'bullmq_jobs', payload: 'wcs-process' }]);
    const later: unknown[] = [];
    client.on('notification', (message) => later.push(message));
    client.release();
    await pool.query("SELECT pg_notify('bullmq_jobs', 'again')");
    await pool.query('SELECT 1');
    expect(later).toEqual([]);
  });

  it('lets the rest of the process have its turns while the queue is busy', async () => {
    let turns = 0;
    let busy = true;
    const turn = (): void => {
      turns += 1;
      if (busy) setImmediate(turn);
    };
    setImmediate(turn);
    for (let i = 0; i < 100; i++) await pool.query('SELECT $1::int', [i]);
    busy = false;
    expect(turns).toBeGreaterThanOrEqual(90);
  });

  it('migrates in one transaction that nobody else gets into, and that leaves nothing when it fails', async () => {
    let outside: Promise<unknown> = Promise.resolve();
    const migration = migratePglite(db, async (client) => {
      await client.query('BEGIN');
      await client.query('CREATE TABLE half (n int); CREATE TABLE done (n int)');
      outside = pool.query('CREATE TABLE theirs (n int)');
      await client.query('COMMIT');
      throw new Error('the migration is wrong');
    });
    await expect(migration).rejects.toThrow('the migration is wrong');
    await outside;
    const { rows } = await pool.query(
      "SELECT tablename FROM pg_tables WHERE tablename IN ('half', 'done', 'theirs')",
    );
    expect(rows).toEqual([{ tablename: 'theirs' }]);
  });

  it('waits for what runs when it ends, then refuses, and leaves the database open', async () => {
    const short = new PglitePool(db);
    const running = short.query('SELECT 1 AS one');
    await short.end();
    expect((await running).rows).toEqual([{ one: 1 }]);
    await expect(short.query('SELECT 1')).rejects.toThrow('after calling end on the pool');
    expect(db.closed).toBe(false);
  });
});
