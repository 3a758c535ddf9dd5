import { keepAudit, namedKeys } from './audit.ts';
import type { ParkedLimit } from './ledger.ts';
import { elsewhereSql } from './retention.ts';
import type { Sql } from './sql.ts';
import { transact } from './transact.ts';

/** Parked activities of one source, and of these numbers if there are any. */
const ofRouteSql = `
  select a.key from wcs.activities a join wcs.interactions i on i.key = a.key
  where a.destination = $1 and a.state = 'parked' and i.source = $2
    and ($3::text[] is null or i.business_number = any($3))`;

const giveUpSql = `
  with old as (
    ${ofRouteSql} and a.code is distinct from 'dry-run'
      and a.parked_since < clock_timestamp() - $4::int * interval '1 day'
      and (not $6::boolean or ${elsewhereSql})
    order by a.key for update of a
  )
  update wcs.activities a
  set state = $5, code = case when $5 = 'failed' then 'parked-too-long' end,
      reason = 'parked for ' || $4::int || ' days: ' || coalesce(a.reason, ''),
      parked_since = null, changed_at = clock_timestamp()
  from old where a.destination = $1 and a.key = old.key
  returning a.key`;

/** Gives up what was parked for too long; see the port. */
export function giveUpParked(sql: Sql, destination: string, rule: ParkedLimit): Promise<number> {
  const { source, businessNumbers = null, days, to, onlyElsewhere = false } = rule;
  return transact(sql, async (tx) => {
    const rows = await tx.query<{ key: string }>(giveUpSql, [
      destination,
      source,
      businessNumbers,
      days,
      to,
      onlyElsewhere,
    ]);
    if (rows.length > 0) {
      const detail = { ...namedKeys(rows), source, days, to };
      await keepAudit(tx, {
        actor: 'policy parkedDays',
        action: 'parked.give-up',
        subject: destination,
        detail,
      });
    }
    return rows.length;
  });
}

const releaseSql = `
  with held as (${ofRouteSql} and a.code = 'dry-run' order by a.key for update of a)
  update wcs.activities a
  set state = 'matching', attempts = 0, not_before = '-infinity', code = null, reason = null, parked_since = null,
      pending_since = clock_timestamp(), changed_at = clock_timestamp()
  from held where a.destination = $1 and a.key = held.key
  returning a.key`;

/** What a dry run set aside goes on its way; see the port. */
export function releaseDryRun(
  sql: Sql,
  destination: string,
  { source, businessNumbers = null }: { source: string; businessNumbers?: readonly string[] | null },
): Promise<number> {
  return transact(sql, async (tx) => {
    const rows = await tx.query<{ key: string }>(releaseSql, [destination, source, businessNumbers]);
    if (rows.length > 0) {
      const detail = { ...namedKeys(rows), source };
      await keepAudit(tx, {
        actor: 'setting dryRun',
        action: 'parked.release',
        subject: destination,
        detail,
      });
    }
    return rows.length;
  });
}
