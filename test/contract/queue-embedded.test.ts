import { PGlite } from '@electric-sql/pglite';
import { describe } from '@jest/globals';
import { openEmbeddedQueue } from '../../src/queue/bullmq.ts';
import { queueSuite } from './queue-suite.ts';
import { dumpQueue, wipeQueue } from './queue-tables.ts';

describe('the queue on an embedded PostgreSQL', () => {
  queueSuite(async () => {
    const pglite = await PGlite.create();
    return {
      open: (options) => openEmbeddedQueue({ pglite, ...options }),
      wipe: () => wipeQueue(async (sql) => (await pglite.query<Record<string, unknown>>(sql)).rows),
      dump: () => dumpQueue(async (sql) => (await pglite.query<Record<string, unknown>>(sql)).rows),
      close: () => pglite.close(),
    };
  });
});
