import { keepAudit } from './audit.ts';
import { heldEventSql, heldSql, lockHolds } from './holds.ts';
import type { Purged, PurgeOrder, PurgeSubject } from './ledger.ts';
import { destroyKeys } from './destroy-keys.ts';
import { doomFiles, hashInEvent } from './purge-files.ts';
import { buryInteractions, clearActivities, forgetGroups, forgetPeople, type Buried } from './purge-steps.ts';
import { shrinkConversations } from './conversations.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { planByKey, transact } from './transact.ts';

/** Interactions of one transaction: few enough that a webhook never waits long for it on the embedded store. */
const chunk = 200;

/** Destroys content for good; see the port. A transaction for each chunk, so a crash in between leaves whole purges. */
export async function purge(
  sql: Sql,
  { keys = [], events = [] }: PurgeSubject,
  order: PurgeOrder,
): Promise<Purged> {
  const sum = { interactions: 0, events: 0, files: 0, held: 0, busy: [] as string[] };
  const add = (done: Purged) => {
    sum.interactions += done.interactions;
    sum.events += done.events;
    sum.files += done.files;
    sum.held += done.held;
    sum.busy.push(...done.busy);
  };
  for (let at = 0; at < keys.length; at += chunk) {
    add(await transact(sql, (tx) => purgeInteractions(tx, keys.slice(at, at + chunk), order)));
  }
  for (let at = 0; at < events.length; at += chunk) {
    add(await transact(sql, (tx) => purgeLoose(tx, events.slice(at, at + chunk), order)));
  }
  return sum;
}

interface LockedRow extends Omit<Buried, 'purge'>, Row {
  held: boolean;
  conversation: string | null;
  addresses: string[];
  group_id: string | null;
}

const lockSql = `
  select i.key, i.kind, i.source, i.business_number, i.direction, i.occurred_at, i.conversation, i.addresses, i.group_id,
         (select e.source_kind from wcs.events e where e.id = i.position) as source_kind, ${heldSql('i')} as held
  from wcs.interactions i
  where i.key = any($1::text[]) and i.purge_id is null and i.revision > 0
  order by i.key for update of i`;

async function purgeInteractions(
  tx: SqlExecutor,
  keys: readonly string[],
  order: PurgeOrder,
): Promise<Purged> {
  await planByKey(tx);
  await lockHolds(tx, 'shared');
  const locked = await tx.query<LockedRow>(lockSql, [keys]);
  const held = locked.filter((row) => row.held).length;
  const busy = await busyOf(
    tx,
    locked.filter((row) => !row.held).map(({ key }) => key),
  );
  const free = locked.filter((row) => !row.held && !busy.has(row.key));
  const left = { held, busy: [...busy] };
  if (free.length === 0) return { interactions: 0, events: 0, files: 0, ...left };
  const done = await destroy(tx, { interactions: free, events: await eventsOf(tx, free) }, order);
  return { ...done, ...left };
}

/** What a delivery has in its hands, or may have brought there: it is told first what became of it. */
async function busyOf(tx: SqlExecutor, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ key: string; state: string }>(
    `select key, state from wcs.activities where key = any($1::text[]) order by destination, key for update`,
    [keys],
  );
  return new Set(rows.filter(({ state }) => ['sending', 'unknown'].includes(state)).map(({ key }) => key));
}

interface EventRow extends Row {
  id: string;
  kind: string;
  payload: string;
}

function eventsOf(tx: SqlExecutor, interactions: readonly { readonly key: string }[]): Promise<EventRow[]> {
  return tx.query<EventRow>(
    `select id, kind, dedupe_key, case when kind = 'media' then payload else '' end as payload from wcs.events
     where interaction_key = any($1::text[]) and purge_id is null order by id`,
    [interactions.map(({ key }) => key)],
  );
}

async function purgeLoose(tx: SqlExecutor, ids: readonly number[], order: PurgeOrder): Promise<Purged> {
  await lockHolds(tx, 'shared');
  const rows = await tx.query<EventRow & { held: boolean }>(
    `select e.id, e.kind, '' as payload, ${heldEventSql('e')} as held from wcs.events e
     where e.id = any($1::bigint[]) and e.interaction_key is null and e.purge_id is null order by e.id for update of e`,
    [ids],
  );
  const free = rows.filter((row) => !row.held);
  const left = { held: rows.length - free.length, busy: [] };
  if (free.length === 0) return { interactions: 0, events: 0, files: 0, ...left };
  return { ...(await destroy(tx, { interactions: [], events: free }, order)), ...left };
}

/**
 * What came of interactions after their content was destroyed (a late delivery state, an edit) goes the same way, by the
 * same rule. Called by the fold, which holds the interactions' rows.
 */
export async function purgeLate(tx: SqlExecutor, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const rules = await tx.query<{ key: string; rule: string; kind: PurgeOrder['kind'] }>(
    `select i.key, p.rule, p.kind from wcs.interactions i join wcs.purges p on p.id = i.purge_id
     where i.key = any($1::text[]) order by i.key`,
    [keys],
  );
  for (const one of rules) {
    const events = await eventsOf(tx, [one]);
    if (events.length === 0) continue;
    const order = { rule: one.rule, kind: one.kind, actor: 'late event' };
    await destroy(tx, { interactions: [], events, lateOf: [one.key] }, order);
  }
}

interface Doomed {
  readonly interactions: readonly LockedRow[];
  readonly events: readonly EventRow[];
  /** keys of interactions that are destroyed already */
  readonly lateOf?: readonly string[];
}

/** All that goes, in one transaction. Every place that may hold what people wrote or who they are has its line here. */
async function destroy(
  tx: SqlExecutor,
  { interactions, events, lateOf = [] }: Doomed,
  order: PurgeOrder,
): Promise<Pick<Purged, 'interactions' | 'events' | 'files'>> {
  const keys = interactions.map(({ key }) => key);
  const kept = events.flatMap(({ payload }) => hashInEvent(payload) ?? []);
  const files = await doomFiles(tx, keys, kept);
  const counts = { interactions: keys.length, events: events.length, files };
  const purged = await addPurge(tx, order, counts);
  await tx.query(
    `update wcs.events set payload = '', nonce = null, provider_id = null, purge_id = $2 where id = any($1::bigint[])`,
    [events.map(({ id }) => id), purged.id],
  );
  await buryInteractions(tx, interactions, { ...purged, rule: order.rule });
  await clearActivities(tx, keys, order.rule);
  await tx.query('delete from wcs.media where key = any($1::text[])', [keys]);
  await tx.query('delete from wcs.attachments where key = any($1::text[])', [keys]);
  await shrinkConversations(
    tx,
    interactions.flatMap(({ conversation }) => conversation ?? []),
  );
  await forgetPeople(
    tx,
    interactions.flatMap(({ addresses }) => addresses),
  );
  await forgetGroups(
    tx,
    interactions.flatMap(({ group_id: group }) => group ?? []),
  );
  await tx.query(
    'update wcs.retention_state set unscrubbed_since = coalesce(unscrubbed_since, clock_timestamp()) where id = 1',
  );
  await destroyKeys(
    tx,
    { keys: [...keys, ...lateOf], events: events.map(({ id }) => id) },
    Number(purged.id),
  );
  const loose = keys.length + lateOf.length === 0 ? events.map(({ id }) => Number(id)) : [];
  await keepAudit(tx, {
    actor: order.actor,
    action: 'content.purge',
    subject: order.rule,
    detail: {
      purge: Number(purged.id),
      kind: order.kind,
      ...counts,
      ...(loose.length > 0 ? { eventIds: loose } : { keys: [...keys, ...lateOf] }),
    },
  });
  return counts;
}

/** The line of the trail. */
async function addPurge(
  tx: SqlExecutor,
  { actor, kind, rule }: PurgeOrder,
  { interactions, events, files }: Pick<Purged, 'interactions' | 'events' | 'files'>,
): Promise<{ readonly id: string; readonly at: string }> {
  const [row] = await tx.query<{ id: string; at: Date }>(
    `insert into wcs.purges (actor, kind, rule, interactions, events, files) values ($1, $2, $3, $4, $5, $6)
     returning id, at`,
    [actor, kind, rule, interactions, events, files],
  );
  if (row === undefined) throw new Error('the purge was not kept');
  return { id: row.id, at: row.at.toISOString() };
}
