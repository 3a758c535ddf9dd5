import pg from 'pg';
import { expect, it } from '@jest/globals';
import { openPostgresQueue } from '../../src/queue/bullmq.ts';
import { startPostgres } from '../support/postgres.ts';
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
    const pool = new pg.Pool({ connectionString: server.url });
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

  it('refuses to open where no server is, and names no password', async () => {
    const url = 'postgres://wcs:hunter2@127.0.0.1:1/wcs';
    const error = await openPostgresQueue({ url }).catch((reason: Error) => reason);
    expect(String(error)).toContain('ECONNREFUSED');
    expect(String(error)).not.toContain('hunter2');
  });
});
