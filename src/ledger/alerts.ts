import type { AlertChange } from '../core/fact.ts';
import { cleanText } from '../core/text.ts';
import type { Alert } from './ledger.ts';
import type { Row, SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

interface AlertRow extends Row {
  source: string;
  subject: string;
  code: string;
  text: string;
  since: Date;
}

/** Alerts that are raised now. */
export async function alerts(sql: SqlExecutor): Promise<Alert[]> {
  const rows = await sql.query<AlertRow>(
    `select source, subject, code, text, since from wcs.alerts where raised order by since, source, subject, code`,
  );
  return rows.map(({ since, ...row }) => ({ ...row, since: since.toISOString() }));
}

type Change = AlertChange & { readonly source: string; readonly at?: string };

/** `since` is when the trouble began: the same alert raised again does not begin anew. At one time, raised wins. */
const setSql = `
  insert into wcs.alerts as known (source, subject, code, text, raised, at, since)
  select source, subject, code, text, raised, coalesce(at, clock_timestamp()), coalesce(at, clock_timestamp())
  from (
    select source, subject, code, text, raised, at::timestamptz as at
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[])
      as given (source, subject, code, text, raised, at)
  ) n
  order by source collate "C", subject collate "C", code collate "C"
  on conflict (source, subject, code) do update
    set text = excluded.text, raised = excluded.raised, at = excluded.at,
        since = case when known.raised then known.since else excluded.at end
    where excluded.at > known.at or (excluded.at = known.at and excluded.raised and not known.raised)`;

/** Raises or ends alerts; older news than what is known changes nothing. `at` absent: now, by the database's clock. */
export async function setAlerts(sql: SqlExecutor, changes: readonly Change[]): Promise<void> {
  const latest = new Map<string, Change>();
  for (const change of changes) {
    const key = JSON.stringify([change.source, change.subject, change.code]);
    const other = latest.get(key);
    if (other === undefined || isNewer(change, other)) latest.set(key, change);
  }
  if (latest.size === 0) return;
  await sql.query(
    setSql,
    columns(
      [...latest.values()],
      ({ source }) => cleanText(source),
      ({ subject }) => cleanText(subject),
      ({ code }) => cleanText(code),
      ({ text }) => cleanText(text),
      ({ raised }) => raised,
      ({ at }) => at,
    ),
  );
}

/** Of a batch only the last word is written: an alert that was raised and is over again was never shown. */
function isNewer(one: Change, other: Change): boolean {
  const time = ({ at }: Change) => (at === undefined ? Infinity : Date.parse(at));
  return time(one) > time(other) || (time(one) === time(other) && (one.raised || !other.raised));
}
