import type { CheckClaim, CheckSchedule, CheckScope, CheckTask, Shown } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { planByKey, transact } from './transact.ts';

export interface CheckRow extends Row {
  key: string;
  part: CheckTask['part'];
  activity_key: string | null;
  kind: CheckTask['kind'];
  record_id: string;
  contact_type: string;
  contact_id: string;
  shown: string | null;
  doubles: number;
}

export const checkColumns =
  'key, part, activity_key, kind, record_id, contact_type, contact_id, shown, doubles';

export const toCheckTask = (row: CheckRow): CheckTask => ({
  key: row.key,
  part: row.part,
  ...given('activityKey', row.activity_key),
  kind: row.kind,
  recordId: row.record_id,
  contact: { type: row.contact_type, id: row.contact_id },
  ...(row.shown !== null && { shown: JSON.parse(row.shown) as Shown }),
  doubles: row.doubles,
});

/** More stages than settings can have: what is left of longer settings is found too. */
const stages = Array.from({ length: 11 }, (_, stage) => stage);

/** Parameters $2 and $3 of what is due: each stage with the age from which it is. */
function ages({ afterMs, everyMs }: CheckSchedule): [readonly number[], readonly number[]] {
  return [stages, stages.map((stage) => afterMs[stage] ?? everyMs)];
}

const isFree = `(r.lease_until is null or r.lease_until <= statement_timestamp())`;

/** Looks at the front of the index of each stage, however many records there are. */
const dueSql = `
  select due.key from unnest($2::int[], $3::float8[]) as s (stage, age_ms) cross join lateral (
    select r.key from wcs.record_checks r
    where r.destination = $1 and r.stage = s.stage and ${isFree}
      and r.since <= statement_timestamp() - s.age_ms * interval '1 millisecond'
    order by r.since limit $4
  ) due limit $4`;

const daysSql = `
  r.destination = $1 and r.key > $2 and ($3::date is null or r.occurred_at >= $3::date at time zone 'UTC')
  and ($4::date is null or r.occurred_at < ($4::date + 1) at time zone 'UTC')`;

/** Whether a destination has a record to look at now. */
export async function hasDueChecks(sql: Sql, destination: string, schedule: CheckSchedule): Promise<boolean> {
  const [row] = await sql.query<{ due: boolean }>(
    `select exists (${dueSql}) and not exists (
       select from wcs.check_pace where destination = $1 and not_before > statement_timestamp()) as due`,
    [destination, ...ages(schedule), 1],
  );
  return row?.due === true;
}

/** How many records a scope has. */
export async function countChecks(sql: Sql, destination: string, scope: CheckScope): Promise<number> {
  const [row] =
    'due' in scope
      ? await sql.query<{ count: number }>(
          `select count(*)::int as count from unnest($2::int[], $3::float8[]) as s (stage, age_ms)
           join wcs.record_checks r on r.destination = $1 and r.stage = s.stage and ${isFree}
             and r.since <= statement_timestamp() - s.age_ms * interval '1 millisecond'`,
          [destination, ...ages(scope.due)],
        )
      : await sql.query<{ count: number }>(
          `select count(*)::int as count from wcs.record_checks r where ${daysSql}`,
          [destination, scope.after ?? '', scope.from ?? null, scope.to ?? null],
        );
  return row?.count ?? 0;
}

/** Leases records that are to be looked at; see the port. */
export function claimChecks(
  sql: Sql,
  destination: string,
  scope: CheckScope,
  limit: number,
  owner: string,
  leaseMs: number,
): Promise<CheckClaim> {
  return transact(sql, async (tx) => {
    const keys = await candidates(tx, destination, scope, limit);
    const last = keys.at(-1);
    const cursor = 'due' in scope || keys.length < limit || last === undefined ? {} : { cursor: last };
    if (keys.length === 0) return { tasks: [], passedOver: 0 };
    await planByKey(tx);
    const locked = await tx.query<CheckRow>(
      `select ${checkColumns} from wcs.record_checks r
       where destination = $1 and key = any($2::text[]) and ${isFree} order by key for update skip locked`,
      [destination, keys],
    );
    const states = await statesOf(tx, destination, locked);
    const at = (state: RecordState) => locked.filter(({ key }) => states.get(key) === state);
    await forget(tx, destination, at('nobody'));
    await postpone(tx, destination, at('busy'));
    const settled = at('settled');
    await tx.query(
      `update wcs.record_checks
       set lease_owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 millisecond'
       where destination = $1 and key = any($2::text[])`,
      [destination, settled.map(({ key }) => key), owner, leaseMs],
    );
    return {
      tasks: settled.map(toCheckTask),
      ...cursor,
      passedOver: at('busy').length + at('nobody').length,
    };
  });
}

async function candidates(
  tx: SqlExecutor,
  destination: string,
  scope: CheckScope,
  limit: number,
): Promise<string[]> {
  const rows =
    'due' in scope
      ? await tx.query<{ key: string }>(dueSql, [destination, ...ages(scope.due), limit])
      : await tx.query<{ key: string }>(
          `select r.key from wcs.record_checks r where ${daysSql} order by r.key limit $5`,
          [destination, scope.after ?? '', scope.from ?? null, scope.to ?? null, limit],
        );
  return rows.map(({ key }) => key);
}

/** `busy`: on its way again, or waiting for a person. `nobody`: what it showed is elsewhere by now. */
type RecordState = 'settled' | 'busy' | 'nobody';

interface StateRow extends Row {
  key: string;
  state: string;
  digest_key: string | null;
  record_id: string | null;
}

const underWay = ['matching', 'ready', 'sending', 'unknown'];

/** How the activities stand that these records show. `lock`: until the end of the transaction, in the order of a settle. */
export async function statesOf(
  tx: SqlExecutor,
  destination: string,
  records: readonly Pick<CheckRow, 'key' | 'part' | 'activity_key' | 'record_id'>[],
  lock = false,
): Promise<Map<string, RecordState>> {
  const rows = await tx.query<StateRow>(
    `select key, state, digest_key, record_id from wcs.activities
     where destination = $1 and (key = any($2::text[]) or digest_key = any($3::text[]))
     order by key ${lock ? 'for update' : ''}`,
    [
      destination,
      records.flatMap(({ activity_key: key }) => key ?? []),
      records.flatMap(({ key, part }) => (part === 'digest' ? key : [])),
    ],
  );
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const byDigest = new Map<string, StateRow[]>();
  for (const row of rows) {
    if (row.digest_key !== null) byDigest.set(row.digest_key, [...(byDigest.get(row.digest_key) ?? []), row]);
  }
  return new Map(
    records.map((record) => [
      record.key,
      record.part === 'digest'
        ? stateOfDigest(byDigest.get(record.key) ?? [])
        : stateOfOne(record, byKey.get(record.activity_key ?? '')),
    ]),
  );
}

function stateOfOne({ part, record_id: recordId }: Pick<CheckRow, 'part' | 'record_id'>, row?: StateRow) {
  if (row === undefined) return 'nobody';
  if (row.state !== 'delivered') return 'busy';
  return part === 'own' && row.record_id !== recordId ? 'nobody' : 'settled';
}

function stateOfDigest(members: readonly StateRow[]): RecordState {
  if (members.length === 0) return 'nobody';
  if (members.some(({ state }) => underWay.includes(state))) return 'busy';
  return members.some(({ state }) => state === 'delivered') ? 'settled' : 'busy';
}

async function forget(tx: SqlExecutor, destination: string, rows: readonly CheckRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query('delete from wcs.record_checks where destination = $1 and key = any($2::text[])', [
    destination,
    rows.map(({ key }) => key),
  ]);
}

/** Its delivery begins the schedule anew; what waits for a person must not stand in front of the others. */
async function postpone(tx: SqlExecutor, destination: string, rows: readonly CheckRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update wcs.record_checks set since = clock_timestamp() where destination = $1 and key = any($2::text[])`,
    [destination, rows.map(({ key }) => key)],
  );
}

/** Gives leased ones back as they were. */
export async function releaseChecks(
  sql: Pick<SqlExecutor, 'query'>,
  destination: string,
  keys: readonly string[],
  owner: string,
): Promise<void> {
  await sql.query(
    `update wcs.record_checks set lease_owner = null, lease_until = null
     where destination = $1 and key = any($2::text[]) and lease_owner = $3`,
    [destination, keys, owner],
  );
}

/** Ends the leases of everybody else: they are dead. @returns how many */
export async function releaseAllChecks(sql: Sql, exceptOwner: string): Promise<number> {
  const rows = await sql.query(
    `update wcs.record_checks set lease_owner = null, lease_until = null where lease_owner <> $1 returning key`,
    [exceptOwner],
  );
  return rows.length;
}

/** What is known of one record. */
export async function recordCheck(
  sql: Sql,
  destination: string,
  key: string,
): Promise<CheckTask | undefined> {
  const [row] = await sql.query<CheckRow>(
    `select ${checkColumns} from wcs.record_checks where destination = $1 and key = $2`,
    [destination, key],
  );
  return row && toCheckTask(row);
}
