import type { ContactRef } from '../core/activity.ts';
import { cleanText } from '../core/text.ts';
import { wordsOf } from '../core/words.ts';
import type { DirectoryContact, DirectoryEntry, DirectoryState } from './ledger.ts';
import { given } from './rows.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { columns, lockDestination, transact } from './transact.ts';

interface EntryRow extends Row {
  address: string;
  type: string;
  id: string;
  name: string;
  owner_id: string | null;
  modified_at: string | null;
  marks: string | null;
}

/** Entries under any of these addresses (E.164 and user ids). */
export async function findContacts(
  sql: Sql,
  destination: string,
  addresses: readonly string[],
): Promise<DirectoryEntry[]> {
  if (addresses.length === 0) return [];
  const rows = await sql.query<EntryRow>(
    `select address, type, id, name, owner_id, modified_at, marks from wcs.directory
     where destination = $1 and address = any($2::text[]) order by address, type, id`,
    [destination, addresses.map(cleanText)],
  );
  return rows.map(toEntry);
}

function toEntry({ owner_id: ownerId, modified_at: modifiedAt, marks, ...entry }: EntryRow): DirectoryEntry {
  return {
    ...entry,
    ...given('ownerId', ownerId),
    ...given('modifiedAt', modifiedAt),
    ...(marks !== null && { marks: JSON.parse(marks) as Record<string, string> }),
  };
}

const deleteSql = `
  delete from wcs.directory d
  using unnest($2::text[], $3::text[]) as contact (type, id)
  where d.destination = $1 and d.type = contact.type and d.id = contact.id
    and not exists (
      select from unnest($4::text[], $5::text[], $6::text[]) as keep (address, type, id)
      where keep.address = d.address and keep.type = d.type and keep.id = d.id)
  returning d.id`;

/** The CRM's time of change alone is no news: writing an activity changes it, and nothing that a match looks at. */
const upsertSql = `
  insert into wcs.directory as d (destination, address, type, id, name, owner_id, modified_at, marks, words)
  select $1, address, type, id, name, owner_id, modified_at, marks,
         array_to_tsvector(array(select jsonb_array_elements_text(words::jsonb)))
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
    as n (address, type, id, name, owner_id, modified_at, marks, words)
  on conflict (destination, address, type, id) do update
    set name = excluded.name, words = excluded.words, owner_id = excluded.owner_id, modified_at = excluded.modified_at, marks = excluded.marks,
        changed_at = case when (d.name, d.owner_id, d.marks) is distinct from (excluded.name, excluded.owner_id, excluded.marks)
                          then clock_timestamp() else d.changed_at end
    where (d.name, d.owner_id, d.modified_at, d.marks)
      is distinct from (excluded.name, excluded.owner_id, excluded.modified_at, excluded.marks)
  returning changed_at >= transaction_timestamp() as news`;

/** Replaces the entries of these contacts (a `gone` one has none) and keeps the cursor with them. */
export async function putContacts(
  sql: Sql,
  destination: string,
  contacts: readonly DirectoryContact[],
  cursor?: string,
): Promise<void> {
  const latest = [
    ...new Map(contacts.map((contact) => [`${contact.type}\n${contact.id}`, contact])).values(),
  ];
  const entries = latest.flatMap((contact) =>
    contact.gone
      ? []
      : [...new Set(contact.addresses.map(cleanText))].map((address) => ({ ...contact, address })),
  );
  await transact(sql, async (tx) => {
    await lockDestination(tx, 'directory', destination);
    const changed = await replaceEntries(tx, destination, latest, entries);
    await tx.query(
      `insert into wcs.directory_state as s (destination, cursor, version) values ($1, $2, $3::int)
       on conflict (destination) do update
         set cursor = coalesce(excluded.cursor, s.cursor), version = s.version + $3::int`,
      [destination, cursor ?? null, changed ? 1 : 0],
    );
  });
}

type Entry = DirectoryContact & { readonly address: string };

/** @returns whether a match could come out differently now */
async function replaceEntries(
  tx: SqlExecutor,
  destination: string,
  contacts: readonly DirectoryContact[],
  entries: readonly Entry[],
): Promise<boolean> {
  if (contacts.length === 0) return false;
  const type = (contact: DirectoryContact) => cleanText(contact.type);
  const id = (contact: DirectoryContact) => cleanText(contact.id);
  const address = (entry: Entry) => entry.address;
  const removed = await tx.query(deleteSql, [
    destination,
    ...columns(contacts, type, id),
    ...columns(entries, address, type, id),
  ]);
  const written = await tx.query<{ news: boolean }>(upsertSql, [
    destination,
    ...columns(
      entries,
      address,
      type,
      id,
      (entry) => cleanText(entry.name),
      (entry) => entry.ownerId,
      (entry) => entry.modifiedAt,
      (entry) => marksText(entry),
      (entry) => JSON.stringify(wordsOf(cleanText(entry.name))),
    ),
  ]);
  return removed.length > 0 || written.some((row) => row.news);
}

/** The same text for the same marks, whatever their order. */
function marksText({ marks }: Entry): string | undefined {
  if (marks === undefined) return undefined;
  return cleanText(JSON.stringify(Object.fromEntries(Object.entries(marks).toSorted())));
}

/** Entries of which the CRM told by which fields people opt out or in: under these addresses, or all. */
export async function markedContacts(
  sql: Sql,
  destination: string,
  addresses?: readonly string[],
): Promise<DirectoryEntry[]> {
  const rows = await sql.query<EntryRow>(
    `select address, type, id, name, owner_id, modified_at, marks from wcs.directory
     where destination = $1 and marks is not null and ($2::text[] is null or address = any($2))`,
    [destination, addresses?.map(cleanText) ?? null],
    // The gate asks while a webhook waits for its answer.
    'urgent',
  );
  return rows.map(toEntry);
}

/** People whose number ends with the same seven digits as one of these. */
export async function similarContacts(
  sql: Sql,
  destination: string,
  phones: readonly string[],
): Promise<DirectoryEntry[]> {
  const rows = await sql.query<EntryRow>(
    `select address, type, id, name, owner_id, modified_at, marks from wcs.directory
     where destination = $1 and address like '+%' and right(address, 7) = any($2::text[])
     order by address, type, id limit 500`,
    [destination, phones.map((phone) => cleanText(phone).slice(-7))],
  );
  return rows.map(toEntry);
}

/** Where the pull of a destination's contacts goes on, and when one last ended well. */
export async function directoryState(sql: Sql, destination: string): Promise<DirectoryState> {
  const [row] = await sql.query<{ cursor: string | null; pulled_at: Date | null; marked_by: string | null }>(
    'select cursor, pulled_at, marked_by from wcs.directory_state where destination = $1',
    [destination],
  );
  return {
    ...given('cursor', row?.cursor),
    ...given('pulledAt', row?.pulled_at?.toISOString()),
    markedBy: row?.marked_by ?? '',
  };
}

/** A pull has ended well, now. */
export async function markPulled(sql: Sql, destination: string): Promise<void> {
  await sql.query(
    `insert into wcs.directory_state (destination, pulled_at) values ($1, clock_timestamp())
     on conflict (destination) do update set pulled_at = excluded.pulled_at`,
    [destination],
  );
}

/** All contacts are pulled from the beginning: the fields by which people opt out or in are others now. */
export async function restartPull(sql: Sql, destination: string, markedBy: string): Promise<void> {
  await sql.query(
    `insert into wcs.directory_state (destination, marked_by) values ($1, $2)
     on conflict (destination) do update set cursor = null, marked_by = excluded.marked_by`,
    [destination, markedBy],
  );
}

/** Removes the entries of a contact that the CRM does not have any more. */
export async function forgetContact(sql: Sql, destination: string, contact: ContactRef): Promise<void> {
  await transact(sql, async (tx) => {
    await lockDestination(tx, 'directory', destination);
    await tx.query(
      `with gone as (
         delete from wcs.directory where destination = $1 and type = $2 and id = $3 returning id
       )
       update wcs.directory_state set version = version + 1
       where destination = $1 and exists (select from gone)`,
      [destination, cleanText(contact.type), cleanText(contact.id)],
    );
  });
}
