import { cleanText } from '../core/text.ts';
import type { Interaction } from '../core/interaction.ts';
import type { MatchDecision, MatchSubject } from './ledger.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, lockDestination, transact } from './transact.ts';

interface SubjectRow extends Row {
  destination: string;
  key: string;
  revision: number;
  document: string;
  addresses: string[];
}

/** Activities that wait for their match, the longest due first. */
export async function matchSubjects(sql: Sql, limit: number): Promise<MatchSubject[]> {
  const rows = await sql.query<SubjectRow>(
    `select a.destination, a.key, i.revision, i.document, i.addresses
     from (
       select destination, key, not_before, position from wcs.activities
       where state = 'matching' and not_before <= statement_timestamp() order by not_before, position limit $1
     ) a
     join wcs.interactions i on i.key = a.key
     order by a.not_before, a.position`,
    [limit],
  );
  return rows.map(({ document, ...row }) => ({ ...row, interaction: JSON.parse(document) as Interaction }));
}

/** How many contacts the directory has under an activity's addresses. */
const knownSql = `(select count(distinct (d.type, d.id))::int from wcs.directory d
  where d.destination = a.destination and d.address = any(a.addresses))`;

const lockSql = `
  select a.key from wcs.activities a
  where a.destination = $1 and a.key = any($2::text[]) and a.state = 'matching'
  order by a.key for update`;

/**
 * "No contact" is looked at again as it is written: a contact that came into the directory after the match had looked
 * sends the activity straight back, once for each number of contacts found (`known` remembers it), so that it cannot
 * go in circles.
 */
const settleSql = `
  update wcs.activities a
  set state = d.next,
      contact_type = coalesce(d.contact_type, a.contact_type), contact_id = coalesce(d.contact_id, a.contact_id),
      contact_owner = case when d.contact_id is null then a.contact_owner else d.contact_owner end,
      contact_name = case when d.contact_id is null then a.contact_name else d.contact_name end,
      known = case when d.asked = 'parked' then d.known_now else a.known end,
      reason = case when d.next = 'matching' and d.asked = 'parked' then null else d.reason end,
      code = null,
      not_before = case when d.asked = 'later' then clock_timestamp() + d.delay_ms * interval '1 millisecond'
                        else '-infinity' end,
      ready_at = case when d.next = 'ready' then clock_timestamp() else a.ready_at end,
      pending_since = case when d.next in ('ready', 'matching') then a.pending_since end,
      changed_at = case when d.next = 'matching' then a.changed_at else clock_timestamp() end
  from (
    select c.*, case
        when c.asked = 'later' then 'matching'
        when c.asked = 'parked' and c.reason = 'no-contact' and c.known_now > 0
          and c.known_now is distinct from c.known then 'matching'
        else c.asked
      end as next
    from (
      select n.*, a.known, case when n.asked = 'parked' then ${knownSql} end as known_now
      from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::float8[])
        as n (key, asked, reason, contact_type, contact_id, contact_owner, contact_name, delay_ms)
      join wcs.activities a on a.destination = $1 and a.key = n.key
    ) c
  ) d
  where a.destination = $1 and a.key = d.key and a.state = 'matching'`;

/** Writes what the match decided; activities that left `matching` in the meantime stay as they are. */
export async function settleMatches(sql: Sql, decisions: readonly MatchDecision[]): Promise<void> {
  const destinations = [...new Set(decisions.map((decision) => decision.destination))].sort();
  if (destinations.length === 0) return;
  await transact(sql, async (tx) => {
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
  await tx.query(lockSql, [destination, decisions.map((decision) => decision.key)]);
  const contact = (decision: MatchDecision) => (decision.to === 'ready' ? decision.contact : undefined);
  const clean = (text: string | undefined) => (text === undefined ? undefined : cleanText(text));
  await tx.query(settleSql, [
    destination,
    ...columns(
      decisions,
      (decision) => decision.key,
      (decision) => decision.to,
      (decision) => cleanText(decision.reason),
      (decision) => clean(contact(decision)?.type),
      (decision) => clean(contact(decision)?.id),
      (decision) => clean(contact(decision)?.ownerId),
      (decision) => clean(contact(decision)?.name),
      (decision) => (decision.to === 'later' ? decision.delayMs : undefined),
    ),
  ]);
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
