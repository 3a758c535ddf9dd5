import { reopenAttachments } from './attachments.ts';
import type { CheckTask } from './ledger.ts';
import type { SqlExecutor } from './sql.ts';

type Target = Pick<CheckTask, 'key' | 'part'> & { readonly activityKey?: string | undefined };

const readySql = `
  state = 'ready', attempts = 0, not_before = '-infinity', code = null, reason = null, delivered_hash = null,
  ready_at = clock_timestamp(), pending_since = clock_timestamp(), changed_at = clock_timestamp()`;

const keysOf = (targets: readonly Target[], ...parts: readonly CheckTask['part'][]) =>
  targets.flatMap(({ part, key, activityKey }) =>
    parts.includes(part) ? [part === 'digest' ? key : (activityKey ?? key)] : [],
  );

/**
 * Records that are not there any more are made anew: what they showed is due to be logged, as if it never was. Their files
 * go on the new records. Only what is delivered.
 */
export async function logAgain(
  tx: SqlExecutor,
  destination: string,
  targets: readonly Target[],
): Promise<void> {
  if (targets.length === 0) return;
  const own = keysOf(targets, 'own');
  const digests = keysOf(targets, 'digest');
  await tx.query(
    `update wcs.digests set record_id = null, shown = null, sent = null where destination = $1 and key = any($2::text[])`,
    [destination, digests],
  );
  const again = await tx.query<{ key: string }>(
    `update wcs.activities set record_id = null, delivered_revision = null, ${readySql}
     where destination = $1 and (key = any($2::text[]) or digest_key = any($3::text[])) and state = 'delivered' and not purged
     returning key`,
    [destination, own, digests],
  );
  // Of a further record the first one stays as it is.
  await writeAgain(
    tx,
    destination,
    targets.filter(({ part }) => part === 'further'),
  );
  await reopenAttachments(
    tx,
    destination,
    again.map(({ key }) => key),
  );
  await tx.query('delete from wcs.record_checks where destination = $1 and key = any($2::text[])', [
    destination,
    targets.map(({ key }) => key),
  ]);
}

/** Records are written as they were logged, whatever they show now. @returns how many activities that takes */
export async function writeAgain(
  tx: SqlExecutor,
  destination: string,
  targets: readonly Target[],
): Promise<number> {
  const digests = keysOf(targets, 'digest');
  if (digests.length > 0) {
    // What it is known to show is what a person's change is told by. It is ours again: what it has stays in it, and where
    // nothing has gone into a further record, what is new goes into it, too.
    await tx.query(
      `update wcs.digests d set shown = null, sent = null, closed = case
         when d.closed <> 'changed' then d.closed
         when exists (select from wcs.digests n
           where n.destination = d.destination and n.slot = d.slot and n.part > d.part) then 'full'
       end
       where destination = $1 and key = any($2::text[])`,
      [destination, digests],
    );
  }
  // One that stands in a digest has all of it written.
  const rows = await tx.query(
    `with last as (
       select distinct on (digest_key) key from wcs.activities
       where destination = $1 and digest_key = any($3::text[]) and state = 'delivered' and not purged
       order by digest_key, position desc
     )
     update wcs.activities a set ${readySql}
     where a.destination = $1 and a.state = 'delivered' and not a.purged
       and (a.key = any($2::text[]) or a.key in (select key from last))
     returning a.key`,
    [destination, keysOf(targets, 'own', 'further'), digests],
  );
  return rows.length;
}
