/**
 * CSV by RFC 4180 (CRLF, quotes doubled). A text that a spreadsheet would take for a formula is made text by an
 * apostrophe in front (OWASP, "CSV Injection"); plain numbers, with a sign or not, stay as they are. The same within a text
 * after a semicolon, a tab or a line break: spreadsheets of many countries take those for the end of a cell, quoted or not.
 */
export function formatCsv(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [heads, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[+-]?\d+(\.\d+)?$/.test(value) ? value : withoutFormulas(value);
  return /[",;\t\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** With the wide forms, which some spreadsheets read alike. */
const signs = new Set('=+-@＝＋－＠');
const ends = [';', '\t', '\r', '\n'];

function withoutFormulas(value: string): string {
  const text = value.replace(/[;"\s]+/g, (run, at: number) => {
    if (!signs.has(value.charAt(at + run.length))) return run;
    const begin = Math.max(...ends.map((end) => run.lastIndexOf(end))) + 1;
    return begin > 0 || at === 0 ? `${run.slice(0, begin)}'${run.slice(begin)}` : run;
  });
  return signs.has(text.charAt(0)) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
}
