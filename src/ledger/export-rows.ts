import type { Interaction } from '../core/interaction.ts';
import { cursorTime } from './cursor.ts';
import { eventCondition, interactionConditions, Places, receiptCondition } from './export-filter.ts';
import { keysOfPerson } from './export-person.ts';
import type {
  ExportEnd,
  ExportedInteraction,
  ExportFilter,
  ExportStore,
  Receipt,
  SealedRange,
  StoredRecord,
} from './ledger.ts';
import { toReceipt, type InteractionRow, type ReceiptRow } from './rows.ts';
import type { SealedTable } from '../core/seal.ts';
import { selectedOf, toRecord, type RecordRow } from './seals.ts';
import type { Row, Sql, SqlExecutor } from './sql.ts';
import { planByKey } from './transact.ts';
import { withActivities } from './views.ts';

/** {@link ExportStore} over SQL. */
export function exportStore(sql: Sql): ExportStore {
  return {
    exportedInteractions: (filter, page) => exportedInteractions(sql, filter, page),
    exportedCount: (filter, end) => exportedCount(sql, filter, end),
    exportedRecords: (filter, ranges) => exportedRecords(sql, filter, ranges),
    exportedAmong: (filter, named) => exportedAmong(sql, filter, named),
    exportedReceipts: (keys, end) => exportedReceipts(sql, keys, end),
    keysOfPerson: (person) => keysOfPerson(sql, person),
  };
}

interface ExportedRow extends InteractionRow {
  source: string;
  business_number: string;
  occurred_at: Date;
  cursor_time: string;
  is_newer: boolean;
  purge_id: string | null;
  purge_at: Date | null;
  purge_kind: string | null;
  purge_rule: string | null;
}

const exportedSql = (where: string, end: string, limit: string) => `
  select i.key, i.document, i.revision, i.without_content, i.conversation, i.source, i.business_number, i.occurred_at,
    ${cursorTime('i.occurred_at')} as cursor_time,
    exists (select from wcs.events e where e.interaction_key = i.key and e.id > ${end}::bigint) as is_newer,
    i.purge_id, p.at as purge_at, p.kind as purge_kind, p.rule as purge_rule
  from wcs.interactions i left join wcs.purges p on p.id = i.purge_id
  where ${where} order by i.conversation, i.occurred_at, i.key limit ${limit}`;

function shown(filter: ExportFilter, { events }: ExportEnd, places: Places): string[] {
  const own = interactionConditions(filter, places);
  // Its first event is among what is taken out.
  return ['i.revision > 0', 'i.conversation is not null', `i.position <= ${places.add(events)}`, ...own];
}

async function exportedInteractions(
  sql: Sql,
  filter: ExportFilter,
  { end, limit, cursor }: Parameters<ExportStore['exportedInteractions']>[1],
): ReturnType<ExportStore['exportedInteractions']> {
  const places = new Places();
  const where = shown(filter, end, places);
  if (cursor !== undefined) {
    const [conversation = '', time = '', key = ''] = cursor.split(' ');
    where.push(
      `(i.conversation, i.occurred_at, i.key) > (${places.add(conversation)}, ${places.add(time)}::timestamptz, ${places.add(key)})`,
    );
  }
  const text = exportedSql(where.join(' and '), places.add(end.events), places.add(limit + 1));
  const rows = await sql.query<ExportedRow>(text, places.params);
  const page = rows.slice(0, limit);
  const views = await withActivities(sql, page.map(readable));
  const items = views.map((view, at) => ({ ...view, ...notesOf(page[at] as ExportedRow) }));
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, cursor: `${last.conversation} ${last.cursor_time} ${last.key}` };
}

/** A row whose document was destroyed altogether still says that there was something. */
function readable(row: ExportedRow): ExportedRow {
  if (row.document !== '') return row;
  const rest: Interaction = {
    key: row.key,
    kind: 'message',
    source: row.source,
    sourceKind: '',
    businessNumber: row.business_number,
    providerId: '',
    direction: 'inbound',
    occurredAt: row.occurred_at.toISOString(),
    person: {},
    earlier: [],
    reactions: [],
    via: 'unknown',
  };
  return { ...row, document: JSON.stringify(rest) };
}

function notesOf(row: ExportedRow): Pick<ExportedInteraction, 'isNewer' | 'purge'> {
  const { is_newer: isNewer, purge_id: id, purge_at: at, purge_kind: kind, purge_rule: rule } = row;
  if (id === null || at === null) return { isNewer };
  return {
    isNewer,
    purge: { id: Number(id), at: at.toISOString(), kind: kind ?? '', rule: rule ?? '' },
  };
}

async function exportedCount(sql: Sql, filter: ExportFilter, end: ExportEnd): Promise<number> {
  const places = new Places();
  const [row] = await sql.query<{ count: string }>(
    `select count(*) as count from wcs.interactions i where ${shown(filter, end, places).join(' and ')}`,
    places.params,
  );
  return Number(row?.count ?? 0);
}

/** A daily report is about everybody: it is in exports of everything alone. */
const conditionOf: Readonly<Record<SealedTable, (filter: ExportFilter, places: Places) => string>> = {
  events: eventCondition,
  receipts: receiptCondition,
  audit: () => 'true',
  daily_reports: (filter) => (Object.keys(filter).length === 0 ? 'true' : 'false'),
};

async function exportedRecords(
  sql: Sql,
  filter: ExportFilter,
  ranges: readonly SealedRange[],
): Promise<StoredRecord[]> {
  // Everything is read by the rows' own ids; else each of these few rows asks for its own interaction.
  if (Object.keys(filter).length === 0) return readExported(sql, filter, ranges);
  return sql.transaction(async (tx) => {
    await planByKey(tx);
    return readExported(tx, filter, ranges);
  });
}

async function readExported(
  tx: SqlExecutor,
  filter: ExportFilter,
  ranges: readonly SealedRange[],
): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const { table, after, upTo, count } of ranges) {
    if (count === 0) continue;
    const places = new Places();
    const bounds = `id > ${places.add(after)} and id <= ${places.add(upTo)}`;
    const rows = await tx.query<RecordRow>(
      `select ${selectedOf[table]} from wcs.${table} e
         where ${bounds} and ${conditionOf[table](filter, places)} order by id`,
      places.params,
    );
    for (const row of rows) records.push(toRecord(table, row));
  }
  return records;
}

async function exportedAmong(
  sql: Sql,
  filter: ExportFilter,
  { keys, conversations }: Parameters<ExportStore['exportedAmong']>[1],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const ask = async (column: 'key' | 'conversation', values: readonly string[]) => {
    if (values.length === 0) return;
    const places = new Places();
    const where = [`i.${column} = any(${places.add([...new Set(values)])}::text[])`];
    const rows = await sql.query<Row & { name: string }>(
      `select distinct i.${column} as name from wcs.interactions i
       where ${[...where, ...interactionConditions(filter, places)].join(' and ')}`,
      places.params,
    );
    for (const { name } of rows) found.add(name);
  };
  await ask('key', keys);
  await ask('conversation', conversations);
  return found;
}

async function exportedReceipts(
  sql: Sql,
  keys: readonly string[],
  { receipts }: ExportEnd,
): Promise<ReadonlyMap<string, Receipt[]>> {
  const rows = await sql.query<ReceiptRow & { key: string }>(
    `select key, destination, revision, outcome, code, reason, record_id, mapping_version, content_hash, at
     from wcs.receipts where key = any($1::text[]) and id <= $2::bigint order by id`,
    [keys, receipts],
  );
  const found = new Map<string, Receipt[]>();
  for (const row of rows) found.set(row.key, [...(found.get(row.key) ?? []), toReceipt(row)]);
  return found;
}
