import type { ErrorRow, PlacedRefusal } from './error-row.ts';
import { callRows, loginRows, statusRows } from './error-rows-call.ts';
import { fileRows } from './error-rows-file.ts';
import { recordRows } from './error-rows-record.ts';

export type { ErrorRow, Place, PlacedRefusal } from './error-row.ts';

/** The error table of Salesforce, in the order in which it is asked. */
export const errorRows: readonly ErrorRow[] = [
  ...loginRows,
  ...fileRows,
  ...callRows,
  ...recordRows,
  ...statusRows,
];

/** The row that decides: there is one for every refusal. */
export function rowFor(refusal: PlacedRefusal): ErrorRow {
  const row = errorRows.find((one) => fits(one, refusal));
  if (row === undefined) throw new Error('the error table has a gap');
  return row;
}

function fits({ at, names, when }: ErrorRow, refusal: PlacedRefusal): boolean {
  if (!at.includes(refusal.place) && !(refusal.ofFile && at.includes('file'))) return false;
  return (names.length === 0 || names.includes(refusal.code)) && (when?.(refusal) ?? true);
}
