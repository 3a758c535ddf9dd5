import type { DeliveryActivity, SourceActivity } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql } from './sql.ts';

/** When these sources last gave something. */
export async function sourceActivity(sql: Sql, sources: readonly string[]): Promise<SourceActivity[]> {
  const rows = await sql.query<{ source: string; at: Date | null }>(
    `select one.source, (
       select received_at from wcs.events e where e.source = one.source order by e.id desc limit 1) as at
     from unnest($1::text[]) as one (source)`,
    [sources],
  );
  return rows.map(({ source, at }) => ({ source, ...given('lastEventAt', at?.toISOString()) }));
}

interface DeliveryRow extends Row {
  destination: string;
  at: Date | null;
  median: number | null;
  p95: number | null;
}

/** The last 200 receipts of the last day; of records that were made new, how long that took since the event came in. */
const deliverySql = `
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
        where destination = one.destination and outcome = 'delivered' order by id desc limit 200
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
