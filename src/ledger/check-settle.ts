import { driftKinds } from '../core/drift.ts';
import { keepAudit, namedKeys } from './audit.ts';
import { checkColumns, releaseChecks, statesOf, type CheckRow } from './checks.ts';
import type { CheckCounts, CheckResult, CheckSchedule } from './ledger.ts';
import { logAgain } from './log-again.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { columns, planByKey, transact } from './transact.ts';

/** Who it was in the audit log. */
const actor = 'reconcile';

/** Writes what looks at records said; see the port. */
export function settleChecks(
  sql: Sql,
  destination: string,
  results: readonly CheckResult[],
  owner: string,
  schedule: CheckSchedule,
): Promise<CheckCounts> {
  return transact(sql, async (tx) => {
    await planByKey(tx);
    const byKey = new Map(results.map((result) => [result.key, result]));
    const keys = [...byKey.keys()];
    const valid = (await stillSettled(tx, destination, keys, owner)).filter(
      ({ key, record_id: recordId }) => byKey.get(key)?.recordId === recordId,
    );
    const own = valid.flatMap(({ key }) => byKey.get(key) ?? []);
    await writeFindings(tx, destination, own);
    await adopt(tx, destination, own);
    await advance(tx, destination, own, schedule);
    const again = valid.filter(({ key }) => byKey.get(key)?.logAgain);
    await logMissing(tx, destination, again);
    await releaseChecks(tx, destination, keys, owner);
    return { ...countsOf(own), loggedAgain: again.length, dropped: results.length - own.length };
  });
}

/** Locks activities before their records, as a delivery does. */
async function stillSettled(
  tx: SqlExecutor,
  destination: string,
  keys: readonly string[],
  owner: string,
): Promise<CheckRow[]> {
  const select = `select ${checkColumns} from wcs.record_checks
                  where destination = $1 and key = any($2::text[]) and lease_owner = $3 order by key`;
  const parameters = [destination, keys, owner];
  const states = await statesOf(tx, destination, await tx.query<CheckRow>(select, parameters), true);
  const rows = await tx.query<CheckRow>(`${select} for update`, parameters);
  return rows.filter(({ key }) => states.get(key) === 'settled');
}

const findSql = `
  insert into wcs.drift as d (destination, key, kind, activity_key, record_kind, record_id, contact_type, contact_id,
                              occurred_at, fields, detail)
  select $1, c.key, n.kind, c.activity_key, c.kind, c.record_id, c.contact_type, c.contact_id, c.occurred_at,
         array(select json_array_elements_text(n.fields::json)), n.detail
  from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as n (key, kind, fields, detail)
  join wcs.record_checks c on c.destination = $1 and c.key = n.key
  on conflict (destination, key, kind) where resolved_at is null do update
  set record_id = excluded.record_id, fields = excluded.fields, detail = excluded.detail,
      last_seen_at = clock_timestamp()`;

/** What the check did not find any more has ended. */
const endSql = `
  update wcs.drift d set resolved_at = clock_timestamp(), resolution = 'ended'
  from unnest($2::text[], $3::text[]) as n (key, kind)
  where d.destination = $1 and d.key = n.key and d.kind = n.kind and d.resolved_at is null`;

async function writeFindings(
  tx: SqlExecutor,
  destination: string,
  results: readonly CheckResult[],
): Promise<void> {
  const found = results.flatMap(({ key, findings }) => findings.map((finding) => ({ key, ...finding })));
  if (found.length > 0) {
    await tx.query(findSql, [
      destination,
      ...columns(
        found,
        ({ key }) => key,
        ({ kind }) => kind,
        ({ fields }) => JSON.stringify(fields ?? []),
        ({ detail }) => JSON.stringify(detail ?? {}),
      ),
    ]);
  }
  const over = results.flatMap(({ key, findings }) =>
    driftKinds
      .filter((kind) => !findings.some((finding) => finding.kind === kind))
      .map((kind) => ({ key, kind })),
  );
  await tx.query(endSql, [
    destination,
    ...columns(
      over,
      ({ key }) => key,
      ({ kind }) => kind,
    ),
  ]);
}

/** The same key on another record, and the contact that ours has become. */
async function adopt(tx: SqlExecutor, destination: string, results: readonly CheckResult[]): Promise<void> {
  const moved = results.filter(({ foundAs, follows }) => foundAs ?? follows);
  if (moved.length === 0) return;
  await tx.query(
    `update wcs.record_checks c
     set record_id = coalesce(n.record_id, c.record_id), shown = case when n.record_id is null then c.shown end,
         contact_type = coalesce(n.contact_type, c.contact_type), contact_id = coalesce(n.contact_id, c.contact_id)
     from unnest($2::text[], $3::text[], $4::text[], $5::text[]) as n (key, record_id, contact_type, contact_id)
     where c.destination = $1 and c.key = n.key`,
    [
      destination,
      ...columns(
        moved,
        ({ key }) => key,
        ({ foundAs }) => foundAs,
        ({ follows }) => follows?.type,
        ({ follows }) => follows?.id,
      ),
    ],
  );
  const found = moved.filter(({ foundAs }) => foundAs !== undefined);
  const pairs = columns(
    found,
    ({ key }) => key,
    ({ recordId }) => recordId,
    ({ foundAs }) => foundAs,
  );
  const from = `from unnest($2::text[], $3::text[], $4::text[]) as n (key, was, record_id)`;
  await tx.query(
    `update wcs.digests t set record_id = n.record_id, shown = null ${from}
     where t.destination = $1 and t.key = n.key`,
    [destination, ...pairs],
  );
  await tx.query(
    `update wcs.activities t set record_id = n.record_id, delivered_hash = null ${from}
     where t.destination = $1 and t.record_id = n.was and (t.key = n.key or t.digest_key = n.key)`,
    [destination, ...pairs],
  );
}

/** A record that was not looked at for long does not make up for what it missed. */
async function advance(
  tx: SqlExecutor,
  destination: string,
  results: readonly CheckResult[],
  { afterMs }: CheckSchedule,
): Promise<void> {
  await tx.query(
    `update wcs.record_checks c
     set stage = n.stage, since = case when n.stage >= $4 then clock_timestamp() else c.since end
     from (
       select r.key, case when r.stage >= $4 then $4 else greatest(r.stage, (
         select count(*) from unnest($3::float8[]) as a (ms)
         where r.since <= statement_timestamp() - a.ms * interval '1 millisecond')) end::int as stage
       from wcs.record_checks r where r.destination = $1 and r.key = any($2::text[])
     ) n where c.destination = $1 and c.key = n.key`,
    [destination, results.map(({ key }) => key), afterMs, afterMs.length],
  );
}

async function logMissing(tx: SqlExecutor, destination: string, rows: readonly CheckRow[]): Promise<void> {
  if (rows.length === 0) return;
  await logAgain(
    tx,
    destination,
    rows.map(({ key, part, activity_key: activityKey }) => ({
      key,
      part,
      activityKey: activityKey ?? undefined,
    })),
  );
  await tx.query(
    `update wcs.drift set resolved_at = clock_timestamp(), resolution = 'logged-again', resolved_by = $3
     where destination = $1 and key = any($2::text[]) and kind = 'missing' and resolved_at is null`,
    [destination, rows.map(({ key }) => key), actor],
  );
  await keepAudit(tx, { actor, action: 'drift.log-again', subject: destination, detail: namedKeys(rows) });
}

function countsOf(results: readonly CheckResult[]): Omit<CheckCounts, 'loggedAgain' | 'dropped'> {
  const count = (kind: (typeof driftKinds)[number]) =>
    results.filter(({ findings }) => findings.some((finding) => finding.kind === kind)).length;
  return {
    checked: results.length,
    missing: count('missing'),
    changed: count('changed'),
    moved: count('moved'),
    double: count('double'),
  };
}
