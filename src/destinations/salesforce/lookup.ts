import type { CrmContact, LookupAddress } from '../destination.ts';
import type { Client, Json } from './client.ts';
import type { People, PersonObject } from './people.ts';
import { pages } from './read-back.ts';
import { escapeSearch, groups, inClauses } from './soql.ts';

/** A search text over 4,000 characters loses its operators (SOQL and SOSL Reference, FIND). */
const longestSearch = 3_900;
const or = ' OR ';

/**
 * Rows per object that one search may give: several objects share 2,000, an object alone without conditions has 250
 * (SOSL limits).
 */
const rowsOfTwo = 1_000;
const rowsAlone = 250;

/**
 * Contacts and open leads that may have these numbers or user ids; the caller compares. An answer that is cut off is asked
 * for again in parts. @throws CallError, CrmError when Salesforce cannot say
 */
export async function lookup(
  client: Client,
  people: People,
  addresses: readonly LookupAddress[],
): Promise<CrmContact[]> {
  const found = new Map<string, CrmContact>();
  const put = (contact: CrmContact) => {
    if (!contact.gone) found.set(contact.id, contact);
  };
  const numbers = addresses.filter((one) => one.address.startsWith('+'));
  const userIds = addresses.filter((one) => !one.address.startsWith('+')).map((one) => one.address);
  for (const terms of groups([...new Set(numbers.flatMap(termsOf))], longestSearch, or.length)) {
    (await search(client, people, terms)).forEach(put);
  }
  if (userIds.length > 0) (await findUserIds(client, people, userIds)).forEach(put);
  return [...found.values()];
}

/** Digits without and with country code: Salesforce finds a stored number by either, whatever signs stand in it. */
function termsOf({ address, national }: LookupAddress): string[] {
  const digits = [national ?? '', address].map((text) => text.replaceAll(/\D/g, ''));
  // A search term must be longer than one character.
  return digits.filter((text) => text.length > 1).map(escapeSearch);
}

async function search(client: Client, people: People, terms: readonly string[]): Promise<CrmContact[]> {
  const { rows, limit } = await people.ask(async () => {
    const { objects } = people;
    const most = objects.length > 1 ? rowsOfTwo : rowsAlone;
    const returning = objects.map((object) => returningOf(people, object, most)).join(', ');
    const sosl = `FIND {${terms.join(or)}} IN PHONE FIELDS RETURNING ${returning}`;
    return { rows: await client.search(sosl), limit: most };
  });
  const contacts = rows.flatMap((row) => {
    const object = objectOf(row);
    return object === undefined ? [] : [people.toContact(object, row)];
  });
  const cutOff = (['Contact', 'Lead'] as const).some(
    (object) => contacts.filter((contact) => contact.type === object).length >= limit,
  );
  if (!cutOff || terms.length === 1) return contacts;
  const middle = Math.ceil(terms.length / 2);
  const first = await search(client, people, terms.slice(0, middle));
  return [...first, ...(await search(client, people, terms.slice(middle)))];
}

/** `attributes.type`; failing that, the prefix of the id (Object Reference, key prefixes). */
function objectOf(row: Json): PersonObject | undefined {
  const type = (row.attributes as { type?: unknown } | undefined)?.type;
  if (type === 'Contact' || type === 'Lead') return type;
  if (type !== undefined) return undefined;
  const id = String(row.Id);
  return id.startsWith('003') ? 'Contact' : id.startsWith('00Q') ? 'Lead' : undefined;
}

function returningOf(people: People, object: PersonObject, limit: number): string {
  const where = object === 'Lead' ? ' WHERE IsConverted = false' : '';
  return `${object}(${people.fields(object).join(', ')}${where} LIMIT ${limit})`;
}

async function findUserIds(
  client: Client,
  people: People,
  userIds: readonly string[],
): Promise<CrmContact[]> {
  if (people.userIdField === undefined) return [];
  const found: CrmContact[] = [];
  for (const where of inClauses(people.userIdField, userIds)) {
    const rows = await people.ask(async () => {
      if (people.userIdField === undefined) return [];
      const soql = `SELECT ${people.fields('Contact').join(', ')} FROM Contact WHERE ${where}`;
      const all = [];
      for await (const page of pages(client, client.query(soql))) all.push(...page);
      return all;
    });
    found.push(...rows.map((row) => people.toContact('Contact', row)));
  }
  return found;
}
