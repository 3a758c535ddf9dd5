import { cleanText } from '../core/text.ts';
import type { Interaction } from '../core/interaction.ts';
import type { MatchDecision, MatchSubject } from './ledger.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, lockDestination, planByKey, transact } from './transact.ts';

interface SubjectRow extends Row {
  destination: string;
  key: string;
  position: string;
  revision: number;
  document: string;
  addresses: string[];
}

const subjectsSql = (chosen: string) => `
  select a.destination, a.key, a.position, i.revision, i.document, i.addresses
  from (${chosen}) a
  cross join lateral (
    select revision, document, addresses from wcs.interactions where key = a.key limit 1
  ) i`;

const dueSql = (ofDestination: string) =>
  subjectsSql(`
    select destination, key, position from wcs.activities
    where state = 'matching' and not_before <= statement_timestamp() ${ofDestination}
    order by not_before, position limit $1`);

/** Of these people: those that wait since a look-up failed, due or not. */
const delayedSql = subjectsSql(`
  select destination, key, position from wcs.activities
  where state = 'matching' and not_before > '-infinity' and addresses && $1::text[] and destination = any($2::text[])
    and not (key = any($3::text[]))
  order by position limit $4`);

/**
 * Activities that wait for their match, the longest due first; with them whatever of the same people waits since a look-up
 * failed: what was said earlier must not be overtaken because somebody was found in the meantime.
 */
export async function matchSubjects(sql: Sql, limit: number, destination?: string): Promise<MatchSubject[]> {
  const due = await sql.query<SubjectRow>(
    dueSql(destination === undefined ? '' : 'and destination = $2'),
    destination === undefined ? [limit] : [limit, destination],
  );
  if (due.length === 0) return [];
  const delayed = await sql.query<SubjectRow>(delayedSql, [
    [...new Set(due.flatMap(({ addresses }) => addresses))],
    [...new Set(due.map((row) => row.destination))],
    due.map(({ key }) => key),
    limit,
  ]);
  return [...due, ...delayed]
    .toSorted((one, other) => Number(one.position) - Number(other.position))
    .map(({ document, position: _position, ...row }) => ({
      ...row,
      interaction: JSON.parse(document) as Interaction,
    }));
}

/** With how many contacts the directory has now for those that shall be parked. */
const lockSql = `
  select a.key, a.state, a.known, case when a.key = any($3::text[]) then (
    select count(distinct (d.type, d.id))::int from wcs.directory d
    where d.destination = a.destination and d.address = any(a.addresses)) end as known_now
  from wcs.activities a
  where a.destination = $1 and a.key = any($2::text[])
  order by a.key for update`;

interface LockedRow extends Row {
  key: string;
  state: string;
  known: number | null;
  known_now: number | null;
}

const settleSql = `
  update wcs.activities a
  set state = n.next,
      contact_type = coalesce(n.contact_type, a.contact_type), contact_id = coalesce(n.contact_id, a.contact_id),
      contact_owner = case when n.contact_id is null then a.contact_owner else n.contact_owner end,
      contact_name = case when n.contact_id is null then a.contact_name else n.contact_name end,
      match_reason = case when n.next = 'ready' then n.reason end, parked_since = case
        when n.next = 'parked' then coalesce(a.parked_since, clock_timestamp())
        when n.next = 'matching' then a.parked_since end,
      known = coalesce(n.known, a.known), reason = n.reason, code = null,
      not_before = case when n.delay_ms > 0 then clock_timestamp() + n.delay_ms * interval '1 millisecond'
                        else '-infinity' end,
      ready_at = case when n.next = 'ready' then clock_timestamp() else a.ready_at end,
      pending_since = case when n.next in ('ready', 'matching') then a.pending_since end,
      changed_at = case when n.next = 'matching' then a.changed_at else clock_timestamp() end
  from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int[],
              $10::float8[])
    as n (destination, key, next, reason, contact_type, contact_id, contact_owner, contact_name, known, delay_ms)
  where a.key = n.key and a.destination = n.destination`;

/** Writes what the match decided; activities that left `matching` in the meantime stay as they are. */
export async function settleMatches(sql: Sql, decisions: readonly MatchDecision[]): Promise<void> {
  const destinations = [...new Set(decisions.map((decision) => decision.destination))].sort();
  if (destinations.length === 0) return;
  await transact(sql, async (tx) => {
    await planByKey(tx);
    for (const destination of destinations) {
      const own = decisions.filter((decision) => decision.destination === destination);
      await settleDestination(tx, destination, [...new Map(own.map((one) => [one.key, one])).values()]);
    }
  });
}

async function settleDestination(
  tx: SqlExecutor,
  destination: string,
  decisions: readonly MatchDecision[],
): Promise<void> {
  // Whoever changes the directory waits for us or has committed: an unpark after it sees what is parked here.
  await lockDestination(tx, 'directory', destination, 'shared');
  const locked = await tx.query<LockedRow>(lockSql, [
    destination,
    decisions.map(({ key }) => key),
    decisions.filter(({ to }) => to === 'parked').map(({ key }) => key),
  ]);
  const rows = new Map(locked.map((row) => [row.key, row]));
  const settled = decisions.flatMap((decision) => {
    const row = rows.get(decision.key);
    return row?.state === 'matching' ? [settledMatch(decision, row)] : [];
  });
  if (settled.length > 0) await writeMatches(tx, destination, settled);
}

interface SettledMatch {
  readonly key: string;
  readonly next: 'ready' | 'parked' | 'ignored' | 'excluded' | 'matching';
  readonly reason?: string;
  readonly contact?: Extract<MatchDecision, { to: 'ready' }>['contact'];
  readonly known?: number | undefined;
  readonly delayMs?: number;
}

/**
 * "No contact" is looked at again as it is written: a contact that came into the directory after the match had looked
 * sends the activity straight back, once for each number of contacts found (`known` remembers it), so that it cannot
 * go in circles.
 */
function settledMatch(decision: MatchDecision, row: LockedRow): SettledMatch {
  const { key } = decision;
  const reason = cleanText(decision.reason);
  if (decision.to === 'later') return { key, next: 'matching', reason, delayMs: decision.delayMs };
  if (decision.to === 'ready') return { key, next: 'ready', reason, contact: decision.contact };
  if (decision.to !== 'parked') return { key, next: decision.to, reason };
  const known = row.known_now ?? 0;
  return decision.reason === 'no-contact' && known > 0 && known !== row.known
    ? { key, next: 'matching', known }
    : { key, next: 'parked', reason, known };
}

async function writeMatches(
  tx: SqlExecutor,
  destination: string,
  settled: readonly SettledMatch[],
): Promise<void> {
  const clean = (text: string | undefined) => (text === undefined ? undefined : cleanText(text));
  await tx.query(
    settleSql,
    columns(
      settled,
      () => destination,
      ({ key }) => key,
      ({ next }) => next,
      ({ reason }) => reason,
      ({ contact }) => clean(contact?.type),
      ({ contact }) => clean(contact?.id),
      ({ contact }) => clean(contact?.ownerId),
      ({ contact }) => clean(contact?.name),
      ({ known }) => known,
      ({ delayMs }) => delayMs,
    ),
  );
}

const unparkSql = `
  with back as (
    select a.key from wcs.activities a
    cross join lateral unnest(a.addresses) as mine (address)
    join wcs.directory d on d.destination = a.destination and d.address = mine.address
    where a.destination = $1 and a.state = 'parked'
    group by a.key, a.known, a.changed_at
    having count(distinct (d.type, d.id)) is distinct from a.known or max(d.changed_at) > a.changed_at
  ), locked as (
    select a.key from wcs.activities a where a.destination = $1 and a.key in (select key from back)
      and a.state = 'parked'
    order by a.key for update
  )
  update wcs.activities a
  set state = 'matching', attempts = 0, not_before = '-infinity', code = null, reason = null,
      pending_since = clock_timestamp(), changed_at = clock_timestamp()
  from locked l
  where a.destination = $1 and a.key = l.key
  returning a.key`;

/**
 * Parked activities of which the directory knows something new go back to `matching`: the number of contacts under the
 * person's addresses is another than when it was parked, or one of them has changed since. How many went.
 */
export function unpark(sql: Sql, destination: string): Promise<number> {
  return transact(sql, async (tx) => {
    await lockDestination(tx, 'directory', destination, 'shared');
    const [state] = await tx.query<{ version: string; news: boolean }>(
      'select version, version > unparked_version as news from wcs.directory_state where destination = $1',
      [destination],
    );
    if (!state?.news) return 0;
    const moved = await tx.query(unparkSql, [destination]);
    await tx.query(
      `update wcs.directory_state set unparked_version = greatest(unparked_version, $2::bigint)
       where destination = $1`,
      [destination, state.version],
    );
    return moved.length;
  });
}
