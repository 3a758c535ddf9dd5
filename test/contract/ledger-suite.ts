import { activityTransitions } from '../../src/core/activity.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { appendSuite } from './ledger-suite-append.ts';
import { attachmentSuite } from './ledger-suite-attachments.ts';
import { completenessSuite } from './ledger-suite-completeness.ts';
import { deliverySuite } from './ledger-suite-deliver.ts';
import { revisionSuite } from './ledger-suite-revisions.ts';
import { foldSuite } from './ledger-suite-fold.ts';
import { leaseSuite } from './ledger-suite-leases.ts';
import { matchSuite } from './ledger-suite-match.ts';
import { mediaSuite } from './ledger-suite-media.ts';
import { pollSuite } from './ledger-suite-polls.ts';
import { peopleSuite } from './ledger-suite-people.ts';
import { digestSuite } from './ledger-suite-digests.ts';
import { mappingSuite } from './ledger-suite-mappings.ts';
import { parkedSuite } from './ledger-suite-parked.ts';
import { conversationSuite } from './ledger-suite-conversations.ts';
import { auditSuite } from './ledger-suite-audit.ts';
import { exportSuite } from './ledger-suite-exports.ts';
import { quarantineSuite } from './ledger-suite-quarantine.ts';
import { groupSuite } from './ledger-suite-groups.ts';
import { checkSuite } from './ledger-suite-checks.ts';
import { sealSuite } from './ledger-suite-seals.ts';
import { purgeSuite } from './ledger-suite-purges.ts';
import { retentionSuite } from './ledger-suite-retention.ts';
import { rollupSuite } from './ledger-suite-rollups.ts';
import { viewSuite } from './ledger-suite-views.ts';

export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly sql: Sql;
}

/** What the suite runs on: opened once, emptied before each test. */
export interface Subject {
  current(): OpenedLedger;
  /** what is written is encrypted: nothing is found by its words */
  readonly isEncrypted?: true;
}

/** What every ledger does, whatever the database under it. Registers tests. */
export function ledgerSuite(subject: Subject): void {
  appendSuite(subject);
  foldSuite(subject);
  matchSuite(subject);
  deliverySuite(subject);
  revisionSuite(subject);
  leaseSuite(subject);
  attachmentSuite(subject);
  mediaSuite(subject);
  pollSuite(subject);
  peopleSuite(subject, emptyLedger);
  groupSuite(subject);
  rollupSuite(subject);
  digestSuite(subject);
  mappingSuite(subject);
  parkedSuite(subject);
  auditSuite(subject);
  quarantineSuite(subject);
  conversationSuite(subject);
  viewSuite(subject);
  checkSuite(subject);
  sealSuite(subject, emptyLedger);
  completenessSuite(subject);
  purgeSuite(subject);
  retentionSuite(subject, emptyLedger);
  exportSuite(subject);
}

/** Those parts that write or read what people wrote: the same with encryption at rest. */
export function contentSuite(subject: Subject): void {
  appendSuite(subject);
  foldSuite(subject);
  deliverySuite(subject);
  attachmentSuite(subject);
  mediaSuite(subject);
  digestSuite(subject);
  conversationSuite(subject);
  viewSuite(subject);
  sealSuite(subject, emptyLedger);
  purgeSuite(subject);
}

/** Makes the database refuse transitions that core/activity.ts does not list: each test then proves that none happens. */
export async function forbidIllegalTransitions(sql: Sql): Promise<void> {
  const legal = Object.entries(activityTransitions).flatMap(([from, tos]) =>
    tos.map((to) => `'${from} ${to}'`),
  );
  await sql.exec(`
    create function wcs.check_transition() returns trigger language plpgsql as $$
    begin
      if old.state || ' ' || new.state not in (${legal.join(', ')}) then
        raise exception 'illegal transition from % to %', old.state, new.state;
      end if;
      return new;
    end $$;
    create trigger legal before update of state on wcs.activities for each row
      when (old.state <> new.state) execute function wcs.check_transition();`);
}

/** Empties all tables, the append-only ones too: as a replica it runs no triggers. To delete few rows is faster than to truncate. */
export async function emptyLedger(sql: Sql): Promise<void> {
  await sql.exec(`
    set session_replication_role = replica;
    do $$
    declare name text;
    begin
      for name in select tablename from pg_tables where schemaname = 'wcs' and tablename <> 'migrations' loop
        execute format('delete from wcs.%I', name);
      end loop;
    end $$;
    insert into wcs.retention_state (id) values (1);
    reset session_replication_role;`);
}
