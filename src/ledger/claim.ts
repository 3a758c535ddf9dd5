import type { Claim, ClaimedActivity, ClaimOptions } from './ledger.ts';
import { quotedOf } from './quoted.ts';
import { toClaimed } from './rows.ts';
import type { ClaimedRow } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { lockDestination, planByKey, transact } from './transact.ts';

interface Candidate extends Row {
  key: string;
  lane: string;
  position: string;
  /** milliseconds since it was due */
  waited: number;
}

/**
 * A contact is blocked from a position on: from the start while one of its activities is under way or unknown, from the
 * first delayed one otherwise, so that a retry is not overtaken by what was said later.
 */
const blockedSql = `
  select lane, min(position) as position from (
    select lane, 0::bigint as position from wcs.activities
    where destination = $1 and state in ('sending', 'unknown')
    union all
    select lane, position from wcs.activities
    where destination = $1 and state = 'ready' and not_before > '-infinity' and not_before > statement_timestamp()
  ) each_one group by lane`;

const freeSql = `
  c.not_before <= statement_timestamp() and not exists (
    select from blocked b where b.lane = c.lane and b.position <= c.position)`;

/** Activities of one contact, of those that are new, in one batch. */
const mostOfNewest = 10;

const candidateColumns = `c.key, c.lane, c.position,
  (extract(epoch from clock_timestamp() - greatest(c.ready_at, c.not_before)) * 1000)::float8 as waited`;

/** Of one kind alone ($3, $4), or of all kinds (null). A contact's records of two kinds may change places. */
const kindSql = (row: string) =>
  `($3::text is null or (${row}.kind = $3 and (${row}.record_id is not null) = $4::boolean))`;

/** The first ones in line: reads a window from the front of the index, never all that waits. */
const frontSql = (ofKind: string) => `
  with blocked as materialized (${blockedSql}), front as materialized (
    select key, lane, position, not_before, ready_at from wcs.activities a
    where a.destination = $1 and a.state = 'ready' ${ofKind} order by a.position limit $5
  ), free as (
    select ${candidateColumns} from front c where ${freeSql} order by c.position limit $2
  )
  select free.*, counts.seen from (select count(*)::int as seen from front) counts left join free on true
  order by free.position`;

// Two statements, so that each has a plan of its own: an index for each is there.
const frontOfAll = frontSql('and ($3::text is null) and ($4::boolean is null)');
const frontOfKind = frontSql('and a.kind = $3 and (a.record_id is not null) = $4::boolean');

/**
 * When blocked contacts fill the whole window: goes from contact to contact instead. Among as many contacts as are
 * blocked and a batch more there is a free one for each place of the batch, if there are that many at all.
 */
const lanesSql = `
  with recursive blocked as materialized (${blockedSql}), bound as (
    select count(*) + $2::bigint as lanes from blocked
  ), lanes (lane, nth) as (
    (select lane, 1::bigint from wcs.activities
     where destination = $1 and state = 'ready' order by lane limit 1)
    union all
    select (select a.lane from wcs.activities a
            where a.destination = $1 and a.state = 'ready' and a.lane > l.lane order by a.lane limit 1), nth + 1
    from lanes l where l.lane is not null and nth < (select lanes from bound)
  ), firsts as materialized (
    select c.* from lanes l cross join lateral (
      select key, lane, position, not_before, ready_at from wcs.activities a
      where a.destination = $1 and a.state = 'ready' and a.lane = l.lane and ${kindSql('a')}
      order by a.position limit $2
    ) c
    where not exists (select from blocked b where b.lane = l.lane and b.position = 0)
  )
  select ${candidateColumns} from firsts c where ${freeSql} order by c.position limit $2`;

/**
 * Contacts to whom something new has come, those first who waited for nothing before it; of each the oldest that waits. So
 * what is said today does not wait behind all that was said in a long outage.
 */
const newestSql = `
  with blocked as materialized (${blockedSql}), newest as materialized (
    select distinct lane from (
      select lane from wcs.activities a
      where a.destination = $1 and a.state = 'ready' and ${kindSql('a')} order by a.position desc limit $2 * 4) each_one
  ), firsts as materialized (
    select c.* from newest l cross join lateral (
      select key, lane, position, not_before, ready_at from wcs.activities a
      where a.destination = $1 and a.state = 'ready' and a.lane = l.lane and ${kindSql('a')}
      order by a.position limit ${mostOfNewest}
    ) c
    where not exists (select from blocked b where b.lane = l.lane and b.position = 0)
  )
  select ${candidateColumns} from firsts c where ${freeSql}
  order by min(c.position) over (partition by c.lane) desc, c.position limit $2`;

/** Rows that somebody changes right now are passed over, and with them what comes after in their lane. */
const lockSql = `
  select key, lane, state = 'ready' and not_before <= statement_timestamp() as due
  from wcs.activities where destination = $1 and key = any($2::text[])
  order by position for update skip locked`;

const leaseSql = `
  update wcs.activities
  set state = 'sending', sent_revision = revision, lease_owner = $3, changed_at = clock_timestamp(),
      lease_until = clock_timestamp() + $4::float8 * interval '1 millisecond'
  where destination = $1 and key = any($2::text[])`;

/** Read after the rows are locked: document and revision belong together. */
const readSql = `
  select a.key, i.revision, a.attempts, a.record_id, a.sent_revision, a.delivered_hash, a.digest_key, a.code, a.contact_type, a.contact_id,
         a.contact_owner, a.contact_name, i.received_at, i.document
  from wcs.activities a join wcs.interactions i on i.key = a.key
  where a.destination = $1 and a.key = any($2::text[]) order by a.position`;

const minimumWindow = 500;

/** Leases the next batch of one destination; see the port. Claims of one destination go one after the other. */
export function claim(sql: Sql, options: ClaimOptions): Promise<Claim> {
  const { destination, full, windowMs, leaseMs, owner } = options;
  return transact(sql, async (tx) => {
    await lockDestination(tx, 'claim', destination);
    const candidates = await findCandidates(tx, options);
    const waited = Math.max(0, ...candidates.map((candidate) => candidate.waited));
    if (candidates.length === 0) return { items: [] };
    if (candidates.length < full && waited < windowMs) {
      return { items: [], waitMs: Math.max(1, Math.ceil(windowMs - waited)) };
    }
    await planByKey(tx);
    const keys = await lockInOrder(tx, destination, candidates);
    if (keys.length === 0) return { items: [] };
    await tx.query(leaseSql, [destination, keys, owner, leaseMs]);
    return { items: await readClaimed(tx, destination, keys) };
  });
}

async function findCandidates(
  tx: SqlExecutor,
  { destination, full, only }: ClaimOptions,
): Promise<Candidate[]> {
  const window = Math.max(minimumWindow, full * 4);
  const parameters = [destination, full, only?.kind ?? null, only?.existing ?? null];
  const sqlOfFront = only === undefined ? frontOfAll : frontOfKind;
  const rows = await tx.query<Candidate & { seen: number }>(sqlOfFront, [...parameters, window]);
  const front = rows.filter((row) => row.key !== null);
  const isAll = (rows[0]?.seen ?? 0) < window;
  const isBlocked = front.length < full && !isAll;
  const oldest = isBlocked ? await tx.query<Candidate>(lanesSql, parameters) : front;
  const share = Math.floor(full / 4);
  if (share === 0 || oldest.length < full || (rows[0]?.seen ?? 0) <= full) return oldest;
  const newest = await tx.query<Candidate>(newestSql, [destination, share, ...parameters.slice(2)]);
  return withNewest(oldest, newest, full);
}

/** Of each contact the first ones, whichever list they come from. */
function withNewest(all: readonly Candidate[], newest: readonly Candidate[], full: number): Candidate[] {
  const isNew = new Set(newest.map(({ key }) => key));
  const oldest = all.filter(({ key }) => !isNew.has(key)).slice(0, full - newest.length);
  return [...oldest, ...newest].toSorted((one, other) => Number(one.position) - Number(other.position));
}

async function lockInOrder(
  tx: SqlExecutor,
  destination: string,
  candidates: readonly Candidate[],
): Promise<string[]> {
  const rows = await tx.query<{ key: string; lane: string | null; due: boolean }>(lockSql, [
    destination,
    candidates.map((candidate) => candidate.key),
  ]);
  const locked = new Map(rows.filter((row) => row.due).map((row) => [row.key, row.lane]));
  const held = new Set<string>();
  return candidates.flatMap(({ key, lane }) => {
    if (locked.get(key) !== lane) held.add(lane);
    return held.has(lane) ? [] : [key];
  });
}

async function readClaimed(
  tx: SqlExecutor,
  destination: string,
  keys: readonly string[],
): Promise<ClaimedActivity[]> {
  const rows = await tx.query<ClaimedRow>(readSql, [destination, keys]);
  return withQuoted(tx, rows.map(toClaimed));
}

/** What a reply answers is shown with it. */
async function withQuoted(tx: SqlExecutor, claimed: readonly ClaimedActivity[]): Promise<ClaimedActivity[]> {
  const quotedBy = await quotedOf(
    tx,
    claimed.map(({ interaction }) => interaction),
  );
  return claimed.map((one) => {
    const quoted = quotedBy(one.interaction);
    return quoted === undefined ? one : { ...one, quoted };
  });
}

const claimUnknownSql = `
  with lost as (
    select key from wcs.activities
    where destination = $1 and state in ('sending', 'unknown') and not_before <= statement_timestamp()
      and (lease_until is null or lease_until <= statement_timestamp())
    order by position limit $2 for update skip locked
  )
  update wcs.activities a
  set state = 'unknown', delivered_hash = null, lease_owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 millisecond',
      changed_at = clock_timestamp()
  from lost where a.destination = $1 and a.key = lost.key
  returning a.key`;

/** Leases what nobody knows the outcome of: `unknown` ones, and `sending` ones whose lease ran out. */
export function claimUnknown(
  sql: Sql,
  destination: string,
  limit: number,
  owner: string,
  leaseMs: number,
): Promise<ClaimedActivity[]> {
  return transact(sql, async (tx) => {
    await lockDestination(tx, 'claim', destination);
    const rows = await tx.query<{ key: string }>(claimUnknownSql, [destination, limit, owner, leaseMs]);
    const keys = rows.map((row) => row.key);
    if (keys.length > 0) await planByKey(tx);
    return keys.length > 0 ? readClaimed(tx, destination, keys) : [];
  });
}

/** Ends the leases of everybody else: they are dead. */
export async function releaseLeases(sql: Sql, exceptOwner: string): Promise<number> {
  const rows = await sql.query(
    `update wcs.activities set lease_until = clock_timestamp()
     where state in ('sending', 'unknown') and lease_owner <> $1 and lease_until > clock_timestamp()
     returning key`,
    [exceptOwner],
  );
  return rows.length;
}

/**
 * Ends the leases of a process that stops. What it has sent without hearing the answer yet keeps its lease when
 * `isCalling`: the call may still arrive, and must not be asked for before.
 *
 * @returns how many leases were ended
 */
export async function giveBackLeases(sql: Sql, owner: string, isCalling: boolean): Promise<number> {
  const states = isCalling ? ['unknown'] : ['unknown', 'sending'];
  const activities = await sql.query(
    `update wcs.activities set lease_until = clock_timestamp()
     where state = any($2::text[]) and state in ('sending', 'unknown') and lease_owner = $1
       and lease_until > clock_timestamp() returning key`,
    [owner, states],
  );
  let count = activities.length;
  const others = ["media where state = 'waiting'", 'rollups where due_at is not null'];
  if (!isCalling) others.push("attachments where state = 'waiting'");
  for (const [table, condition] of others.map((text) => text.split(' where ') as [string, string])) {
    const rows = await sql.query(
      `update wcs.${table} set lease_owner = null, lease_until = null
       where ${condition} and lease_owner = $1 and lease_until > clock_timestamp() returning 1 as one`,
      [owner],
    );
    count += rows.length;
  }
  return count;
}

export const pendingSql = `state in ('matching', 'ready', 'sending', 'unknown')`;

/** `each_one`: destinations for which something is to be done, found by jumping through an index. Ends with one that is null. */
export const eachPendingSql = `
  with recursive each_one (destination) as (
    (select destination from wcs.activities where ${pendingSql} order by destination limit 1)
    union all
    select (select a.destination from wcs.activities a where a.destination > e.destination and a.${pendingSql}
            order by a.destination limit 1)
    from each_one e where e.destination is not null
  )`;

/** Then one look into another index for each. */
const waitingSql = `
  ${eachPendingSql}
  select destination from each_one e
  where destination is not null and (
    exists (select from wcs.activities a where a.destination = e.destination and a.state = 'ready'
            and a.not_before <= statement_timestamp())
    or exists (select from wcs.activities a where a.destination = e.destination
               and a.state in ('sending', 'unknown') and a.not_before <= statement_timestamp()
               and (a.lease_until is null or a.lease_until <= statement_timestamp())))
  order by destination`;

/** Destinations with something due to be sent or read back, lowest id first. */
export async function waitingDestinations(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ destination: string }>(waitingSql);
  return rows.map((row) => row.destination);
}
