import { ledgerTables } from './0001-ledger.ts';
import { sourceTables } from './0002-sources.ts';
import { destinationTables } from './0003-destinations.ts';
import { rollupTables } from './0004-rollups.ts';
import { policyTables } from './0005-policies.ts';
import { auditTables } from './0006-audit.ts';
import { leftDigestsIndex } from './0007-left-digests.ts';
import { conversationTables } from './0008-conversations.ts';
import { sealTables } from './0009-seals.ts';
import { driftTables } from './0012-drift.ts';

/** One step of the schema's history: never changed once released. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** several statements, names with their schema */
  readonly script: string;
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
  { version: 10, name: 'drift', script: driftTables },
];
