import { columnOfState, reportColumns } from '../core/activity.ts';
import type { ReportRow } from './ledger.ts';
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
 * events are there, or one that the fold has not seen yet: an edit say; and each exclusion is one. Counting the lines per column can then not miss any.
 */
export const reportSql = `
  with lines as (
    select i.source, i.business_number, (i.occurred_at at time zone 'UTC')::date as day, i.without_content,
           case when i.key in (select interaction_key from wcs.inbox where interaction_key is not null)
                then least(worst.rank, ${rank('pending')}) else coalesce(worst.rank, ${rank('ignored')}) end as rank
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
