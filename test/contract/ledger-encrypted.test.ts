import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { openLedger } from '../../src/ledger/open.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { keyringOf } from '../support/keys.ts';
import { startPostgres } from '../support/postgres.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { contentSuite, emptyLedger, forbidIllegalTransitions } from './ledger-suite.ts';
import { vaultSuite } from './ledger-suite-vault.ts';

/** On a server only: the embedded database runs the same SQL, and has the suites of its own without encryption. */
describeWith('postgres', 'the ledger with encryption at rest', () => {
  const keyring = keyringOf('first');
  let server: PostgresServer;
  let databaseUrl: string;
  let opened: OpenLedger;

  beforeAll(async () => {
    server = await startPostgres();
    databaseUrl = await server.createDatabase();
    opened = await openLedger({ dataDir: '', databaseUrl, keyring });
    await forbidIllegalTransitions(opened.sql);
  }, 60_000);
  beforeEach(() => emptyLedger(opened.sql));
  afterAll(async () => {
    await opened.ledger.close();
    await server.stop();
  });

  const subject = { current: () => opened, isEncrypted: true } as const;
  contentSuite(subject);
  vaultSuite({
    ...subject,
    keyring,
    openAgain: (other) => openLedger({ dataDir: '', databaseUrl, keyring: other }),
  });
});
