import type { Shown } from './digest-records.ts';
import type { SqlExecutor } from './sql.ts';
import { columns } from './transact.ts';

/** A record that a delivery wrote or found. */
export interface WrittenRecord {
  readonly key: string;
  readonly part: 'own' | 'further';
  readonly activityKey: string;
  readonly recordId: string;
  /** absent: nobody knows what it shows */
  readonly shown?: Shown | undefined;
}

/** The schedule begins anew, and whoever looks at the record right now looks at an old state of it. */
const onConflict = `
  on conflict (destination, key) do update
  set part = excluded.part, record_id = excluded.record_id, contact_type = excluded.contact_type,
      contact_id = excluded.contact_id, shown = excluded.shown, stage = 0, since = clock_timestamp(),
      doubles = case when c.record_id = excluded.record_id then c.doubles else 0 end,
      lease_owner = null, lease_until = null`;

const noteSql = `
  insert into wcs.record_checks as c (destination, key, part, activity_key, kind, record_id, contact_type, contact_id,
                                      occurred_at, shown)
  select $1, n.key, n.part, a.key, a.kind, n.record_id, a.contact_type, a.contact_id, i.occurred_at, n.shown
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as n (key, part, activity_key, record_id, shown)
  join wcs.activities a on a.destination = $1 and a.key = n.activity_key
  join wcs.interactions i on i.key = a.key
  where a.contact_id is not null ${onConflict}`;

const noteDigestsSql = `
  insert into wcs.record_checks as c (destination, key, part, kind, record_id, contact_type, contact_id, occurred_at, shown)
  select $1, d.key, 'digest', 'message', n.record_id, d.contact_type, d.contact_id, d.first_at, n.shown
  from unnest($2::text[], $3::text[], $4::text[]) as n (key, record_id, shown)
  join wcs.digests d on d.destination = $1 and d.key = n.key ${onConflict}`;

const overwrittenSql = `
  update wcs.drift set resolved_at = clock_timestamp(), resolution = 'written'
  where destination = $1 and key = any($2::text[]) and kind in ('missing', 'changed', 'moved') and resolved_at is null`;

const shownText = (shown: Shown | undefined) => (shown === undefined ? null : JSON.stringify(shown));

/** Keeps what records were made to show, in the transaction of their settle. */
export async function noteRecords(
  tx: SqlExecutor,
  destination: string,
  records: readonly WrittenRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await tx.query(noteSql, [
    destination,
    ...columns(
      records,
      ({ key }) => key,
      ({ part }) => part,
      ({ activityKey }) => activityKey,
      ({ recordId }) => recordId,
      ({ shown }) => shownText(shown),
    ),
  ]);
  await tx.query(overwrittenSql, [destination, records.map(({ key }) => key)]);
}

/** The same of records that show several interactions. */
export async function noteDigests(
  tx: SqlExecutor,
  destination: string,
  digests: readonly {
    readonly key: string;
    readonly recordId: string;
    readonly shown?: Shown | undefined;
  }[],
): Promise<void> {
  if (digests.length === 0) return;
  await tx.query(noteDigestsSql, [
    destination,
    ...columns(
      digests,
      ({ key }) => key,
      ({ recordId }) => recordId,
      ({ shown }) => shownText(shown),
    ),
  ]);
  await tx.query(overwrittenSql, [destination, digests.map(({ key }) => key)]);
}

/** Something is on its way to these records: until it has arrived nobody knows what they show. */
export async function forgetShown(
  tx: SqlExecutor,
  destination: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(
    'update wcs.record_checks set shown = null where destination = $1 and key = any($2::text[])',
    [destination, keys],
  );
}
