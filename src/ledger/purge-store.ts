import { addErasure, erasures, personRecords, settleErasure, waitingErasures } from './erasures.ts';
import { holds, placeHold, refreshHolds, releaseHold } from './holds.ts';
import type { PurgeStore } from './ledger.ts';
import { doomedFiles, purgeFiles, settleDoomed } from './purge-files.ts';
import { purgedOn, purges, tombstones } from './purge-views.ts';
import { purge } from './purges.ts';
import {
  excludedLater,
  expired,
  expiredCounts,
  markRetention,
  parkedTooLong,
  retentionState,
} from './retention.ts';
import { scrub } from './scrub.ts';
import type { Sql } from './sql.ts';

/** Retention, holds and erasure over a migrated database. */
export function createPurgeStore(sql: Sql): PurgeStore {
  return {
    purge: (subject, order) => purge(sql, subject, order),
    purgeFiles: (keys, order) => purgeFiles(sql, keys, order),
    expired: (rules, rule, limit) => expired(sql, rules, rule, limit),
    excludedLater: (limit) => excludedLater(sql, limit),
    parkedTooLong: (rule, limit) => parkedTooLong(sql, rule, limit),
    expiredCounts: (rules, parked) => expiredCounts(sql, rules, parked),
    doomedFiles: (limit, after) => doomedFiles(sql, limit, after),
    settleDoomed: (sha256, removed) => settleDoomed(sql, sha256, removed),
    holds: () => holds(sql),
    placeHold: (hold, owners) => placeHold(sql, hold, owners),
    releaseHold: (id, by, reason) => releaseHold(sql, id, by, reason),
    refreshHolds: (owners) => refreshHolds(sql, owners),
    personRecords: (address, rules) => personRecords(sql, address, rules),
    addErasure: (erasure) => addErasure(sql, erasure),
    erasures: (filter) => erasures(sql, filter),
    waitingErasures: () => waitingErasures(sql),
    settleErasure: (erasure, done) => settleErasure(sql, erasure, done),
    purges: (filter) => purges(sql, filter),
    purgedOn: (day) => purgedOn(sql, day),
    tombstones: (id, filter) => tombstones(sql, id, filter),
    retentionState: () => retentionState(sql),
    markRetention: () => markRetention(sql),
    scrub: (options) => scrub(sql, options),
  };
}
