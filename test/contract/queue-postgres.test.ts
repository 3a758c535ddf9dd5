import pg from 'pg';
import { expect, it } from '@jest/globals';
import { openPostgresQueue } from '../../src/queue/bullmq.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { queueSuite } from './queue-suite.ts';
import { dumpQueue, wipeQueue } from './queue-tables.ts';

describeWith('postgres', 'the queue on a PostgreSQL server', () => {
  queueSuite(async () => {
    const server = await startPostgres();
    const pool = new pg.Pool({ connectionString: server.url });
    const run = async (sql: string): Promise<Record<string, unknown>[]> => (await pool.query(sql)).rows;
    return {
      open: (options) => openPostgresQueue({ pool, ...options }),
      wipe: () => wipeQueue(run),
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
