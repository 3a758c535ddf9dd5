import { cleanText } from '../core/text.ts';
import type { StoredEvent } from '../sources/source.ts';
import { addAttachments } from './attachments.ts';
import type { Folded, FoldReport, FoldSubject, Learned } from './ledger.ts';
import { addMedia } from './media.ts';
import { eventColumns, toEvent } from './rows.ts';
import type { EventRow } from './rows.ts';
import { insertActivities, reenter } from './fold-activities.ts';
import type { Sql, SqlExecutor } from './sql.ts';
import { columns, planByKey, transact } from './transact.ts';

interface InboxRow extends Record<string, unknown> {
  event_id: string;
  interaction_key: string | null;
}

interface Before extends Record<string, unknown> {
  key: string;
  revision: number;
  content_hash: string;
  addresses: string[];
}

/** An interaction as it was and as it is now. */
export interface Remade {
  readonly before: Before;
  readonly folded: Folded;
  readonly revision: number;
  /** what people would see has changed since the revision before */
  readonly rose: boolean;
  readonly addresses: readonly string[];
  readonly addressesChanged: boolean;
}

interface FailedFold {
  readonly key: string;
  readonly error: string;
}

/**
 * Folds a batch in one transaction. The interactions are locked before their events are read, so that of two folds of
 * the same interaction the later one has seen all that the earlier one saw.
 */
export function foldBatch(
  sql: Sql,
  limit: number,
  rebuild: (subject: FoldSubject) => Folded,
  _learn?: (event: StoredEvent) => Learned,
): Promise<FoldReport> {
  return transact(sql, async (tx) => {
    const taken = await takeInbox(tx, limit);
    if (taken.length === 0) return { events: 0, interactions: 0 };
    await planByKey(tx);
    const keys = [...new Set(taken.flatMap((row) => row.interaction_key ?? []))].sort();
    const { remade, failed } =
      keys.length > 0 ? await remake(tx, keys, rebuild) : { remade: [], failed: [] as FailedFold[] };
    if (remade.length > 0) {
      await writeInteractions(tx, remade);
      await reenter(tx, remade);
      await insertActivities(tx, remade);
      await addMedia(
        tx,
        remade.flatMap(({ before, folded }) =>
          folded.media.map((media) => ({ key: before.key, source: folded.interaction.source, media })),
        ),
      );
      await addAttachments(tx, remade);
    }
    await leaveInbox(tx, taken, failed);
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

async function remake(
  tx: SqlExecutor,
  keys: readonly string[],
  rebuild: (subject: FoldSubject) => Folded,
): Promise<{ remade: Remade[]; failed: FailedFold[] }> {
  await insertStubs(tx, keys);
  const befores = await lockInteractions(tx, keys);
  const rows = await tx.query<EventRow>(
    `select ${eventColumns} from wcs.events where interaction_key = any($1::text[]) order by id`,
    [keys],
  );
  const events = new Map<string | null, EventRow[]>(keys.map((key) => [key, []]));
  for (const row of rows) events.get(row.interaction_key)?.push(row);
  const remade: Remade[] = [];
  const failed: FailedFold[] = [];
  for (const before of befores) {
    try {
      const subject = {
        key: before.key,
        events: (events.get(before.key) ?? []).map(toEvent),
        groupSubject: () => undefined,
      };
      remade.push(compare(before, rebuild(subject)));
    } catch (error) {
      failed.push({ key: before.key, error: whereItFailed(error) });
    }
  }
  return { remade, failed };
}

/** A new interaction gets its row first: the row is what two folds of it queue up at. */
async function insertStubs(tx: SqlExecutor, keys: readonly string[]): Promise<void> {
  await tx.query(
    `insert into wcs.interactions (key, position, source, business_number, occurred_at, received_at)
     select distinct on (e.interaction_key) e.interaction_key, e.id, e.source, coalesce(e.business_number, ''),
            e.occurred_at, e.received_at
     from wcs.events e
     where e.interaction_key = any($1::text[])
       and not exists (select from wcs.interactions i where i.key = e.interaction_key)
     order by e.interaction_key, e.id
     on conflict (key) do nothing`,
    [keys],
  );
}

function lockInteractions(tx: SqlExecutor, keys: readonly string[]): Promise<Before[]> {
  return tx.query<Before>(
    `select key, revision, content_hash, addresses from wcs.interactions
     where key = any($1::text[]) order by key for update`,
    [keys],
  );
}

function compare(before: Before, folded: Folded): Remade {
  const rose = before.revision === 0 || before.content_hash !== folded.contentHash;
  const addresses = folded.addresses.map(cleanText);
  return {
    before,
    folded,
    rose,
    revision: before.revision + (rose ? 1 : 0),
    addresses,
    addressesChanged: before.revision > 0 && before.addresses.join('\n') !== addresses.join('\n'),
  };
}

/** What kind of error and where, but not its message: that may quote what somebody wrote. */
function whereItFailed(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  const frame = /[\w.-]+\.[jt]s:\d+/.exec(error.stack ?? '');
  return frame ? `${error.name} at ${frame[0]}` : error.name;
}

async function writeInteractions(tx: SqlExecutor, remade: readonly Remade[]): Promise<void> {
  await tx.query(
    `update wcs.interactions i
     set revision = n.revision, content_hash = n.content_hash, without_content = n.without_content,
         source = n.source, business_number = n.business_number, occurred_at = n.occurred_at::timestamptz,
         addresses = array(select jsonb_array_elements_text(n.addresses::jsonb)),
         person_phone = n.phone, person_user_id = n.user_id, document = n.document
     from unnest($1::text[], $2::int[], $3::text[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[],
                 $9::text[], $10::text[], $11::text[])
       as n (key, revision, content_hash, without_content, source, business_number, occurred_at, addresses, phone,
             user_id, document)
     where i.key = n.key`,
    columns(
      remade,
      ({ before }) => before.key,
      ({ revision }) => revision,
      ({ folded }) => cleanText(folded.contentHash),
      ({ folded }) => folded.withoutContent,
      ({ folded }) => cleanText(folded.interaction.source),
      ({ folded }) => cleanText(folded.interaction.businessNumber),
      ({ folded }) => folded.interaction.occurredAt,
      ({ addresses }) => JSON.stringify(addresses),
      ({ folded }) => clean(folded.interaction.person.phone),
      ({ folded }) => clean(folded.interaction.person.userId),
      ({ folded }) => JSON.stringify(folded.interaction),
    ),
  );
}

function clean(text: string | undefined): string | undefined {
  return text === undefined ? undefined : cleanText(text);
}

/**
 * Folded events leave the inbox. Those of an interaction that could not be made stay with a growing pause (5 s, 10 s, …
 * at most 10 min), and the stub made for it goes, so that the report counts it as waiting.
 */
async function leaveInbox(
  tx: SqlExecutor,
  taken: readonly InboxRow[],
  failed: readonly FailedFold[],
): Promise<void> {
  const errors = new Map(failed.map(({ key, error }) => [key, error]));
  const isStuck = (row: InboxRow) => row.interaction_key !== null && errors.has(row.interaction_key);
  const done = taken.filter((row) => !isStuck(row)).map((row) => row.event_id);
  if (done.length > 0) await tx.query('delete from wcs.inbox where event_id = any($1::bigint[])', [done]);
  if (failed.length === 0) return;
  await tx.query(
    `update wcs.inbox i
     set attempts = i.attempts + 1, error = n.error,
         retry_at = clock_timestamp() + least(interval '5 seconds' * 2 ^ least(i.attempts, 10), interval '10 minutes')
     from unnest($1::bigint[], $2::text[]) as n (event_id, error)
     where i.event_id = n.event_id`,
    columns(
      taken.filter(isStuck),
      (row) => row.event_id,
      (row) => errors.get(row.interaction_key ?? ''),
    ),
  );
  await tx.query('delete from wcs.interactions where key = any($1::text[]) and revision = 0', [
    [...errors.keys()],
  ]);
}
