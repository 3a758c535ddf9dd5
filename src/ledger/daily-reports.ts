import type { CompletenessStore, KeptReport, ReportSend, ReportState } from './completeness-records.ts';
import { given } from './rows.ts';
import type { Row, Sql } from './sql.ts';
import { transact } from './transact.ts';

interface ReportRow extends Row {
  id: string;
  day: string;
  at: Date;
  body: string;
  hash: string;
}

const columns = 'id, day, at, body, hash';

function toReport({ id, at, day, body, hash }: ReportRow): KeptReport {
  return { number: Number(id), day, at: at.toISOString(), body, hash };
}

/** See the port. */
export async function reportState(sql: Sql): Promise<ReportState> {
  const [row] = await sql.query<{ last: string | null; first: string | null; due: boolean }>(
    `select (select day from wcs.daily_reports order by day desc limit 1) as last,
            (select to_char(received_at at time zone 'UTC', 'YYYY-MM-DD') from wcs.events order by id limit 1) as first,
            exists (select from wcs.report_sends where state = 'waiting' and not_before <= clock_timestamp()
                    and (lease_until is null or lease_until <= clock_timestamp())) as due`,
  );
  return { ...given('lastDay', row?.last), ...given('firstDay', row?.first), isSendDue: row?.due === true };
}

/** See the port. One at a time, so that their numbers have no gaps. */
export function addReport(
  sql: Sql,
  { day, body, hash }: Pick<KeptReport, 'day' | 'body' | 'hash'>,
  recipients: readonly string[],
): Promise<boolean> {
  return transact(sql, async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtext('wcs daily reports'))`);
    const [added] = await tx.query<{ id: string }>(
      `insert into wcs.daily_reports (id, day, body, hash)
       select coalesce((select max(id) from wcs.daily_reports), 0) + 1, $1, $2, $3
       on conflict do nothing returning id`,
      [day, body, hash],
    );
    if (added === undefined) return false;
    await tx.query(
      `insert into wcs.report_sends (report, recipient) select $1::bigint, name from unnest($2::text[]) as n (name)
       on conflict do nothing`,
      [added.id, recipients],
    );
    return true;
  });
}

/** See the port. */
export async function dailyReport(sql: Sql, day: string): Promise<KeptReport | undefined> {
  const [row] = await sql.query<ReportRow>(`select ${columns} from wcs.daily_reports where day = $1`, [day]);
  return row && toReport(row);
}

/** See the port. */
export async function dailyReports(
  sql: Sql,
  { before, limit }: { readonly before?: string; readonly limit: number },
): Promise<KeptReport[]> {
  const rows = await sql.query<ReportRow>(
    `select ${columns} from wcs.daily_reports where $1::text is null or day < $1 order by day desc limit $2`,
    [before ?? null, limit],
  );
  return rows.map(toReport);
}

interface SendRow extends Row {
  report: string;
  recipient: string;
  state: ReportSend['state'];
  attempts: number;
  error: string | null;
  sent_at: Date | null;
}

function toSend(row: SendRow): ReportSend {
  return {
    report: Number(row.report),
    recipient: row.recipient,
    state: row.state,
    attempts: row.attempts,
    ...given('error', row.error),
    ...given('sentAt', row.sent_at?.toISOString()),
  };
}

/** See the port. */
export async function reportSends(sql: Sql, reports: readonly number[]): Promise<ReportSend[]> {
  const rows = await sql.query<SendRow>(
    `select report, recipient, state, attempts, error, sent_at from wcs.report_sends
     where report = any($1::bigint[]) order by report, recipient`,
    [reports],
  );
  return rows.map(toSend);
}

/** See the port. */
export async function claimReportSend(
  sql: Sql,
  recipients: readonly string[],
  leaseMs: number,
): ReturnType<CompletenessStore['claimReportSend']> {
  const [row] = await sql.query<SendRow & ReportRow>(
    `with due as (
       select report, recipient from wcs.report_sends
       where state = 'waiting' and recipient = any($1::text[]) and not_before <= clock_timestamp()
         and (lease_until is null or lease_until <= clock_timestamp())
       order by report, recipient limit 1 for update skip locked
     ), leased as (
       update wcs.report_sends s set lease_until = clock_timestamp() + $2::float8 * interval '1 millisecond'
       from due where s.report = due.report and s.recipient = due.recipient
       returning s.*
     )
     select l.report, l.recipient, l.state, l.attempts, l.error, l.sent_at, r.id, r.day, r.at, r.body, r.hash
     from leased l join wcs.daily_reports r on r.id = l.report`,
    [recipients, leaseMs],
  );
  return row && { ...toSend(row), kept: toReport(row) };
}

/** See the port. */
export async function settleReportSend(
  sql: Sql,
  { report, recipient }: Pick<ReportSend, 'report' | 'recipient'>,
  result: Parameters<CompletenessStore['settleReportSend']>[1],
): Promise<void> {
  const isSent = result.to === 'sent';
  await sql.query(
    `update wcs.report_sends
     set state = case when $3 then 'sent' else 'waiting' end, attempts = attempts + 1, lease_until = null,
         sent_at = case when $3 then clock_timestamp() end, error = $4,
         not_before = clock_timestamp() + $5::float8 * interval '1 millisecond'
     where report = $1 and recipient = $2 and state = 'waiting'`,
    [report, recipient, isSent, isSent ? null : result.error, isSent ? 0 : result.delayMs],
  );
}
