import { setTimeout as pause } from 'node:timers/promises';
import { sealedFields, sealedTables, type SealedTable, type SealLeaf } from '../core/seal.ts';
import { keyIdOf } from '../keys/cipher.ts';
import { given } from './rows.ts';
import type { Seal, Sealable, SealCopies, SealedRange, SealedRecord, StoredRecord } from './seal-records.ts';
import type { Row, Sql } from './sql.ts';

/** A time with microseconds: what is below a millisecond can be altered too. */
const instant = (column: string) =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;

const instants = new Set(['at', 'occurred_at', 'received_at']);

const columnsOf = (table: SealedTable): string =>
  sealedFields[table].map((name) => (instants.has(name) ? instant(name) : name)).join(', ');

/** Of an event also what its commitment is checked with. */
export const selectedOf: Readonly<Record<SealedTable, string>> = {
  events: `id, ${columnsOf('events')}, nonce, provider_id, payload, purge_id`,
  receipts: `id, ${columnsOf('receipts')}`,
  audit: `id, ${columnsOf('audit')}`,
  daily_reports: `id, ${columnsOf('daily_reports')}`,
};

export interface RecordRow extends Row {
  id: string;
}

/** How long a sealer waits for those who are adding right now. */
const patienceMs = 2_000;

/**
 * No row can appear below the ids that are there: everybody who was adding when they were looked up has ended. Adding takes
 * a transaction id before it draws the ids of its rows (a trigger of migration 9), so it is enough to wait for these.
 */
async function horizon(sql: Sql): Promise<ReadonlyMap<SealedTable, number> | undefined> {
  const [look] = await sql.query<Record<SealedTable, string> & { before: string }>(
    `select ${sealedTables.map((table) => `coalesce((select max(id) from wcs.${table}), 0) as ${table}`).join(', ')},
       pg_snapshot_xmax(pg_current_snapshot())::text as before`,
  );
  if (look === undefined) return undefined;
  for (let waited = 0; waited <= patienceMs; waited += 50) {
    const [now] = await sql.query<{ ended: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8 as ended',
      [look.before],
    );
    if (now?.ended === true) return new Map(sealedTables.map((table) => [table, Number(look[table])]));
    await pause(50);
  }
  return undefined;
}

/** See the port. */
export async function sealable(sql: Sql, limit: number): Promise<Sealable | undefined> {
  const upTo = await horizon(sql);
  if (upTo === undefined) return undefined;
  const last = await lastSeal(sql);
  const ranges: SealedRange[] = [];
  const records: SealedRecord[] = [];
  for (const table of sealedTables) {
    const after = last?.ranges.find((range) => range.table === table)?.upTo ?? 0;
    const rows = await readRecords(sql, { table, after, upTo: upTo.get(table) ?? 0 }, limit - records.length);
    ranges.push({ table, after, upTo: rows.at(-1)?.id ?? after, count: rows.length });
    records.push(...rows);
  }
  return records.length === 0 ? undefined : { last, ranges, records };
}

async function readRecords(
  sql: Sql,
  { table, after, upTo }: Pick<SealedRange, 'table' | 'after' | 'upTo'>,
  limit = 1_000_000,
): Promise<StoredRecord[]> {
  const rows = await sql.query<RecordRow>(
    `select ${selectedOf[table]} from wcs.${table} where id > $1 and id <= $2 order by id limit $3`,
    [after, upTo, limit],
  );
  return rows.map((row) => toRecord(table, row));
}

export function toRecord(table: SealedTable, { id, ...row }: RecordRow): StoredRecord {
  if (table !== 'events') {
    return { table, id: Number(id), fields: Object.values(row) as SealedRecord['fields'] };
  }
  const { nonce, provider_id: providerId, payload, purge_id: purgeId, ...sealed } = row;
  const record = { table, id: Number(id), fields: Object.values(sealed) as SealedRecord['fields'] };
  if (purgeId !== null) return { ...record, purgeId: Number(purgeId) };
  // What its key does not open was altered, or put into another row.
  if (keyIdOf(String(payload)) !== undefined) return record;
  const content = { nonce, providerId, payload } as StoredRecord['content'];
  return { ...record, ...given('content', content) };
}

/** See the port. */
export async function sealedRecords(sql: Sql, ranges: readonly SealedRange[]): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const range of ranges) {
    if (range.upTo > range.after) records.push(...(await readRecords(sql, range)));
  }
  return records;
}

/** See the port. */
export async function recordsOf(
  sql: Sql,
  key: string,
): Promise<(SealedRecord & { readonly seal?: number })[]> {
  const events = await sql.query<RecordRow>(
    `select ${selectedOf.events} from wcs.events where interaction_key = $1 order by id`,
    [key],
  );
  const receipts = await sql.query<RecordRow>(
    `select ${selectedOf.receipts} from wcs.receipts where key = $1 order by id`,
    [key],
  );
  const seals = await sql.query<{ number: number; ranges: string }>(
    'select number, ranges from wcs.seals order by number',
  );
  const parsed = seals.map(({ number, ranges }) => ({
    number,
    ranges: JSON.parse(ranges) as SealedRange[],
  }));
  const sealOf = (table: SealedTable, id: number) =>
    parsed.find(({ ranges }) =>
      ranges.some((range) => range.table === table && id > range.after && id <= range.upTo),
    )?.number;
  const records = [
    ...events.map((row) => toRecord('events', row)),
    ...receipts.map((row) => toRecord('receipts', row)),
  ];
  return records.map(({ table, id, fields }) => ({ table, id, fields, ...given('seal', sealOf(table, id)) }));
}

interface SealRow extends Row {
  number: number;
  at: string;
  previous: string;
  root: string;
  ranges: string;
  hash: string;
  signature: string | null;
  leaves?: string;
}

/** See the port. */
export async function addSeal(sql: Sql, seal: Seal): Promise<boolean> {
  const rows = await sql.query(
    `insert into wcs.seals (number, at, previous, root, ranges, hash, signature, leaves)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning number`,
    [
      seal.number,
      seal.at,
      seal.previous,
      seal.root,
      JSON.stringify(seal.ranges),
      seal.hash,
      seal.signature ?? null,
      seal.leaves.map(({ table, id, hash }) => `${table} ${id} ${hash}`).join('\n'),
    ],
  );
  return rows.length > 0;
}

const headerColumns = 'number, at, previous, root, ranges, hash, signature';

/** See the port. */
export async function seals(
  sql: Sql,
  { after = 0, limit }: { readonly after?: number; readonly limit: number },
): Promise<Seal[]> {
  const rows = await sql.query<SealRow>(
    `select ${headerColumns}, leaves from wcs.seals where number > $1 order by number limit $2`,
    [after, limit],
  );
  return rows.map((row) => ({ ...toHeader(row), leaves: leavesFrom(row.leaves ?? '') }));
}

/** See the port. */
export async function lastSeal(sql: Sql): Promise<Omit<Seal, 'leaves'> | undefined> {
  const [row] = await sql.query<SealRow>(
    `select ${headerColumns} from wcs.seals order by number desc limit 1`,
  );
  return row && toHeader(row);
}

function toHeader({ signature, ranges, leaves: _leaves, ...row }: SealRow): Omit<Seal, 'leaves'> {
  return { ...row, ranges: JSON.parse(ranges) as SealedRange[], ...given('signature', signature) };
}

function leavesFrom(text: string): SealLeaf[] {
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const [table, id, hash] = line.split(' ');
    return { table: table as SealedTable, id: Number(id), hash: hash ?? '' };
  });
}

/** See the port. */
export async function sealCopies(sql: Sql): Promise<SealCopies[]> {
  const rows = await sql.query<{ place: string; number: number; error: string | null; at: Date }>(
    'select place, number, error, at from wcs.seal_copies order by place',
  );
  return rows.map(({ error, at, ...row }) => ({
    ...row,
    ...(error !== null && { error, since: at.toISOString() }),
  }));
}

/** See the port. */
export async function putSealCopies(sql: Sql, { place, number, error }: SealCopies): Promise<void> {
  await sql.query(
    `insert into wcs.seal_copies (place, number, error) values ($1, $2, $3)
     on conflict (place) do update set number = excluded.number, error = excluded.error,
       at = case when seal_copies.error is null or excluded.error is null then clock_timestamp() else seal_copies.at end`,
    [place, number, error ?? null],
  );
}
