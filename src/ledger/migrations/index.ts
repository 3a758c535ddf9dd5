import { ledgerTables } from './0001-ledger.ts';
import { sourceTables } from './0002-sources.ts';
import { destinationTables } from './0003-destinations.ts';
import { rollupTables } from './0004-rollups.ts';
import { policyTables } from './0005-policies.ts';
import { auditTables } from './0006-audit.ts';
import { leftDigestsIndex } from './0007-left-digests.ts';
import { conversationTables } from './0008-conversations.ts';
import { sealTables } from './0009-seals.ts';
import { purgeTables } from './0010-purges.ts';
import { contentKeyTables } from './0011-content-keys.ts';
import { driftTables } from './0012-drift.ts';
import { reportTables } from './0013-reports.ts';
import { quarantineTables } from './0014-quarantine.ts';
import { delayedMatchesIndex } from './0015-delayed-matches.ts';

/** One step of the schema's history: never changed once released. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** several statements, names with their schema */
  readonly script: string;
  /**
   * The oldest version that a program may know and still work with the schema after this step (docs/operation.md).
   * Absent: only programs that know this step.
   */
  readonly worksFrom?: number;
}

/** In order, without gaps. */
export const migrations: readonly Migration[] = [
  { version: 1, name: 'ledger', script: ledgerTables },
  { version: 2, name: 'sources', script: sourceTables },
  { version: 3, name: 'destinations', script: destinationTables },
  { version: 4, name: 'rollups', script: rollupTables },
  { version: 5, name: 'policies', script: policyTables },
  { version: 6, name: 'audit', script: auditTables },
  { version: 7, name: 'left digests', script: leftDigestsIndex },
  { version: 8, name: 'conversations', script: conversationTables },
  { version: 9, name: 'seals', script: sealTables },
  { version: 10, name: 'purges', script: purgeTables },
  { version: 11, name: 'content keys', script: contentKeyTables },
  { version: 12, name: 'drift', script: driftTables },
  { version: 13, name: 'reports', script: reportTables },
  { version: 14, name: 'quarantine', script: quarantineTables },
  { version: 15, name: 'delayed matches', script: delayedMatchesIndex, worksFrom: 14 },
];
