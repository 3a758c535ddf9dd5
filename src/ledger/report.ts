import { columnOfState, reportColumns } from '../core/activity.ts';
import type { ActivityState } from '../core/activity.ts';
import type { Backlog, ReportRow } from './ledger.ts';
import type { Row, Sql } from './sql.ts';

type Counts = Omit<ReportRow, 'source' | 'businessNumber' | 'day'>;

interface CountRow extends Row, Record<keyof Counts, string> {
  source: string;
  business_number: string;
  day: string;
}

/** Position of each state's column: the lowest of an interaction's activities names it. */
const rankOfState = Object.entries(columnOfState)
  .map(([state, column]) => `when '${state}' then ${reportColumns.indexOf(column)}`)
  .join(' ');

const rank = (column: (typeof reportColumns)[number]) => reportColumns.indexOf(column);

/**
 * Every interaction is one line with one column: by its worst activity; ignored without any; pending while only its
 * events are there; and each exclusion is one. Counting the lines per column can then not miss any.
 */
export const reportSql = `
  with lines as (
    select i.source, i.business_number, (i.occurred_at at time zone 'UTC')::date as day, i.without_content,
           coalesce(worst.rank, ${rank('ignored')}) as rank
    from wcs.interactions i
    -- One index entry for each, so that a day costs what the day holds, however large the ledger is.
    cross join lateral (
      select min(case a.state ${rankOfState} end) as rank from wcs.activities a where a.key = i.key) worst
    where ($1::date is null or i.occurred_at >= $1::date::timestamp at time zone 'UTC')
      and ($2::date is null or i.occurred_at < ($2::date + 1)::timestamp at time zone 'UTC')
    union all
    select * from (
      select distinct on (e.interaction_key) e.source, coalesce(e.business_number, ''),
             (e.occurred_at at time zone 'UTC')::date as day, false, ${rank('pending')}
      from wcs.inbox n join wcs.events e on e.id = n.event_id
      where n.interaction_key is not null
        and not exists (select from wcs.interactions i where i.key = n.interaction_key)
      order by e.interaction_key, e.occurred_at
    ) unfolded where ($1::date is null or day >= $1::date) and ($2::date is null or day <= $2::date)
    union all
    select source, business_number, day, false, ${rank('excluded')} from wcs.exclusions
    where ($1::date is null or day >= $1::date) and ($2::date is null or day <= $2::date)
  )
  select source, business_number, to_char(day, 'YYYY-MM-DD') as day, count(*) as received,
         ${reportColumns.map((column) => `count(*) filter (where rank = ${rank(column)}) as ${column}`).join(', ')},
         count(*) filter (where without_content) as "withoutContent"
  from lines group by source, business_number, lines.day order by lines.day, source, business_number`;

/** @param range UTC days, YYYY-MM-DD, both inclusive */
export async function report(
  sql: Sql,
  range: { readonly from?: string; readonly to?: string },
): Promise<ReportRow[]> {
  const rows = await sql.query<CountRow>(reportSql, [range.from ?? null, range.to ?? null]);
  return rows.map((row) => ({
    source: row.source,
    businessNumber: row.business_number,
    day: row.day,
    received: Number(row.received),
    logged: Number(row.logged),
    pending: Number(row.pending),
    parked: Number(row.parked),
    excluded: Number(row.excluded),
    ignored: Number(row.ignored),
    failed: Number(row.failed),
    withoutContent: Number(row.withoutContent),
  }));
}

const inboxSql = `
  select (select count(*) from wcs.inbox) as inbox,
         (select count(*) from wcs.inbox where error is not null) as stuck,
         (select count(*) from wcs.events where kind = 'unrecognised') as unrecognised,
         coalesce((select extract(epoch from clock_timestamp() - added_at)
                   from wcs.inbox order by event_id limit 1), 0)::float8 as age`;

const statesSql = `
  select destination, state, count(*) as count from wcs.activities group by destination, state`;

const agesSql = `
  select destination, extract(epoch from clock_timestamp() - min(pending_since))::float8 as age
  from wcs.activities where state in ('matching', 'ready', 'sending', 'unknown') group by destination`;

interface StateRow extends Row {
  destination: string;
  state: ActivityState;
  count: string;
}

/** Waiting work and its age by the database's clock. */
export async function backlog(sql: Sql): Promise<Backlog> {
  const [inbox] = await sql.query<{ inbox: string; stuck: string; unrecognised: string; age: number }>(
    inboxSql,
  );
  const states = await sql.query<StateRow>(statesSql);
  const ages = await sql.query<{ destination: string; age: number }>(agesSql);
  const ageOf = new Map(ages.map((row) => [row.destination, row.age]));
  const destinations = [...new Set(states.map((row) => row.destination))].sort();
  return {
    inbox: Number(inbox?.inbox),
    inboxAgeSeconds: Math.max(0, Number(inbox?.age)),
    stuck: Number(inbox?.stuck),
    unrecognised: Number(inbox?.unrecognised),
    destinations: destinations.map((destination) => ({
      destination,
      states: Object.fromEntries(
        states.filter((row) => row.destination === destination).map((row) => [row.state, Number(row.count)]),
      ),
      backlogAgeSeconds: Math.max(0, ageOf.get(destination) ?? 0),
    })),
  };
}
