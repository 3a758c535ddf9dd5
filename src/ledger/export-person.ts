import { Identities } from '../core/identity.ts';
import { canonicalPhone } from '../core/phone.ts';
import { cleanText } from '../core/text.ts';
import { loadLinks } from './identities.ts';
import type { Row, SqlExecutor } from './sql.ts';

interface CandidateRow extends Row {
  key: string;
  person_phone: string | null;
  person_user_id: string | null;
  addresses: string[];
  occurred_at: Date;
}

/**
 * See the port. A number that was handed on names several people, each in their time: somebody who is asked for by a user
 * id or another number gets only what was theirs.
 */
export async function keysOfPerson(sql: SqlExecutor, person: string): Promise<string[]> {
  const given = cleanText(person.trim());
  const known = await sql.query<{ address: string }>(
    'select address from wcs.directory where id = $1 union select $2::text',
    [given, given.startsWith('+') ? canonicalPhone(given) : given],
  );
  const asked = new Set(known.map(({ address }) => address));
  const identities = new Identities([...(await loadLinks(sql, [...asked])).values()]);
  const around = identities.around([...asked]);
  const candidates = await sql.query<CandidateRow>(
    `select key, person_phone, person_user_id, addresses, occurred_at from wcs.interactions
     where person_phone = any($1::text[]) or person_user_id = any($1::text[])`,
    [[...around, ...(given.startsWith('+') ? [given] : [])]],
  );
  const own = candidates.filter((row) => isOf(row, asked, identities)).map(({ key }) => key);
  // Whatever stands on the contact, by whoever's decision.
  const assigned = await sql.query<{ key: string }>(
    'select distinct key from wcs.activities where contact_id = $1 and record_id is not null',
    [given],
  );
  return [...new Set([...own, ...assigned.map(({ key }) => key)])];
}

function isOf(row: CandidateRow, asked: ReadonlySet<string>, identities: Identities): boolean {
  const own = [row.person_user_id, row.person_phone && canonicalPhone(row.person_phone)].filter(
    (address): address is string => address !== null && address !== '',
  );
  // Numbers change hands, user ids do not.
  const ids = row.addresses.filter((address) => !address.startsWith('+'));
  const all = [...own, ...ids, ...identities.further(own, row.occurred_at.getTime())];
  return all.some((address) => asked.has(address));
}
