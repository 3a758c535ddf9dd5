import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import type { DeliveryItem } from '../destination.ts';
import type { Json } from './client.ts';

/** One row of a job's results, by column. */
export type ResultRow = Readonly<Record<string, string>>;

/** How a CSV of the Bulk API says that a field is to be emptied; an empty cell leaves it as it is (guide, CSV files). */
const nothing = '#N/A';

/** Would a CSV say what the item says? A text that reads like the sign for nothing would be lost. */
export function isExact({ fields, createOnly }: DeliveryItem): boolean {
  return ![...Object.values(fields), ...Object.values(createOnly)].includes(nothing);
}

/** Records as CSV with one head; a record without a column leaves its cell empty. */
export function toCsv(records: readonly Json[]): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const rows = records.map((record) => columns.map((name) => cellOf(record, name)));
  return stringify([columns, ...rows], { quoted: true, quoted_empty: false, record_delimiter: '\n' });
}

function cellOf(record: Json, name: string): string {
  if (!Object.hasOwn(record, name)) return '';
  const value = record[name];
  return value === null || value === undefined || value === '' ? nothing : String(value);
}

/** Rows of a result by the value of the key column; one that cannot be read names nobody. */
export function readRows(csv: string, keyField: string): ReadonlyMap<string, ResultRow> {
  try {
    const rows = parse(csv, { columns: true, bom: true, skip_empty_lines: true }) as ResultRow[];
    return new Map(rows.map((row) => [row[keyField] ?? '', row]));
  } catch {
    return new Map();
  }
}

/** `CODE:message:field field --`, as results have it, in the form that rows of a collection have. */
export function readError(text: string): { statusCode: string; message: string; fields: string[] } {
  const [statusCode = '', ...rest] = text.split(':');
  const last = rest.length > 1 ? (rest.pop() ?? '') : '';
  const fields = last
    .replace(/--\s*$/, '')
    .split(/[\s,]+/)
    .filter(Boolean);
  return {
    statusCode,
    message: rest
      .join(':')
      .replace(/--\s*$/, '')
      .trim(),
    fields,
  };
}
