import { activityTransitions } from '../core/activity.ts';
import type { ActivityState } from '../core/activity.ts';
import { cleanText } from '../core/text.ts';
import { reopenAttachments } from './attachments.ts';
import type { Settlement } from './ledger.ts';
import { noteRecords, type WrittenRecord } from './note-records.ts';
import { markRollups } from './rollups.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, lockDestination, planByKey, transact } from './transact.ts';

interface HeldRow extends Row {
  key: string;
  state: ActivityState;
  revision: number;
  lease_owner: string | null;
  record_id: string | null;
}

/** A settlement and what becomes of its activity. `late`: the lease was lost, only a record id is taken. */
interface Settled {
  readonly settlement: Settlement;
  readonly next: ActivityState;
  readonly late: boolean;
  readonly changedMeanwhile: boolean;
  /** the record that was there is gone, another one was made in its place */
  readonly isReplaced: boolean;
}

/**
 * Writes outcomes and receipts of one delivery; see the port.
 *
 * @throws TypeError when a settlement says `delivered` and its outcome does not name a record: success is never guessed
 */
export async function settle(
  sql: Sql,
  destination: string,
  settlements: readonly Settlement[],
  owner?: string,
): Promise<void> {
  settlements.forEach(assertNamed);
  const byKey = new Map(settlements.map((settlement) => [settlement.key, settlement]));
  if (byKey.size === 0) return;
  await transact(sql, async (tx) => {
    await planByKey(tx);
    if (settlements.some(({ to }) => to === 'parked')) {
      await lockDestination(tx, 'directory', destination, 'shared');
    }
    const held = await tx.query<HeldRow>(
      `select key, state, revision, lease_owner, record_id from wcs.activities
       where destination = $1 and key = any($2::text[]) order by key for update`,
      [destination, [...byKey.keys()]],
    );
    const settled = held.map((row) => decide(row, byKey.get(row.key) as Settlement, owner));
    if (settled.length === 0) return;
    await writeReceipts(tx, destination, settled);
    await writeStates(tx, destination, settled);
    await noteRecords(tx, destination, settled.flatMap(writtenBy));
    const replaced = settled.filter(({ isReplaced }) => isReplaced);
    await reopenAttachments(
      tx,
      destination,
      replaced.map(({ settlement }) => settlement.key),
    );
    const told = settled.filter(
      ({ settlement }) => settlement.rollsUp && recordIdOf(settlement) !== undefined,
    );
    await markRollups(
      tx,
      destination,
      told.map(({ settlement }) => settlement.key),
    );
  });
}

function assertNamed({ to, outcome }: Settlement): void {
  if (to === 'delivered' && (outcome.kind !== 'delivered' || outcome.recordId === '')) {
    throw new TypeError('a delivered activity needs an outcome that names its record');
  }
}

/** @param owner who settles; undefined: the state alone says whether the activity is still theirs */
function decide(row: HeldRow, settlement: Settlement, owner: string | undefined): Settled {
  const isLeased = row.state === 'sending' || row.state === 'unknown';
  const late = !isLeased || (owner !== undefined && row.lease_owner !== owner);
  const changedMeanwhile = settlement.revision < row.revision;
  const recordId = (settlement.isFurther ? undefined : recordIdOf(settlement)) ?? row.record_id;
  const isReplaced = !late && row.record_id !== null && recordId !== row.record_id;
  const common = { settlement, late, changedMeanwhile, isReplaced };
  if (late) return { ...common, next: row.state };
  // Whatever came of an old revision, the new one is owed a delivery of its own.
  const stale = changedMeanwhile && (settlement.to === 'delivered' || settlement.to === 'failed');
  const wanted = stale ? 'ready' : settlement.to;
  const legal = wanted === row.state || activityTransitions[row.state].includes(wanted);
  // Not for an unknown one to become (it may be there already): it is read back again.
  return { ...common, next: legal ? wanted : 'unknown' };
}

/** Of a delivery that lost its lease nothing is noted: the next one does. */
function writtenBy({ settlement, late }: Settled): WrittenRecord[] {
  const { key: activityKey, record, isFurther } = settlement;
  const recordId = recordIdOf(settlement);
  if (late || record === undefined || recordId === undefined) return [];
  return [{ ...record, part: isFurther ? 'further' : 'own', activityKey, recordId }];
}

const statesSql = `
  update wcs.activities a
  set state = n.next,
      record_id = case when n.further then coalesce(a.record_id, n.record_id) else coalesce(n.record_id, a.record_id) end,
      delivered_hash = case when n.next = 'unknown' then null when n.record_id is not null then nullif(n.hash, '')
                            else a.delivered_hash end,
      delivered_revision = case when n.record_id is null then a.delivered_revision
                                else greatest(a.delivered_revision, n.revision) end,
      attempts = case when n.fresh then 0 when n.burn then a.attempts + 1 else a.attempts end,
      not_before = case when n.delay_ms > 0 and n.next in ('ready', 'matching', 'unknown')
        then clock_timestamp() + n.delay_ms * interval '1 millisecond' else '-infinity' end,
      ready_at = case when n.next = 'ready' then clock_timestamp() else a.ready_at end,
      pending_since = case when n.next not in ('matching', 'ready', 'sending', 'unknown') then null
                           when n.record_id is not null then clock_timestamp() else a.pending_since end,
      lease_owner = null, lease_until = null,
      parked_since = case when n.next = 'parked' then coalesce(a.parked_since, clock_timestamp())
                          when n.next = 'matching' then a.parked_since end,
      match_reason = case when n.next = 'matching' then null else a.match_reason end,
      contact_type = case when n.next = 'matching' then null else a.contact_type end,
      contact_id = case when n.next = 'matching' then null else a.contact_id end,
      contact_owner = case when n.next = 'matching' then null else a.contact_owner end,
      contact_name = case when n.next = 'matching' then null else a.contact_name end,
      known = case when n.next = 'parked' then (
        select count(distinct (d.type, d.id)) from wcs.directory d
        where d.destination = a.destination and d.address = any(a.addresses)) else a.known end,
      code = n.code, reason = n.reason, changed_at = clock_timestamp()
  from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::boolean[], $7::boolean[], $8::float8[],
              $9::text[], $10::text[], $11::boolean[], $12::text[])
    as n (destination, key, next, revision, record_id, fresh, burn, delay_ms, code, reason, further, hash)
  where a.key = n.key and a.destination = n.destination`;

/**
 * What a delivery without a lease wrote, or may have written, may stand over something newer: then the newest is owed
 * once more. The same content changes nothing, whoever wrote it last.
 */
const lateSql = `
  update wcs.activities a
  set record_id = coalesce(a.record_id, n.record_id), delivered_hash = null,
      delivered_revision = case when n.record_id is null then a.delivered_revision
                                else greatest(a.delivered_revision, n.revision) end,
      state = case when a.state = 'delivered' then 'ready' else a.state end,
      ready_at = case when a.state = 'delivered' then clock_timestamp() else a.ready_at end,
      pending_since = case when a.state = 'delivered' then clock_timestamp() else a.pending_since end
  from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[]) as n (destination, key, revision, record_id, hash)
  where a.key = n.key and a.destination = n.destination and not a.purged
    and not (a.state = 'delivered' and n.hash <> '' and a.delivered_hash is not distinct from n.hash)`;

async function writeStates(tx: SqlExecutor, destination: string, settled: readonly Settled[]): Promise<void> {
  const own = settled.filter(({ late }) => !late);
  if (own.length > 0) {
    await tx.query(
      statesSql,
      columns(
        own,
        () => destination,
        ({ settlement }) => settlement.key,
        ({ next }) => next,
        ({ settlement }) => settlement.revision,
        ({ settlement }) => recordIdOf(settlement),
        ({ settlement, changedMeanwhile }) => settlement.to === 'delivered' || changedMeanwhile,
        ({ settlement }) => settlement.burn ?? false,
        ({ settlement }) => settlement.delayMs ?? 0,
        ({ settlement }) => codeOf(settlement),
        ({ settlement }) => reasonOf(settlement),
        ({ settlement }) => settlement.isFurther ?? false,
        ({ settlement }) => cleanText(settlement.contentHash),
      ),
    );
  }
  const news = settled.filter(
    ({ late, settlement: { outcome } }) => late && ['delivered', 'unknown'].includes(outcome.kind),
  );
  if (news.length > 0) {
    await tx.query(
      lateSql,
      columns(
        news,
        () => destination,
        ({ settlement }) => settlement.key,
        ({ settlement }) => settlement.revision,
        ({ settlement }) => recordIdOf(settlement),
        ({ settlement }) => cleanText(settlement.contentHash),
      ),
    );
  }
}

async function writeReceipts(
  tx: SqlExecutor,
  destination: string,
  settled: readonly Settled[],
): Promise<void> {
  await tx.query(
    `insert into wcs.receipts (destination, key, revision, outcome, code, reason, record_id, mapping_version,
                               content_hash, late)
     select $1, * from unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                              $9::text[], $10::boolean[])`,
    [
      destination,
      ...columns(
        settled,
        ({ settlement }) => settlement.key,
        ({ settlement }) => settlement.revision,
        ({ settlement }) => settlement.outcome.kind,
        ({ settlement }) => codeOf(settlement),
        ({ settlement }) => reasonOf(settlement),
        ({ settlement }) => recordIdOf(settlement),
        ({ settlement }) => cleanText(settlement.mappingVersion),
        ({ settlement }) => cleanText(settlement.contentHash),
        ({ late }) => late,
      ),
    ],
  );
}

function recordIdOf({ outcome }: Settlement): string | undefined {
  return outcome.kind === 'delivered' ? cleanText(outcome.recordId) : undefined;
}

function codeOf({ outcome }: Settlement): string | undefined {
  return outcome.kind === 'delivered' ? undefined : outcome.code;
}

function reasonOf({ outcome }: Settlement): string | undefined {
  return outcome.kind === 'delivered' ? undefined : cleanText(outcome.reason);
}
