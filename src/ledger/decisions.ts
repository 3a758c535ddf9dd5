import { cleanText } from '../core/text.ts';
import { keepAudit, namedKeys } from './audit.ts';
import type { Ledger } from './ledger.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { transact } from './transact.ts';

/** Where nobody said who it was. */
const unknownActor = 'unknown';

type ParkedDecision = Parameters<Ledger['decideParked']>[2];
type FailedFilter = Parameters<Ledger['replayFailed']>[0];

const decideSql = `
  with locked as (
    select key from wcs.activities
    where destination = $1 and key = any($2::text[]) and state = 'parked' order by key for update
  )
  update wcs.activities a
  set state = $3, contact_type = coalesce($4, contact_type), contact_id = coalesce($5, contact_id),
      contact_name = case when $5::text is null then contact_name else $6 end,
      contact_owner = case when $5::text is null then contact_owner end,
      reason = $7, match_reason = case when $3 = 'ready' then $7 end, parked_since = null,
      code = null, attempts = 0, not_before = '-infinity', held = false,
      ready_at = case when $3 = 'ready' then clock_timestamp() end,
      pending_since = case when $3 = 'ready' then clock_timestamp() end,
      changed_at = clock_timestamp()
  from locked where a.destination = $1 and a.key = locked.key
  returning a.key`;

/** A person's decision about parked activities; others are left alone. How many changed. */
export function decideParked(
  sql: Sql,
  destination: string,
  keys: readonly string[],
  decision: ParkedDecision,
  by = unknownActor,
): Promise<number> {
  const contact = decision.to === 'ready' ? decision.contact : undefined;
  const clean = (text: string | undefined) => (text === undefined ? null : cleanText(text));
  return transact(sql, async (tx) => {
    const rows = await tx.query<{ key: string }>(decideSql, [
      destination,
      keys,
      decision.to,
      clean(contact?.type),
      clean(contact?.id),
      clean(contact?.name),
      decision.to === 'ignored' ? cleanText(decision.reason) : 'chosen by a person',
    ]);
    await auditDecision(tx, destination, decision, by, rows);
    return rows.length;
  });
}

async function auditDecision(
  tx: SqlExecutor,
  destination: string,
  decision: ParkedDecision,
  actor: string,
  rows: readonly { readonly key: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  const what =
    decision.to === 'ready'
      ? { contact: { type: decision.contact.type, id: decision.contact.id } }
      : { reason: decision.reason };
  const action = decision.to === 'ready' ? 'parked.assign' : 'parked.ignore';
  await keepAudit(tx, { actor, action, subject: destination, detail: { ...namedKeys(rows), ...what } });
}

const replaySql = `
  with locked as (
    select destination, key from wcs.activities
    where state = 'failed' and ($1::text is null or destination = $1)
      and ($2::text[] is null or key = any($2)) and ($3::text is null or code = $3)
    order by destination, key for update
  )
  update wcs.activities a
  set state = case when a.lane is null then 'matching' else 'ready' end,
      attempts = 0, not_before = '-infinity', code = null, reason = null,
      ready_at = clock_timestamp(), pending_since = clock_timestamp(), changed_at = clock_timestamp()
  from locked l where a.destination = l.destination and a.key = l.key
  returning a.key`;

/** Dead letters back on their way. How many. */
export function replayFailed(sql: Sql, filter: FailedFilter, by = unknownActor): Promise<number> {
  return transact(sql, async (tx) => {
    const { destination = null, keys = null, code = null } = filter;
    const rows = await tx.query<{ key: string }>(replaySql, [destination, keys, code]);
    if (rows.length > 0) {
      const detail = { ...namedKeys(rows), ...(code !== null && { code }) };
      await keepAudit(tx, { actor: by, action: 'failed.replay', subject: destination ?? '', detail });
    }
    return rows.length;
  });
}

const rewriteSql = `
  with locked as (
    select a.key from wcs.activities a join wcs.interactions i on i.key = a.key
    where a.destination = $1 and a.state = 'delivered' and not a.purged
      and ($2::date is null or i.occurred_at >= $2::date at time zone 'UTC')
      and ($3::date is null or i.occurred_at < ($3::date + 1) at time zone 'UTC')
    order by a.key for update of a
  )
  update wcs.activities a
  set state = 'ready', attempts = 0, not_before = '-infinity', ready_at = clock_timestamp(),
      pending_since = clock_timestamp(), changed_at = clock_timestamp()
  from locked where a.destination = $1 and a.key = locked.key
  returning a.key`;

/** Logged records of these days go through the mapping again; those that come out the same cost no call. How many. */
export function rewrite(
  sql: Sql,
  destination: string,
  { from, to }: { readonly from?: string; readonly to?: string },
  by = unknownActor,
): Promise<number> {
  return transact(sql, async (tx) => {
    const rows = await tx.query(rewriteSql, [destination, from ?? null, to ?? null]);
    if (rows.length > 0) {
      const detail = {
        count: rows.length,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      };
      await keepAudit(tx, { actor: by, action: 'mapping.rewrite', subject: destination, detail });
    }
    return rows.length;
  });
}
