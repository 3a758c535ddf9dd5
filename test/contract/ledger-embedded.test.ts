import { afterAll, beforeAll, beforeEach, describe } from '@jest/globals';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { makeTempFolder } from '../support/temp.ts';
import { emptyLedger, forbidIllegalTransitions, ledgerSuite } from './ledger-suite.ts';

describe('the ledger on the embedded database', () => {
  const folder = makeTempFolder('ledger');
  let opened: OpenLedger;

  beforeAll(async () => {
    opened = await openEmptyLedger(folder.path);
    await forbidIllegalTransitions(opened.sql);
  }, 60_000);
  beforeEach(() => emptyLedger(opened.sql));
  afterAll(async () => {
    await opened.ledger.close();
    folder.remove();
  });

  ledgerSuite({ current: () => opened });
});
