import type { StoredEvent } from '../sources/source.ts';
import { addAttachments } from './attachments.ts';
import { keepConversations } from './conversations.ts';
import { insertActivities, reenter } from './fold-activities.ts';
import { keepLessons, MustBeAlone, takeLessons, type Lessons } from './fold-learn.ts';
import { buildAll, remakeAll, whereItFailed, type FailedFold, type Remade } from './fold-remake.ts';
import { writeInteractions } from './fold-write.ts';
import type { Folded, FoldReport, FoldSubject, Learned } from './ledger.ts';
import { addMedia } from './media.ts';
import { addFileUses } from './purge-files.ts';
import { purgeLate } from './purges.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { isRefusal } from './sql-error.ts';
import { columns, lockFold, planByKey, transact } from './transact.ts';

interface InboxRow extends Record<string, unknown> {
  event_id: string;
  interaction_key: string | null;
}

/** What a fold asks the pipeline. */
interface Readers {
  readonly rebuild: (subject: FoldSubject) => Folded;
  readonly learn: (event: StoredEvent) => Learned;
}

/**
 * Folds a batch in one transaction. The interactions are locked before their events are read, so that of two folds of
 * the same interaction the later one has seen all that the earlier one saw. Locks are taken in one order: inbox,
 * interactions, identities, then everything else.
 */
export async function foldBatch(
  sql: Sql,
  limit: number,
  rebuild: Readers['rebuild'],
  learn: Readers['learn'] = () => ({ links: [], groups: [], alerts: [] }),
): Promise<FoldReport> {
  let taken: readonly InboxRow[] = [];
  const readers = { rebuild, learn, onTaken: (rows: readonly InboxRow[]) => void (taken = rows) };
  try {
    return await foldOnce(sql, limit, readers, false).catch((error: unknown) => {
      if (!(error instanceof MustBeAlone)) throw error;
      return foldOnce(sql, limit, readers, true);
    });
  } catch (error) {
    // Something of it the database does not take: fewer and fewer, until it is alone and set aside.
    if (!isRefusal(error) || taken.length === 0) throw error;
    if (taken.length > 1) return foldBatch(sql, Math.floor(taken.length / 2), rebuild, learn);
    return setAside(sql, taken, error);
  }
}

/** As what cannot be made: it waits, and holds up nobody. */
async function setAside(sql: Sql, rows: readonly InboxRow[], error: unknown): Promise<FoldReport> {
  const failed = rows.map(({ event_id: id }) => ({ id: String(id), error }));
  await transact(sql, (tx) => leaveInbox(tx, rows, [], failed));
  return { events: rows.length, interactions: 0 };
}

function foldOnce(
  sql: Sql,
  limit: number,
  { rebuild, learn, onTaken }: Readers & { onTaken(rows: readonly InboxRow[]): void },
  alone: boolean,
): Promise<FoldReport> {
  return transact(sql, async (tx) => {
    // Of two folds the later events could be ready first, and be delivered first. A queue that lost its jobs, or a lock that
    // ran out, lets two run.
    await lockFold(tx);
    const taken = await takeInbox(tx, limit);
    onTaken(taken);
    if (taken.length === 0) return { events: 0, interactions: 0 };
    await planByKey(tx);
    const keys = [...new Set(taken.flatMap((row) => row.interaction_key ?? []))].sort();
    const { built, failed, purged } = await buildAll(tx, keys, rebuild);
    await purgeLate(tx, purged);
    const lessons = await takeLessons(tx, taken, built, learn);
    const knowledge = await keepLessons(tx, { kind: sql.kind, alone }, lessons, built);
    const { remade, failed: failedLater } = remakeAll(built, knowledge, rebuild);
    if (remade.length > 0) await write(tx, remade);
    await knowledge.foldAgain(keys);
    await leaveInbox(tx, taken, [...failed, ...failedLater], lessons.failed);
    const changed = remade.filter((one) => one.rose || one.addressesChanged).length;
    return { events: taken.length, interactions: changed };
  });
}

function takeInbox(tx: SqlExecutor, limit: number): Promise<InboxRow[]> {
  return tx.query<InboxRow>(
    `select event_id, interaction_key from wcs.inbox
     where retry_at <= statement_timestamp() order by event_id limit $1 for update skip locked`,
    [limit],
  );
}

async function write(tx: SqlExecutor, remade: readonly Remade[]): Promise<void> {
  await writeInteractions(tx, remade);
  await keepConversations(tx, remade);
  await reenter(tx, remade);
  await insertActivities(tx, remade);
  await addMedia(
    tx,
    remade.flatMap(({ before, folded }) =>
      folded.media.map((media) => ({ key: before.key, source: folded.interaction.source, media })),
    ),
  );
  await addAttachments(tx, remade);
  await addFileUses(tx, remade);
}

/**
 * Folded events leave the inbox. Those that could not be read, or whose interaction could not be made, stay with a
 * growing pause (5 s, 10 s, … at most 10 min), and the stub made for it goes, so that the report counts it as waiting.
 */
async function leaveInbox(
  tx: SqlExecutor,
  taken: readonly InboxRow[],
  failed: readonly FailedFold[],
  unread: Lessons['failed'],
): Promise<void> {
  const byKey = new Map(failed.map(({ key, error }) => [key, error]));
  const byEvent = new Map(unread.map(({ id, error }) => [id, whereItFailed(error)]));
  const errorOf = (row: InboxRow) =>
    byEvent.get(String(row.event_id)) ?? byKey.get(row.interaction_key ?? '');
  const done = taken.filter((row) => errorOf(row) === undefined).map((row) => row.event_id);
  if (done.length > 0) await tx.query('delete from wcs.inbox where event_id = any($1::bigint[])', [done]);
  const stuck = taken.filter((row) => errorOf(row) !== undefined);
  if (stuck.length === 0) return;
  await tx.query(
    `update wcs.inbox i
     set attempts = i.attempts + 1, error = n.error,
         retry_at = clock_timestamp() + least(interval '5 seconds' * 2 ^ least(i.attempts, 10), interval '10 minutes')
     from unnest($1::bigint[], $2::text[]) as n (event_id, error)
     where i.event_id = n.event_id`,
    columns(stuck, (row) => row.event_id, errorOf),
  );
  await tx.query('delete from wcs.interactions where key = any($1::text[]) and revision = 0', [
    [...byKey.keys()],
  ]);
}
