import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresQueueBackend } from 'bullmq';
import type pg from 'pg';
import { expect, it, jest } from '@jest/globals';
import { openPostgresQueue } from '../../src/queue/bullmq.ts';
import { openPool, startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { queueSuite } from './queue-suite.ts';
import { dumpQueue, queueTables, wipeQueue } from './queue-tables.ts';

/**
 * Locks all tables or none before it empties them: workers use them in an order of their own, and who waits for one
 * table while it holds another makes a deadlock with them.
 */
async function wipeWhileInUse(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    for (;;) {
      await client.query('BEGIN');
      try {
        await client.query(`LOCK TABLE ${queueTables.join(', ')} IN ACCESS EXCLUSIVE MODE NOWAIT`);
        await wipeQueue(async (sql) => (await client.query(sql)).rows);
        await client.query('COMMIT');
        return;
      } catch (error) {
        await client.query('ROLLBACK');
        if ((error as { code?: string }).code !== lockNotAvailable) throw error;
      }
    }
  } finally {
    client.release();
  }
}

const lockNotAvailable = '55P03';

describeWith('postgres', 'the queue on a PostgreSQL server', () => {
  queueSuite(async () => {
    const server = await startPostgres();
    const pool = openPool(server.url);
    const run = async (sql: string): Promise<Record<string, unknown>[]> => (await pool.query(sql)).rows;
    return {
      open: (options) => openPostgresQueue({ pool, ...options }),
      wipe: () => wipeWhileInUse(pool),
      dump: () => dumpQueue(run),
      close: async () => {
        await pool.end();
        await server.stop();
      },
    };
  });

  it('lives on when its connections are ended in the middle of their work', async () => {
    const server = await startPostgres();
    const admin = openPool(server.url, { max: 1 });
    const queue = await openPostgresQueue({ url: server.url });
    try {
      await queue.work({ process: () => Promise.resolve() });
      for (let nth = 0; nth < 5; nth += 1) {
        const asked = Promise.allSettled(
          Array.from({ length: 4 }, () =>
            Promise.allSettled([queue.ping(), queue.wake({ kind: 'process' })]),
          ),
        );
        await admin.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()',
        );
        await asked;
      }
      const isWell = () =>
        queue.ping().then(
          () => true,
          () => false,
        );
      while (!(await isWell()));
    } finally {
      await queue.close();
      await admin.end();
      await server.stop();
    }
  }, 60_000);

  it('takes jobs of which it is not told, after an error while it waited for them', async () => {
    const server = await startPostgres();
    const deaf = new EventEmitter();
    const listening = jest
      .spyOn(
        PostgresQueueBackend.prototype as unknown as { ensureListening(): Promise<unknown> },
        'ensureListening',
      )
      .mockRejectedValueOnce(new Error('the connection is broken'))
      .mockResolvedValue(deaf);
    const queue = await openPostgresQueue({ url: server.url });
    try {
      let tell: () => void = () => undefined;
      const runs = new Promise<void>((resolve) => (tell = resolve));
      await queue.work({ process: async () => tell() });
      while (deaf.listenerCount('notification') === 0) await pause(20);
      await queue.wake({ kind: 'process' });
      await runs;
    } finally {
      listening.mockRestore();
      await queue.close();
      await server.stop();
    }
  }, 60_000);

  it('refuses to open where no server is, and names no password', async () => {
    const url = 'postgres://wcs:hunter2@127.0.0.1:1/wcs';
    const error = await openPostgresQueue({ url }).catch((reason: Error) => reason);
    expect(String(error)).toContain('ECONNREFUSED');
    expect(String(error)).not.toContain('hunter2');
  });
});
