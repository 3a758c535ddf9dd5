import type { DriftDetail, DriftKind, DriftResolution } from '../core/drift.ts';
import { cleanText } from '../core/text.ts';
import { keepAudit } from './audit.ts';
import { checkColumns, statesOf, type CheckRow } from './checks.ts';
import type { Baseline, Drift, DriftCount, DriftFilter } from './ledger.ts';
import { logAgain, writeAgain } from './log-again.ts';
import { given } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { transact } from './transact.ts';

interface DriftRow extends Row {
  id: string;
  destination: string;
  key: string;
  kind: DriftKind;
  activity_key: string | null;
  record_kind: Drift['recordKind'];
  record_id: string;
  contact_type: string;
  contact_id: string;
  occurred_at: Date;
  fields: string[];
  detail: string;
  found_at: Date;
  last_seen_at: Date;
  resolved_at: Date | null;
  resolution: DriftResolution | null;
  resolved_by: string | null;
}

/** Findings, the newest first, a page at a time. */
export async function drift(
  sql: Sql,
  { destination, kind, key, resolved = false, limit, cursor }: DriftFilter,
): Promise<{ items: Drift[]; cursor?: string }> {
  const before = /^\d{1,18}$/.test(cursor ?? '') ? (cursor ?? null) : null;
  const rows = await sql.query<DriftRow>(
    `select id, destination, key, kind, activity_key, record_kind, record_id, contact_type, contact_id, occurred_at,
            fields, detail, found_at, last_seen_at, resolved_at, resolution, resolved_by
     from wcs.drift
     where ($1::text is null or destination = $1) and ($2::text is null or kind = $2) and ($3::text is null or key = $3)
       and ($4 or resolved_at is null) and ($5::bigint is null or id < $5)
     order by id desc limit $6`,
    [destination ?? null, kind ?? null, key ?? null, resolved, before, limit + 1],
  );
  const items = rows.slice(0, limit).map(toDrift);
  const last = items.at(-1);
  return rows.length > limit && last ? { items, cursor: String(last.id) } : { items };
}

const toDrift = (row: DriftRow): Drift => ({
  id: Number(row.id),
  destination: row.destination,
  key: row.key,
  kind: row.kind,
  ...given('activityKey', row.activity_key),
  recordKind: row.record_kind,
  recordId: row.record_id,
  contact: { type: row.contact_type, id: row.contact_id },
  occurredAt: row.occurred_at.toISOString(),
  fields: row.fields,
  detail: JSON.parse(row.detail) as DriftDetail,
  foundAt: row.found_at.toISOString(),
  lastSeenAt: row.last_seen_at.toISOString(),
  ...given('resolvedAt', row.resolved_at?.toISOString()),
  ...given('resolution', row.resolution),
  ...given('resolvedBy', row.resolved_by),
});

/** Findings that are open, by destination and kind. */
export function driftCounts(sql: Sql): Promise<DriftCount[]> {
  return sql.query<DriftCount & Row>(
    `select destination, kind, count(*)::int as count from wcs.drift where resolved_at is null
     group by destination, kind order by destination, kind`,
  );
}

/** Kinds that are open of a record, locked; and the record itself. */
async function openOf(
  tx: SqlExecutor,
  destination: string,
  key: string,
): Promise<{ kinds: DriftKind[]; record: CheckRow | undefined; isSettled: boolean }> {
  const select = `select ${checkColumns} from wcs.record_checks where destination = $1 and key = $2`;
  const rows = await tx.query<CheckRow>(select, [destination, key]);
  const states = await statesOf(tx, destination, rows, true);
  const [record] = await tx.query<CheckRow>(`${select} for update`, [destination, key]);
  const open = await tx.query<{ kind: DriftKind }>(
    `select kind from wcs.drift where destination = $1 and key = $2 and resolved_at is null for update`,
    [destination, key],
  );
  return { kinds: open.map(({ kind }) => kind), record, isSettled: states.get(key) === 'settled' };
}

async function resolve(
  tx: SqlExecutor,
  destination: string,
  key: string,
  kinds: readonly DriftKind[],
  resolution: 'restored' | 'accepted',
  by: string,
): Promise<void> {
  await tx.query(
    `update wcs.drift set resolved_at = clock_timestamp(), resolution = $4, resolved_by = $5
     where destination = $1 and key = $2 and kind = any($3::text[]) and resolved_at is null`,
    [destination, key, kinds, resolution, cleanText(by)],
  );
  const action = resolution === 'restored' ? 'drift.restore' : 'drift.accept';
  await keepAudit(tx, { actor: by, action, subject: destination, detail: { key, kinds } });
}

/** Ours again; see the port. */
export function restoreDrift(sql: Sql, destination: string, key: string, by: string): Promise<boolean> {
  return transact(sql, async (tx) => {
    const { kinds, record, isSettled } = await openOf(tx, destination, key);
    const ours = kinds.filter((kind) => kind !== 'double');
    if (record === undefined || !isSettled || ours.length === 0) return false;
    const target = { key, part: record.part, activityKey: record.activity_key ?? undefined };
    if (ours.includes('missing')) await logAgain(tx, destination, [target]);
    else await writeAgain(tx, destination, [target]);
    await resolve(tx, destination, key, ours, 'restored', by);
    return true;
  });
}

/** Theirs from now on; see the port. */
export function acceptDrift(
  sql: Sql,
  destination: string,
  key: string,
  { recordId, shown, contact, doubles }: Baseline,
  by: string,
): Promise<boolean> {
  return transact(sql, async (tx) => {
    const { kinds, record } = await openOf(tx, destination, key);
    if (kinds.length === 0 || (record !== undefined && record.record_id !== recordId)) return false;
    if (kinds.includes('missing')) {
      await tx.query('delete from wcs.record_checks where destination = $1 and key = $2', [destination, key]);
    }
    await tx.query(
      `update wcs.record_checks
       set shown = coalesce($3, shown), contact_type = coalesce($4, contact_type),
           contact_id = coalesce($5, contact_id), doubles = coalesce($6::int, doubles)
       where destination = $1 and key = $2`,
      [
        destination,
        key,
        shown === undefined ? null : JSON.stringify(shown),
        contact?.type ?? null,
        contact?.id ?? null,
        doubles ?? null,
      ],
    );
    await resolve(tx, destination, key, kinds, 'accepted', by);
    return true;
  });
}
