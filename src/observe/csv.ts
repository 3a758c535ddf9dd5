/**
 * CSV by RFC 4180 (CRLF, quotes doubled). A text that a spreadsheet would take for a formula is made text by an
 * apostrophe in front (OWASP, "CSV Injection"); plain numbers, with a sign or not, stay as they are.
 */
export function formatCsv(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [heads, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('');
}

function cellText(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const formula = /^[=+\-@\t\r\n]/.test(value) && !/^[+-]?\d+(\.\d+)?$/.test(value);
  const text = formula ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
