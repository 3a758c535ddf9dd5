import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { openLedger } from '../../src/ledger/open.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { startPostgres } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { emptyLedger, forbidIllegalTransitions, ledgerSuite } from './ledger-suite.ts';

describeWith('postgres', 'the ledger on a PostgreSQL server', () => {
  let server: PostgresServer;
  let opened: OpenLedger;

  beforeAll(async () => {
    server = await startPostgres();
    opened = await openLedger({ dataDir: '', databaseUrl: await server.createDatabase() });
    await forbidIllegalTransitions(opened.sql);
  }, 60_000);
  beforeEach(() => emptyLedger(opened.sql));
  afterAll(async () => {
    await opened.ledger.close();
    await server.stop();
  });

  ledgerSuite({ current: () => opened });
});
