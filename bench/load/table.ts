import Table from 'cli-table3';

/** Figures as a table: a row for each, named by its path; lists and groups of plain values in one row. */
export function printFigures(title: string, figures: Readonly<Record<string, unknown>>): void {
  const table = new Table({
    head: [title, ''],
    wordWrap: true,
    colWidths: [34, 86],
    style: { head: [], border: [] },
  });
  table.push(...rowsOf(figures, ''));
  console.log(table.toString());
}

function rowsOf(value: unknown, path: string): [string, string][] {
  if (!isGroup(value)) return [[path, plain(value)]];
  const entries = Object.entries(value);
  if (path !== '' && entries.every(([, one]) => !isGroup(one) && !Array.isArray(one))) {
    return [[path, entries.map(([name, one]) => `${name} ${plain(one)}`).join(', ')]];
  }
  return entries.flatMap(([name, one]) => rowsOf(one, path === '' ? name : `${path}.${name}`));
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plain(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.map((one) => (isGroup(one) ? Object.values(one).join('/') : String(one))).join('  ');
}
