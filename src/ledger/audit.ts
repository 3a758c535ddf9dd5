import { cleanText } from '../core/text.ts';
import type { AuditAction } from '../core/audit.ts';
import type { AuditEntry, AuditFilter, NewAuditEntry } from './ledger.ts';
import type { Row, SqlExecutor } from './sql.ts';

interface AuditRow extends Row {
  id: string;
  at: Date;
  actor: string;
  action: AuditAction;
  subject: string;
  detail: string;
}

/** Keys that an entry names; of more it tells how many. */
const mostKeys = 100;

/** Keeps who did what, in the transaction of the deed itself. */
export async function keepAudit(tx: Pick<SqlExecutor, 'query'>, entry: NewAuditEntry): Promise<void> {
  await tx.query('insert into wcs.audit (actor, action, subject, detail) values ($1, $2, $3, $4)', [
    cleanText(entry.actor),
    entry.action,
    cleanText(entry.subject),
    cleanText(JSON.stringify(entry.detail)),
  ]);
}

/** Which ones, as far as an entry can name them, and how many. */
export function namedKeys(rows: readonly { readonly key: string }[]): { count: number; keys: string[] } {
  return { count: rows.length, keys: rows.slice(0, mostKeys).map(({ key }) => key) };
}

/** The audit log, newest first, a page at a time. */
export async function audit(
  sql: Pick<SqlExecutor, 'query'>,
  { action, actor, subject, names, from, to, limit, cursor }: AuditFilter,
): Promise<{ items: AuditEntry[]; cursor?: string }> {
  const before = /^\d{1,18}$/.test(cursor ?? '') ? (cursor ?? null) : null;
  const text = (value: string | undefined) => (value === undefined ? null : cleanText(value));
  const rows = await sql.query<AuditRow>(
    `select id, at, actor, action, subject, detail from wcs.audit
     where ($1::text is null or action = $1) and ($2::text is null or actor = $2) and ($3::bigint is null or id < $3)
       and ($5::text is null or subject = $5) and ($6::text is null or position($6 in detail) > 0)
       and ($7::date is null or at >= $7::date::timestamp at time zone 'UTC')
       and ($8::date is null or at < ($8::date + 1)::timestamp at time zone 'UTC')
     order by id desc limit $4`,
    [action ?? null, text(actor), before, limit + 1, text(subject), text(names), from ?? null, to ?? null],
  );
  const page = rows.slice(0, limit).map(toEntry);
  const last = page.at(-1);
  return rows.length > limit && last ? { items: page, cursor: String(last.id) } : { items: page };
}

function toEntry({ id, at, detail, ...row }: AuditRow): AuditEntry {
  return {
    ...row,
    id: Number(id),
    at: at.toISOString(),
    detail: JSON.parse(detail) as Record<string, unknown>,
  };
}
