import type { Remade } from './fold-remake.ts';
import type { SqlExecutor, SqlValue } from './sql.ts';
import { columns } from './transact.ts';

/** New activities of these interactions, one per destination, each in the state that the route gave it. */
export async function insertActivities(tx: SqlExecutor, remade: readonly Remade[]): Promise<void> {
  const rows = activityRows(remade);
  if (rows.length === 0) return;
  await tx.query(
    `insert into wcs.activities (destination, key, position, kind, state, held, reason, revision, addresses, pending_since,
                                 not_before)
     select n.destination, n.key, i.position, n.kind, n.state, n.state = 'ignored', n.reason, i.revision, i.addresses,
            case when n.state = 'matching' then clock_timestamp() end,
            case when n.hold_ms > 0 then clock_timestamp() + n.hold_ms * interval '1 millisecond' else '-infinity' end
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[])
       as n (destination, key, state, reason, kind, hold_ms)
     join wcs.interactions i on i.key = n.key
     where not exists (select from wcs.activities a where a.destination = n.destination and a.key = n.key)
     order by n.destination, n.key
     on conflict (destination, key) do nothing`,
    columns(
      rows,
      (row) => row.destination,
      (row) => row.key,
      (row) => row.initial,
      (row) => row.reason,
      (row) => row.kind,
      (row) => row.holdMs,
    ),
  );
}

const givenSql = `unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::boolean[],
    $6::text[], $7::float8[], $8::boolean[])
  as n (destination, key, initial, rose, addresses_changed, kind, hold_ms, person_changed)`;

const lockSql = `
  select a.destination, a.key from wcs.activities a
  join ${givenSql} on n.destination = a.destination and n.key = a.key
  where n.rose or n.addresses_changed or (a.held and n.initial = 'matching')
  order by a.destination, a.key for update of a`;

/**
 * What a change of the interaction does to an activity that exists already. While it waits or is under way it only
 * learns the new revision (the settle compares it with the one that was sent). One that has its contact keeps it while
 * only more is known of the same person.
 */
const reenterSql = `
  update wcs.activities a
  set state = d.next, revision = d.new_revision, kind = d.new_kind, addresses = d.new_addresses,
      held = a.held and d.next = 'ignored',
      attempts = case when d.same then a.attempts else 0 end,
      -- a hold ends when the rest is there
      not_before = case when d.same and not d.complete then a.not_before else '-infinity' end,
      ready_at = case when not d.same and d.next = 'ready' then clock_timestamp() else a.ready_at end,
      pending_since = case when d.same then a.pending_since else clock_timestamp() end,
      code = case when d.same then a.code end,
      reason = case when d.same then a.reason end,
      changed_at = case when d.same then a.changed_at else clock_timestamp() end
  from (
    select c.*, c.next = c.state as same, c.state = 'matching' and c.rose and c.hold_ms = 0 as complete
    from (
      select a.destination, a.key, a.state, i.revision as new_revision, i.addresses as new_addresses,
        n.kind as new_kind, n.rose, n.hold_ms,
        case
          when a.state = 'delivered' and n.rose then case when n.person_changed then 'matching' else 'ready' end
          when a.state = 'failed' and n.rose then
            case when n.person_changed or a.lane is null then 'matching' else 'ready' end
          when a.state = 'parked' and n.addresses_changed then 'matching'
          when a.state = 'ignored' and a.held and n.initial = 'matching' then 'matching'
          else a.state
        end as next
      from wcs.activities a
      join ${givenSql} on n.destination = a.destination and n.key = a.key
      join wcs.interactions i on i.key = a.key
    ) c
  ) d
  where a.destination = d.destination and a.key = d.key`;

/** Brings existing activities of changed interactions back to `ready` or `matching` where they were settled. */
export async function reenter(tx: SqlExecutor, remade: readonly Remade[]): Promise<void> {
  const drafts = activityRows(remade.filter(({ before }) => before.revision > 0));
  if (drafts.length === 0) return;
  const locked = await tx.query<{ destination: string; key: string }>(lockSql, reenterColumns(drafts));
  if (locked.length === 0) return;
  const touched = new Set(locked.map((row) => JSON.stringify([row.destination, row.key])));
  const rows = drafts.filter((draft) => touched.has(JSON.stringify([draft.destination, draft.key])));
  await tx.query(reenterSql, reenterColumns(rows));
}

function reenterColumns(rows: readonly ActivityDraft[]): SqlValue[] {
  return columns(
    rows,
    (row) => row.destination,
    (row) => row.key,
    (row) => row.initial,
    (row) => row.rose,
    (row) => row.addressesChanged,
    (row) => row.kind,
    (row) => row.holdMs,
    (row) => row.personChanged,
  );
}

interface ActivityDraft {
  readonly destination: string;
  readonly key: string;
  readonly initial: 'matching' | 'ignored';
  readonly reason: string | undefined;
  readonly rose: boolean;
  readonly addressesChanged: boolean;
  readonly personChanged: boolean;
  readonly kind: 'message' | 'call';
  readonly holdMs: number;
}

function activityRows(remade: readonly Remade[]): ActivityDraft[] {
  return remade.flatMap(({ before, folded, rose, addressesChanged, personChanged }) =>
    folded.destinations.map(({ id, initial, reason }) => ({
      destination: id,
      key: before.key,
      initial,
      reason,
      rose,
      addressesChanged,
      personChanged,
      kind: folded.interaction.kind,
      holdMs: folded.holdMs ?? 0,
    })),
  );
}
