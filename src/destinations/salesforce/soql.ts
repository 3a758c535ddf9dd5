/** Characters that a WHERE clause may have (SOQL limits: "can't exceed 4,000 characters"), with some air. */
const longestWhere = 3_900;

/** What a literal may not hold as it is (SOQL and SOSL Reference, quoted string escape sequences). */
const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' };

/** A string literal of SOQL. */
export function quote(text: string): string {
  return `'${text.replaceAll(/[\\'\n\r]/g, (sign) => escapes[sign] ?? `\\${sign}`)}'`;
}

/** Escapes the reserved signs of a SOSL search text (SOQL and SOSL Reference, FIND). */
export function escapeSearch(text: string): string {
  return text.replaceAll(/[?&|!{}[\]()^~*:\\"'+-]/g, (sign) => `\\${sign}`);
}

/** Cuts values into groups, so that `field IN (…)` of each stays within a WHERE clause. */
export function inClauses(field: string, values: readonly string[]): string[] {
  return groups(values.map(quote), longestWhere - field.length - 6, 1).map(
    (group) => `${field} IN (${group.join(',')})`,
  );
}

/** Cuts texts into groups that stay within so many characters when joined by a separator of this length. */
export function groups(texts: readonly string[], most: number, separator: number): string[][] {
  const all: string[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    length += separator + text.length;
    if (length > most) {
      all.push([]);
      length = text.length;
    }
    all.at(-1)?.push(text);
  }
  return all;
}

/** A time as a literal of SOQL. */
export function timeLiteral(iso: string): string {
  return new Date(iso).toISOString();
}
