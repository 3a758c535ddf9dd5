import Table from 'cli-table3';
import { oneLine, type Terminal } from './terminal.ts';

/** One column of a table. */
export interface Column {
  readonly head: string;
  readonly align?: 'left' | 'right';
  /** may be broken into several lines when the terminal is narrow */
  readonly wraps?: boolean;
  /** keeps the line breaks of its texts; otherwise each cell is one line */
  readonly lines?: boolean;
}

const gap = 2;
const bare = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(gap),
};

/** A table without lines around it. Cells are made harmless ({@link oneLine}); what wraps is broken to the width. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const cells = rows.map((row) =>
    row.map((cell, at) => {
      const lines = columns[at]?.lines ? String(cell).split('\n') : [String(cell)];
      return lines.map(oneLine).join('\n');
    }),
  );
  const heads = columns.map((column) => column.head.toUpperCase());
  const table = new Table({
    chars: bare,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: columns.map((column) => column.align ?? 'left'),
    colWidths: widths(columns, [heads, ...cells], terminal.width),
    wordWrap: true,
    wrapOnWordBoundary: true,
  });
  table.push(
    heads.map((head) => terminal.colors.dim(head)),
    ...cells,
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const narrowest = 16;

/** As wide as the widest cell; where that is too much, the columns that wrap share what is left. */
function widths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number | undefined,
): (number | null)[] {
  const natural = columns.map((_column, at) => Math.max(...rows.map((row) => longestLine(row[at] ?? ''))));
  const total = natural.reduce((sum, width) => sum + width + gap, -gap);
  const wrapping = columns.filter((column) => column.wraps).length;
  if (available === undefined || total <= available || wrapping === 0) return columns.map(() => null);
  const fixed = natural.reduce((sum, width, at) => sum + (columns[at]?.wraps ? 0 : width), 0);
  const share = Math.floor((available - fixed - gap * (columns.length - 1)) / wrapping);
  return columns.map((column, at) =>
    column.wraps ? Math.min(natural[at] ?? 0, Math.max(narrowest, share)) : null,
  );
}

function longestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}
