import { cleanText } from '../core/text.ts';
import { cursorTime, fromCursor, toCursor } from './cursor.ts';
import type { Conversation, ConversationContact, ConversationFilter, InteractionView } from './ledger.ts';
import { given } from './rows.ts';
import { digitsOf, wordQuery } from './search.ts';
import type { Row, Sql, SqlValue } from './sql.ts';
import { timeOf, withActivities } from './views.ts';
import type { InteractionRow } from './rows.ts';

interface ChatRow extends Row {
  id: string;
  business_number: string;
  group_id: string | null;
  person_phone: string | null;
  person_user_id: string | null;
  name: string | null;
  first_at: Date;
  last_at: Date;
  cursor_time: string;
}

const chatColumns = `c.id, c.business_number, c.group_id, c.person_phone, c.person_user_id, c.name, c.first_at,
  c.last_at, ${cursorTime('c.last_at')} as cursor_time`;

/** Chats, the one with the newest message first, a page at a time. */
export async function conversations(
  sql: Sql,
  filter: ConversationFilter,
): Promise<{ items: Conversation[]; cursor?: string }> {
  const { where, params } = conditions(filter);
  const rows = await sql.query<ChatRow>(
    `select ${chatColumns} from wcs.conversations c where ${where.join(' and ')}
     order by c.last_at desc, c.id desc limit $${params.length + 1}`,
    [...params, filter.limit + 1],
  );
  const page = rows.slice(0, filter.limit);
  const items = await withLast(sql, page);
  const last = page.at(-1);
  return rows.length > page.length && last
    ? { items, cursor: toCursor([last.cursor_time, last.id]) }
    : { items };
}

/** One chat. */
export async function conversation(sql: Sql, id: string): Promise<Conversation | undefined> {
  const rows = await sql.query<ChatRow>(`select ${chatColumns} from wcs.conversations c where c.id = $1`, [
    cleanText(id),
  ]);
  return (await withLast(sql, rows))[0];
}

function conditions(filter: ConversationFilter): { where: string[]; params: SqlValue[] } {
  const params: SqlValue[] = [];
  const where = ['true'];
  const place = (value: SqlValue) => `$${params.push(typeof value === 'string' ? cleanText(value) : value)}`;
  if (filter.businessNumber !== undefined) where.push(`c.business_number = ${place(filter.businessNumber)}`);
  if (filter.who !== undefined) where.push(whoCondition(filter.who, place));
  if (filter.from !== undefined || filter.to !== undefined) where.push(daysCondition(filter, place));
  if (filter.state !== undefined || filter.destination !== undefined)
    where.push(stateCondition(filter, place));
  const after = fromCursor(filter.cursor);
  if (after) where.push(`(c.last_at, c.id) < (${place(after[0])}::timestamptz, ${place(after[1])})`);
  return { where, params };
}

type Place = (value: SqlValue) => string;

/**
 * By what the other side calls itself, by digits of its number, and by the names of CRM contacts: those who have the
 * address, and those to whom a person gave what was written (the newest of it, for a contact with very much).
 */
function whoCondition(who: string, place: Place): string {
  const digits = digitsOf(who);
  if (digits !== undefined) {
    return `(c.person_phone like ${place(`%${digits}%`)} or c.person_user_id = ${place(who.trim())})`;
  }
  const query = wordQuery(who);
  if (query === undefined) return `c.person_user_id = ${place(who.trim())}`;
  const words = `${place(query)}::tsquery`;
  return `c.id in (
    select o.id from wcs.conversations o where o.names @@ ${words} or o.person_user_id = ${place(who.trim())}
    union
    select o.id from wcs.directory d join wcs.conversations o on o.person_phone = d.address where d.words @@ ${words}
    union
    select o.id from wcs.directory d join wcs.conversations o on o.person_user_id = d.address where d.words @@ ${words}
    union
    select i.conversation from (select distinct destination, type, id from wcs.directory where words @@ ${words}) d
      cross join lateral (
        select a.key from wcs.activities a
        where a.destination = d.destination and a.lane = d.type || ':' || d.id and a.record_id is not null limit 200) a
      join wcs.interactions i on i.key = a.key
  )`;
}

function daysCondition({ from, to }: ConversationFilter, place: Place): string {
  const bounds: string[] = [];
  const prunes: string[] = [];
  if (from !== undefined) {
    const start = timeOf(from, place(from));
    bounds.push(`i.occurred_at >= ${start}`);
    prunes.push(`c.last_at >= ${start}`);
  }
  if (to !== undefined) {
    const end = `${timeOf(to, place(to))} + interval '1 day'`;
    bounds.push(`i.occurred_at < ${end}`);
    prunes.push(`c.first_at < ${end}`);
  }
  return `${prunes.join(' and ')} and exists (
    select from wcs.interactions i where i.conversation = c.id and ${bounds.join(' and ')})`;
}

/** Nearly every chat has something that is logged: those are asked one by one. Whatever else is rare is looked up first. */
function stateCondition({ state, destination }: ConversationFilter, place: Place): string {
  const asked = [
    ...(state === undefined ? [] : [`a.state = ${place(state)}`]),
    ...(destination === undefined ? [] : [`a.destination = ${place(destination)}`]),
  ].join(' and ');
  if (state === undefined || state === 'delivered') {
    return `exists (select from wcs.interactions i join wcs.activities a on a.key = i.key
      where i.conversation = c.id and ${asked})`;
  }
  return `c.id in (select i.conversation from wcs.activities a join wcs.interactions i on i.key = a.key where ${asked})`;
}

interface ContactRow extends Row {
  conversation: string;
  destination: string;
  contact_type: string;
  contact_id: string;
  contact_name: string | null;
  match_reason: string | null;
}

/** How many of the newest ones say whose the chat is. */
const newestSql = `
  select one.id as conversation, i.key, i.document, i.revision, i.without_content
  from unnest($1::text[]) as one (id)
  cross join lateral (
    select key, document, revision, without_content, occurred_at from wcs.interactions
    where conversation = one.id order by occurred_at desc, key desc limit 1) i`;

const contactsSql = `
  select distinct on (one.id, a.destination, a.contact_type, a.contact_id)
    one.id as conversation, a.destination, a.contact_type, a.contact_id, a.contact_name, a.match_reason
  from unnest($1::text[]) as one (id)
  cross join lateral (
    select key from wcs.interactions where conversation = one.id order by occurred_at desc, key desc limit 20) i
  join wcs.activities a on a.key = i.key
  where a.contact_id is not null
  order by one.id, a.destination, a.contact_type, a.contact_id, a.changed_at desc`;

async function withLast(sql: Sql, rows: readonly ChatRow[]): Promise<Conversation[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const newest = await sql.query<InteractionRow>(newestSql, [ids]);
  const views = await withActivities(sql, newest);
  const contacts = await sql.query<ContactRow>(contactsSql, [ids]);
  const lastOf = new Map(newest.map(({ conversation: id }, at) => [id, views[at]]));
  return rows.flatMap((row) => {
    const last = lastOf.get(row.id);
    const own = contacts.filter(({ conversation: id }) => id === row.id).map(toContact);
    return last === undefined ? [] : [toConversation(row, last, own)];
  });
}

function toContact(row: ContactRow): ConversationContact {
  return {
    destination: row.destination,
    type: row.contact_type,
    id: row.contact_id,
    ...given('name', row.contact_name),
    ...given('match', row.match_reason),
  };
}

function toConversation(
  row: ChatRow,
  last: InteractionView,
  contacts: readonly ConversationContact[],
): Conversation {
  return {
    id: row.id,
    businessNumber: row.business_number,
    ...given('groupId', row.group_id),
    ...given('phone', row.person_phone),
    ...given('userId', row.person_user_id),
    ...given('name', row.name),
    firstAt: row.first_at.toISOString(),
    lastAt: row.last_at.toISOString(),
    last,
    contacts,
  };
}
