import { cleanText } from '../core/text.ts';
import { cursorTime, fromCursor, toCursor } from './cursor.ts';
import type { InteractionFilter, InteractionView, Ledger } from './ledger.ts';
import { eventColumns, toEvent, toInteractionView, toReceipt } from './rows.ts';
import { wordQuery } from './search.ts';
import type { ActivityRow, EventRow, InteractionRow, ReceiptRow } from './rows.ts';
import type { Sql, SqlValue } from './sql.ts';

const activityColumns = `destination, key, state, revision, delivered_revision, attempts, contact_type, contact_id,
  contact_name, match_reason, record_id, code, reason, parked_since, changed_at`;

interface PageRow extends InteractionRow {
  cursor_time: string;
}

/** Interactions, newest first unless told, a page at a time. An unreadable cursor starts at the beginning. */
export async function interactions(
  sql: Sql,
  filter: InteractionFilter,
): Promise<{ items: InteractionView[]; cursor?: string }> {
  const { where, params } = conditions(filter);
  const direction = filter.order === 'oldest' ? 'asc' : 'desc';
  const rows = await sql.query<PageRow>(
    `select i.key, i.document, i.revision, i.without_content, i.conversation, ${cursorTime('i.occurred_at')} as cursor_time
     from wcs.interactions i where ${where.join(' and ')}
     order by i.occurred_at ${direction}, i.key ${direction} limit $${params.length + 1}`,
    [...params, filter.limit + 1],
  );
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  const items = await withActivities(sql, page);
  return rows.length > page.length && last
    ? { items, cursor: toCursor([last.cursor_time, last.key]) }
    : { items };
}

/** These with what became of them, in their order. */
export async function withActivities(sql: Sql, rows: readonly InteractionRow[]): Promise<InteractionView[]> {
  if (rows.length === 0) return [];
  const activities = await sql.query<ActivityRow>(
    `select ${activityColumns} from wcs.activities where key = any($1::text[]) order by destination`,
    [rows.map((row) => row.key)],
  );
  return rows.map((row) =>
    toInteractionView(
      row,
      activities.filter((activity) => activity.key === row.key),
    ),
  );
}

function conditions(filter: InteractionFilter): { where: string[]; params: SqlValue[] } {
  const params: SqlValue[] = [];
  const where = ['i.revision > 0'];
  const add = (condition: (place: string) => string, value: string) => {
    params.push(cleanText(value));
    where.push(condition(`$${params.length}`));
  };
  if (filter.source !== undefined) add((place) => `i.source = ${place}`, filter.source);
  if (filter.businessNumber !== undefined) {
    add((place) => `i.business_number = ${place}`, filter.businessNumber);
  }
  if (filter.person !== undefined) {
    add((place) => `(i.person_phone = ${place} or i.person_user_id = ${place})`, filter.person);
  }
  if (filter.conversation !== undefined) add((place) => `i.conversation = ${place}`, filter.conversation);
  // Nothing that could be a word finds nothing.
  if (filter.text !== undefined) {
    const query = wordQuery(filter.text);
    if (query === undefined) where.push('false');
    else add((place) => `i.words @@ ${place}::tsquery`, query);
  }
  addState(filter, params, where);
  if (filter.from !== undefined)
    add((place) => `i.occurred_at >= ${timeOf(filter.from, place)}`, filter.from);
  if (filter.to !== undefined) {
    const end = isDay(filter.to) ? " + interval '1 day'" : '';
    add((place) => `i.occurred_at < ${timeOf(filter.to, place)}${end}`, filter.to);
  }
  const after = fromCursor(filter.cursor);
  if (after) {
    params.push(after[0], after[1]);
    where.push(
      `(i.occurred_at, i.key) ${filter.order === 'oldest' ? '>' : '<'} ($${params.length - 1}::timestamptz, $${params.length})`,
    );
  }
  return { where, params };
}

/** A day means the UTC day, whatever the session's time zone. */
export function timeOf(value: string | undefined, place: string): string {
  return isDay(value) ? `${place}::text::date::timestamp at time zone 'UTC'` : `${place}::text::timestamptz`;
}

function isDay(value: string | undefined): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(value ?? '');
}

/** State and destination are asked of the same activity. */
function addState(filter: InteractionFilter, params: SqlValue[], where: string[]): void {
  const asked: string[] = [];
  if (filter.destination !== undefined) {
    params.push(cleanText(filter.destination));
    asked.push(`a.destination = $${params.length}`);
  }
  if (filter.state !== undefined) {
    params.push(filter.state);
    asked.push(`a.state = $${params.length}`);
  }
  if (asked.length > 0) {
    where.push(`i.key in (select a.key from wcs.activities a where ${asked.join(' and ')})`);
  }
}

/** One interaction with all that is known of it: events, activities, receipts. */
export async function interaction(sql: Sql, key: string): ReturnType<Ledger['interaction']> {
  const [row] = await sql.query<InteractionRow>(
    `select key, document, revision, without_content, conversation from wcs.interactions where key = $1 and revision > 0`,
    [cleanText(key)],
  );
  if (!row) return undefined;
  const [view] = await withActivities(sql, [row]);
  const events = await sql.query<EventRow>(
    `select ${eventColumns} from wcs.events where interaction_key = $1 order by id`,
    [row.key],
  );
  const receipts = await sql.query<ReceiptRow>(
    `select destination, revision, outcome, code, reason, record_id, mapping_version, content_hash, at
     from wcs.receipts where key = $1 order by id`,
    [row.key],
  );
  return { ...(view as InteractionView), events: events.map(toEvent), receipts: receipts.map(toReceipt) };
}
