import type { ContactRef } from '../core/activity.ts';
import { cleanText } from '../core/text.ts';
import type { RollupSettlement, RollupTask } from './rollup-records.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, planByKey, transact } from './transact.ts';

/** A burst costs one write: so long after its first activity, and no two writes of one contact closer than that. */
const markSql = `
  insert into wcs.rollups as t (destination, contact_type, contact_id, due_at)
  select destination, contact_type, contact_id, clock_timestamp() + interval '5 seconds'
  from wcs.activities where destination = $1 and key = any($2::text[]) and contact_id is not null
  group by destination, contact_type, contact_id order by contact_type collate "C", contact_id collate "C"
  on conflict (destination, contact_type, contact_id) do update
  set version = t.version + 1, attempts = 0, code = null, reason = null,
      due_at = coalesce(t.due_at, greatest(excluded.due_at, t.written_at + interval '1 minute'))`;

/** The contacts of these activities are due. Called by the settle of a delivery, in its transaction. */
export async function markRollups(
  tx: SqlExecutor,
  destination: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length > 0) await tx.query(markSql, [destination, keys]);
}

const claimSql = `
  with due as materialized (
    select contact_type, contact_id from wcs.rollups
    where destination = $1 and due_at <= statement_timestamp()
      and (lease_until is null or lease_until <= statement_timestamp())
    order by due_at limit $2 for update skip locked
  )
  update wcs.rollups t
  set lease_owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 millisecond'
  from due where t.destination = $1 and t.contact_type = due.contact_type and t.contact_id = due.contact_id
  returning t.contact_type as type, t.contact_id as id, t.version::float8 as version, t.attempts, t.written_hash`;

interface LeasedRow extends Row {
  type: string;
  id: string;
  version: number;
  attempts: number;
  written_hash: string | null;
}

/** Always from the activities themselves: a counter would drift, and a crash would count twice. */
const historySql = `
  select r.nth::int as nth, count(*)::int as count, count(*) filter (where a.kind = 'message')::int as messages,
         max(i.occurred_at) as last_at,
         max(i.occurred_at) filter (where i.direction = 'inbound') as last_inbound_at,
         max(i.occurred_at) filter (where i.direction = 'outbound') as last_outbound_at
  from unnest($2::text[]) with ordinality as r (lane, nth)
  join wcs.activities a on a.destination = $1 and a.lane = r.lane and a.record_id is not null
  join wcs.interactions i on i.key = a.key
  group by r.nth`;

interface HistoryRow extends Row {
  nth: number;
  count: number;
  messages: number;
  last_at: Date | string;
  last_inbound_at: Date | string | null;
  last_outbound_at: Date | string | null;
}

/** Leases contacts whose rollups are due; see the port. */
export function claimRollups(
  sql: Sql,
  destination: string,
  limit: number,
  owner: string,
  leaseMs: number,
): Promise<RollupTask[]> {
  return transact(sql, async (tx) => {
    const leased = await tx.query<LeasedRow>(claimSql, [destination, limit, owner, leaseMs]);
    if (leased.length === 0) return [];
    await planByKey(tx);
    const lanes = leased.map(({ type, id }) => `${type}:${id}`);
    const histories = await tx.query<HistoryRow>(historySql, [destination, lanes]);
    const byNth = new Map(histories.map((row) => [row.nth, row]));
    return leased.map((row, at) => toTask(row, byNth.get(at + 1)));
  });
}

function toTask(row: LeasedRow, history: HistoryRow | undefined): RollupTask {
  const { type, id, version, attempts, written_hash: writtenHash } = row;
  const { count = 0, messages = 0 } = history ?? {};
  const lastAt = timeOf(history?.last_at);
  const lastInboundAt = timeOf(history?.last_inbound_at);
  const lastOutboundAt = timeOf(history?.last_outbound_at);
  return {
    contact: { type, id },
    version,
    attempts,
    ...(writtenHash !== null && { writtenHash }),
    history: {
      count,
      messages,
      calls: count - messages,
      ...(lastAt !== undefined && { lastAt }),
      ...(lastInboundAt !== undefined && { lastInboundAt }),
      ...(lastOutboundAt !== undefined && { lastOutboundAt }),
    },
  };
}

function timeOf(value: Date | string | null | undefined): string | undefined {
  return value === null || value === undefined ? undefined : new Date(value).toISOString();
}

/** What was logged while a contact was being written makes it due again. */
const settleSql = `
  update wcs.rollups t
  set due_at = case when n.next = 'waiting' then clock_timestamp() + n.delay_ms * interval '1 millisecond'
                    when t.version > n.version then clock_timestamp() + interval '1 minute' end,
      written_at = case when n.next = 'written' then clock_timestamp() else t.written_at end,
      written_hash = coalesce(n.hash, t.written_hash),
      attempts = case when n.next = 'written' then 0 when n.burn then t.attempts + 1 else t.attempts end,
      lease_owner = null, lease_until = null, code = n.code, reason = n.reason
  from unnest($3::text[], $4::text[], $5::float8[], $6::text[], $7::text[], $8::float8[], $9::boolean[], $10::text[],
              $11::text[])
    as n (contact_type, contact_id, version, next, hash, delay_ms, burn, code, reason)
  where t.destination = $1 and t.lease_owner = $2
    and t.contact_type = n.contact_type and t.contact_id = n.contact_id`;

/** Writes what became of leased rollups. Of those whose lease is lost nothing is taken: to write them again changes nothing. */
export async function settleRollups(
  sql: Sql,
  destination: string,
  settlements: readonly RollupSettlement[],
  owner: string,
): Promise<void> {
  if (settlements.length === 0) return;
  const refusal = (one: RollupSettlement) => (one.to === 'written' ? undefined : one);
  await sql.query(settleSql, [
    destination,
    owner,
    ...columns(
      settlements,
      ({ contact }: { contact: ContactRef }) => contact.type,
      ({ contact }) => contact.id,
      ({ version }) => version,
      ({ to }) => to,
      (one) => (one.to === 'written' ? one.hash : undefined),
      (one) => refusal(one)?.delayMs ?? 0,
      (one) => refusal(one)?.burn ?? false,
      (one) => refusal(one)?.code,
      (one) => cleanText(refusal(one)?.reason ?? ''),
    ),
  ]);
}

/** Goes from destination to destination in an index. */
const waitingSql = `
  with recursive each_one (destination) as (
    (select destination from wcs.rollups where due_at is not null order by destination limit 1)
    union all
    select (select t.destination from wcs.rollups t where t.due_at is not null and t.destination > e.destination
            order by t.destination limit 1)
    from each_one e where e.destination is not null
  )
  select destination from each_one e
  where destination is not null and exists (
    select from wcs.rollups t where t.destination = e.destination and t.due_at <= statement_timestamp()
      and (t.lease_until is null or t.lease_until <= statement_timestamp()))
  order by destination`;

/** Destinations that have a rollup due now. */
export async function waitingRollups(sql: Sql): Promise<string[]> {
  const rows = await sql.query<Row & { destination: string }>(waitingSql);
  return rows.map(({ destination }) => destination);
}

/** Ends the leases of everybody else: they are dead. @returns how many */
export async function releaseRollups(sql: Sql, exceptOwner: string): Promise<number> {
  const rows = await sql.query(
    `update wcs.rollups set lease_owner = null, lease_until = null where lease_owner <> $1 returning contact_id`,
    [exceptOwner],
  );
  return rows.length;
}
