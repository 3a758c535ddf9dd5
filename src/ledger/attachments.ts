import type { FileResult, Interaction, Media } from '../core/interaction.ts';
import { cleanText } from '../core/text.ts';
import type { AttachmentSettlement, AttachmentTask, Folded } from './ledger.ts';
import { toContact } from './rows.ts';
import type { ContactRow } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, planByKey, transact } from './transact.ts';

type StoredFile = AttachmentTask['files'][number];

/**
 * A row that knows all its files stays as it is: what failed for good is not tried again because somebody read the message.
 * A file that is new makes it wait again, and ends the lease of whoever attaches the others right now, so that nobody
 * says "done" without having seen the new one.
 */
const addSql = `
  insert into wcs.attachments as t (destination, key, files)
  select destination, key, files from unnest($1::text[], $2::text[], $3::text[]) as n (destination, key, files)
  order by key collate "C", destination collate "C"
  on conflict (key, destination) do update
  set files = excluded.files, state = 'waiting', attempts = 0, not_before = '-infinity', lease_owner = null,
      lease_until = null, code = null, reason = null, changed_at = clock_timestamp()
  where not t.files::jsonb @> excluded.files::jsonb`;

/** Interactions whose files are stored get their rows per destination, back to waiting where files were added. Called by the fold. */
export async function addAttachments(
  tx: SqlExecutor,
  remade: readonly { readonly before: { readonly key: string }; readonly folded: Folded }[],
): Promise<void> {
  const rows = remade.flatMap(({ before: { key }, folded: { interaction, destinations } }) => {
    const files = JSON.stringify(storedFiles(interaction).map(({ sha256 }) => sha256));
    return files === '[]' ? [] : destinations.map(({ id }) => ({ destination: id, key, files }));
  });
  if (rows.length === 0) return;
  await tx.query(
    addSql,
    columns(
      rows,
      (row) => row.destination,
      (row) => row.key,
      (row) => row.files,
    ),
  );
}

/** The record is another one now: none of the files is on it. Called by the settle of a delivery. */
export async function reopenAttachments(
  tx: SqlExecutor,
  destination: string,
  keys: readonly string[],
): Promise<void> {
  if (keys.length === 0) return;
  await tx.query(
    `update wcs.attachments
     set state = 'waiting', attached = '{}', attempts = 0, not_before = '-infinity', lease_owner = null,
         lease_until = null, code = null, reason = null, changed_at = clock_timestamp()
     where destination = $1 and key = any($2::text[])`,
    [destination, keys],
  );
}

const dueSql = `t.state = 'waiting' and t.not_before <= statement_timestamp()
  and (t.lease_until is null or t.lease_until <= statement_timestamp())
  and a.state = 'delivered' and a.record_id is not null`;

const fromSql = `wcs.attachments t join wcs.activities a on a.destination = t.destination and a.key = t.key`;

const claimSql = `
  with due as materialized (
    select t.key from ${fromSql} where t.destination = $1 and ${dueSql}
    order by t.not_before, a.position limit $2 for update of t skip locked
  )
  update wcs.attachments t
  set lease_owner = $3, lease_until = clock_timestamp() + $4::float8 * interval '1 millisecond'
  from due where t.destination = $1 and t.key = due.key
  returning t.key`;

/** Read after the rows are leased: document and files belong together. */
const readSql = `
  select t.key, t.attached, t.attempts, a.record_id, case when a.digest_key is null then a.kind else 'message' end as kind,
         a.contact_type, a.contact_id, a.contact_owner, a.contact_name,
         i.document
  from ${fromSql} join wcs.interactions i on i.key = t.key
  where t.destination = $1 and t.key = any($2::text[]) order by a.position`;

interface TaskRow extends ContactRow {
  key: string;
  attached: string;
  attempts: number;
  record_id: string;
  kind: 'message' | 'call';
  document: string;
}

/** Leases records with stored files that are not attached; see the port. */
export function claimAttachments(
  sql: Sql,
  destination: string,
  limit: number,
  owner: string,
  leaseMs: number,
): Promise<AttachmentTask[]> {
  return transact(sql, async (tx) => {
    const leased = await tx.query<{ key: string }>(claimSql, [destination, limit, owner, leaseMs]);
    if (leased.length === 0) return [];
    await planByKey(tx);
    const keys = leased.map(({ key }) => key);
    return (await tx.query<TaskRow>(readSql, [destination, keys])).map(toTask);
  });
}

function toTask(row: TaskRow): AttachmentTask {
  const interaction = JSON.parse(row.document) as Interaction;
  return {
    key: row.key,
    recordId: row.record_id,
    kind: row.kind,
    interaction,
    contact: toContact(row),
    files: storedFiles(interaction),
    attached: JSON.parse(row.attached) as Record<string, string>,
    attempts: row.attempts,
  };
}

/** Each content once, also those of earlier versions of an edited message. */
export function storedFiles(interaction: Interaction): StoredFile[] {
  const found = new Map<string, StoredFile>();
  for (const { id, result } of mediaOf(interaction)) {
    if (result?.state === 'stored' && !found.has(result.sha256)) found.set(result.sha256, withId(result, id));
  }
  return [...found.values()];
}

function withId(result: Extract<FileResult, { state: 'stored' }>, mediaId: string): StoredFile {
  return { ...result, mediaId };
}

function mediaOf(interaction: Interaction): Media[] {
  if (interaction.kind === 'call') {
    const { recording, transcript, voicemail } = interaction;
    return [recording, transcript, voicemail].filter((media) => media !== undefined);
  }
  const contents = [interaction.content, ...interaction.earlier.map(({ content }) => content)];
  return contents.flatMap((content) => content?.media ?? []);
}

const settleSql = `
  update wcs.attachments t
  set state = n.next, attached = (t.attached::jsonb || n.attached::jsonb)::text,
      attempts = case when n.next = 'done' then 0 when n.burn then t.attempts + 1 else t.attempts end,
      not_before = case when n.next = 'waiting' and n.delay_ms > 0
        then clock_timestamp() + n.delay_ms * interval '1 millisecond' else '-infinity' end,
      lease_owner = null, lease_until = null, code = n.code, reason = n.reason, changed_at = clock_timestamp()
  from unnest($3::text[], $4::text[], $5::text[], $6::float8[], $7::boolean[], $8::text[], $9::text[])
    as n (key, next, attached, delay_ms, burn, code, reason)
  where t.destination = $1 and t.key = n.key and t.lease_owner = $2 and t.state = 'waiting'`;

/**
 * Writes what became of leased attachments. Of those whose lease is lost nothing is taken: to attach again changes nothing,
 * and the record may be another one by now.
 */
export async function settleAttachments(
  sql: Sql,
  destination: string,
  settlements: readonly AttachmentSettlement[],
  owner: string,
): Promise<void> {
  if (settlements.length === 0) return;
  await sql.query(settleSql, [
    destination,
    owner,
    ...columns(
      settlements,
      (one) => one.key,
      (one) => one.to,
      (one) => JSON.stringify(one.attached),
      (one) => one.delayMs ?? 0,
      (one) => one.burn ?? false,
      (one) => one.code,
      (one) => (one.reason === undefined ? undefined : cleanText(one.reason)),
    ),
  ]);
}

/** Goes from destination to destination in an index, then looks for one due record of each. */
const waitingSql = `
  with recursive each_one (destination) as (
    (select destination from wcs.attachments where state = 'waiting' order by destination limit 1)
    union all
    select (select t.destination from wcs.attachments t where t.state = 'waiting' and t.destination > e.destination
            order by t.destination limit 1)
    from each_one e where e.destination is not null
  )
  select destination from each_one e
  where destination is not null
    and exists (select from ${fromSql} where t.destination = e.destination and ${dueSql})
  order by destination`;

/** Destinations that have a file to attach now. */
export async function waitingAttachments(sql: Sql): Promise<string[]> {
  const rows = await sql.query<Row & { destination: string }>(waitingSql);
  return rows.map(({ destination }) => destination);
}

/** Ends the leases of everybody else: they are dead. @returns how many */
export async function releaseAttachments(sql: Sql, exceptOwner: string): Promise<number> {
  const rows = await sql.query(
    `update wcs.attachments set lease_owner = null, lease_until = null
     where state = 'waiting' and lease_owner <> $1 returning key`,
    [exceptOwner],
  );
  return rows.length;
}
