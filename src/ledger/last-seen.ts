import type { DeliveryActivity, SourceActivity } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql } from './sql.ts';

/**
 * Of one of many in an index (name, id), the last entries. By `name = …` the planner may go back through all of the table by its
 * ids, in search of one that has few or none; by this order it cannot.
 */
const lastOf = (name: string, is: string) =>
  `(${name}, id) between (${is}, 0) and (${is}, 9223372036854775807) order by ${name} desc, id desc`;

export const sourcesSql = `
  select one.source, (
    select received_at from wcs.events where ${lastOf('source', 'one.source')} limit 1) as at
  from unnest($1::text[]) as one (source)`;

/** When these sources last gave something. */
export async function sourceActivity(sql: Sql, sources: readonly string[]): Promise<SourceActivity[]> {
  const rows = await sql.query<{ source: string; at: Date | null }>(sourcesSql, [sources]);
  return rows.map(({ source, at }) => ({ source, ...given('lastEventAt', at?.toISOString()) }));
}

interface DeliveryRow extends Row {
  destination: string;
  at: Date | null;
  median: number | null;
  p95: number | null;
}

/** The last 200 receipts of the last day; of records that were made new, how long that took since the event came in. */
export const deliverySql = `
  select one.destination, l.at, l.median, l.p95
  from unnest($1::text[]) as one (destination)
  cross join lateral (
    select max(n.at) as at,
           percentile_cont(0.5) within group (order by n.lag) filter (where n.first) as median,
           percentile_cont(0.95) within group (order by n.lag) filter (where n.first) as p95
    from (
      select r.at, r.revision = 1 and r.at > clock_timestamp() - interval '1 day' as first,
             extract(epoch from r.at - i.received_at)::float8 as lag
      from (
        select key, at, revision from wcs.receipts
        where outcome = 'delivered' and ${lastOf('destination', 'one.destination')} limit 200
      ) r join wcs.interactions i on i.key = r.key
    ) n
  ) l`;

/** When these destinations last took something, and how long the last new records took. */
export async function deliveryActivity(
  sql: Sql,
  destinations: readonly string[],
): Promise<DeliveryActivity[]> {
  const rows = await sql.query<DeliveryRow>(deliverySql, [destinations]);
  return rows.map(({ destination, at, median, p95 }) => ({
    destination,
    ...given('lastDeliveredAt', at?.toISOString()),
    ...(median !== null && p95 !== null && { lagSeconds: { median, p95 } }),
  }));
}
