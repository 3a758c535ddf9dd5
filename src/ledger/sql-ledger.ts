import { alerts, setAlerts } from './alerts.ts';
import { Appender } from './append.ts';
import { deliveryActivity, sourceActivity } from './last-seen.ts';
import { audit, keepAudit } from './audit.ts';
import { completenessStore } from './completeness-store.ts';
import { conversation, conversations } from './conversation-views.ts';
import { reconsider, waitingGroups, waitingKeys, waitingPeople } from './waiting.ts';
import {
  claimAttachments,
  releaseAttachments,
  settleAttachments,
  waitingAttachments,
} from './attachments.ts';
import { checkPace, spendChecks } from './check-pace.ts';
import { settleChecks } from './check-settle.ts';
import {
  claimChecks,
  countChecks,
  hasDueChecks,
  recordCheck,
  releaseAllChecks,
  releaseChecks,
} from './checks.ts';
import { BacklogReader } from './backlog.ts';
import { claim, claimUnknown, giveBackLeases, releaseLeases, waitingDestinations } from './claim.ts';
import { decideParked, replayFailed, rewrite } from './decisions.ts';
import { giveUpParked, releaseDryRun } from './parked.ts';
import { emptyDigests, joinDigests, readDigests, settleDigests, splitDigest } from './digests.ts';
import {
  directoryState,
  findContacts,
  forgetContact,
  markedContacts,
  markPulled,
  putContacts,
  restartPull,
  similarContacts,
} from './directory.ts';
import { exportStore } from './export-rows.ts';
import { acceptDrift, drift, driftCounts, restoreDrift } from './drift.ts';
import { foldBatch } from './fold.ts';
import { destinationHealth, setDestinationHealth } from './health.ts';
import { keyStore } from './key-upkeep.ts';
import type { Ledger } from './ledger.ts';
import { addMapping, mappingVersions } from './mappings.ts';
import { claimMedia, releaseMedia, settleMedia, waitingMedia } from './media.ts';
import { excludedIds, excludeIds } from './excluded-ids.ts';
import { matchSubjects, settleMatches, unpark } from './match.ts';
import { createPurgeStore } from './purge-store.ts';
import { known, pollStates, putPollState } from './polls.ts';
import {
  decideQuarantined,
  expireQuarantined,
  quarantineCounts,
  quarantined,
  quarantinedItem,
} from './quarantine.ts';
import { report } from './report.ts';
import { claimRollups, releaseRollups, settleRollups, waitingRollups } from './rollups.ts';
import {
  addSeal,
  lastSeal,
  putSealCopies,
  recordsOf,
  sealable,
  sealCopies,
  sealedRecords,
  seals,
} from './seals.ts';
import { settle } from './settle.ts';
import type { Sql } from './sql.ts';
import { interaction, interactions } from './views.ts';

/** The ledger over a migrated database. Closing it closes the driver. */
export function createSqlLedger(sql: Sql): Ledger {
  const appender = new Appender(sql);
  const backlog = new BacklogReader(sql);
  return {
    ...createPurgeStore(sql),
    ...exportStore(sql),
    append: (events, exclusions) => appender.append(events, exclusions),
    excludeIds: (ids) => excludeIds(sql, ids),
    excludedIds: (idHashes) => excludedIds(sql, idHashes),
    known: (dedupeKeys) => known(sql, dedupeKeys),
    fold: (limit, rebuild, learn) => foldBatch(sql, limit, rebuild, learn),
    alerts: () => alerts(sql),
    setAlert: (change) => setAlerts(sql, [change]),
    pollStates: (source) => pollStates(sql, source),
    putPollState: (source, stream, state) => putPollState(sql, source, stream, state),
    claimMedia: (sources, limit, owner, leaseMs) => claimMedia(sql, sources, limit, owner, leaseMs),
    settleMedia: (task, settlement, owner) => settleMedia(sql, task, settlement, owner),
    waitingMedia: () => waitingMedia(sql),
    claimAttachments: (destination, limit, owner, leaseMs) =>
      claimAttachments(sql, destination, limit, owner, leaseMs),
    settleAttachments: (destination, settlements, owner) =>
      settleAttachments(sql, destination, settlements, owner),
    waitingAttachments: () => waitingAttachments(sql),
    claimRollups: (destination, limit, owner, leaseMs) =>
      claimRollups(sql, destination, limit, owner, leaseMs),
    settleRollups: (destination, settlements, owner) => settleRollups(sql, destination, settlements, owner),
    waitingRollups: () => waitingRollups(sql),
    matchSubjects: (limit, destination) => matchSubjects(sql, limit, destination),
    settleMatches: (decisions) => settleMatches(sql, decisions),
    findContacts: (destination, addresses) => findContacts(sql, destination, addresses),
    putContacts: (destination, contacts, cursor) => putContacts(sql, destination, contacts, cursor),
    directoryState: (destination) => directoryState(sql, destination),
    markPulled: (destination) => markPulled(sql, destination),
    restartPull: (destination, markedBy) => restartPull(sql, destination, markedBy),
    markedContacts: (destination, addresses) => markedContacts(sql, destination, addresses),
    similarContacts: (destination, phones) => similarContacts(sql, destination, phones),
    giveUpParked: (destination, rule) => giveUpParked(sql, destination, rule),
    releaseDryRun: (destination, of) => releaseDryRun(sql, destination, of),
    unpark: (destination) => unpark(sql, destination),
    forgetContact: (destination, contact) => forgetContact(sql, destination, contact),
    claim: (options) => claim(sql, options),
    claimUnknown: (destination, limit, owner, leaseMs) =>
      claimUnknown(sql, destination, limit, owner, leaseMs),
    settle: (destination, settlements, owner) => settle(sql, destination, settlements, owner),
    joinDigests: (destination, joins) => joinDigests(sql, destination, joins),
    readDigests: (destination, keys) => readDigests(sql, destination, keys),
    emptyDigests: (destination) => emptyDigests(sql, destination),
    splitDigest: (destination, key, moved, why) => splitDigest(sql, destination, key, moved, why),
    settleDigests: (destination, settlements) => settleDigests(sql, destination, settlements),
    releaseLeases: async (exceptOwner) =>
      (await releaseLeases(sql, exceptOwner)) +
      (await releaseMedia(sql, exceptOwner)) +
      (await releaseAttachments(sql, exceptOwner)) +
      (await releaseRollups(sql, exceptOwner)) +
      (await releaseAllChecks(sql, exceptOwner)),
    giveBackLeases: (owner, isCalling) => giveBackLeases(sql, owner, isCalling),
    waitingDestinations: () => waitingDestinations(sql),
    setDestinationHealth: (health) => setDestinationHealth(sql, health),
    destinationHealth: () => destinationHealth(sql),
    ...completenessStore(sql),
    report: (range) => report(sql, range),
    backlog: ({ exact = false } = {}) => backlog.read(exact),
    interactions: (filter) => interactions(sql, filter),
    interaction: (key) => interaction(sql, key),
    decideParked: (destination, keys, decision, by) => decideParked(sql, destination, keys, decision, by),
    replayFailed: (filter, by) => replayFailed(sql, filter, by),
    conversations: (filter) => conversations(sql, filter),
    conversation: (id) => conversation(sql, id),
    waitingGroups: (state) => waitingGroups(sql, state),
    waitingPeople: (state, filter) => waitingPeople(sql, state, filter),
    waitingKeys: (state, destination, choice) => waitingKeys(sql, state, destination, choice),
    reconsider: (destination, keys, by) => reconsider(sql, destination, keys, by),
    sourceActivity: (sources) => sourceActivity(sql, sources),
    deliveryActivity: (destinations) => deliveryActivity(sql, destinations),
    keepAudit: (entry) => keepAudit(sql, entry),
    audit: (filter) => audit(sql, filter),
    mappingVersions: (destination, limit) => mappingVersions(sql, destination, limit),
    addMapping: (mapping) => addMapping(sql, mapping),
    rewrite: (destination, range, by) => rewrite(sql, destination, range, by),
    quarantined: (filter) => quarantined(sql, filter),
    quarantinedItem: (id) => quarantinedItem(sql, id),
    quarantineCounts: () => quarantineCounts(sql),
    decideQuarantined: (ids, state, by, detail) => decideQuarantined(sql, ids, state, by, detail),
    expireQuarantined: (days) => expireQuarantined(sql, days),
    hasDueChecks: (destination, schedule) => hasDueChecks(sql, destination, schedule),
    countChecks: (destination, scope) => countChecks(sql, destination, scope),
    claimChecks: (destination, scope, limit, owner, leaseMs) =>
      claimChecks(sql, destination, scope, limit, owner, leaseMs),
    releaseChecks: (destination, keys, owner) => releaseChecks(sql, destination, keys, owner),
    settleChecks: (destination, results, owner, schedule) =>
      settleChecks(sql, destination, results, owner, schedule),
    checkPace: (destination, perDay, most) => checkPace(sql, destination, perDay, most),
    spendChecks: (destination, calls, pauseMs) => spendChecks(sql, destination, calls, pauseMs),
    drift: (filter) => drift(sql, filter),
    driftCounts: () => driftCounts(sql),
    recordCheck: (destination, key) => recordCheck(sql, destination, key),
    restoreDrift: (destination, key, by) => restoreDrift(sql, destination, key, by),
    acceptDrift: (destination, key, baseline, by) => acceptDrift(sql, destination, key, baseline, by),
    sealable: (limit) => sealable(sql, limit),
    addSeal: (seal) => addSeal(sql, seal),
    seals: (filter) => seals(sql, filter),
    lastSeal: () => lastSeal(sql),
    sealedRecords: (ranges) => sealedRecords(sql, ranges),
    recordsOf: (key) => recordsOf(sql, key),
    sealCopies: () => sealCopies(sql),
    putSealCopies: (copies) => putSealCopies(sql, copies),
    ...keyStore(sql),
    async clock() {
      const [row] = await sql.query<{ now: number }>(
        'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
      );
      return row?.now ?? Date.now();
    },
    async ping() {
      // A real commit: a read-only or full database answers selects.
      await sql.query(
        `insert into wcs.pings (id) values (1) on conflict (id) do update set at = clock_timestamp()`,
      );
    },
    async close() {
      await appender.idle();
      await sql.close();
    },
  };
}
