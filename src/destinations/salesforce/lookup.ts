import type { CrmContact, LookupAddress } from '../destination.ts';
import { peopleSearch } from '../search-words.ts';
import type { Client, Json } from './client.ts';
import { convertedTo } from './converted.ts';
import type { People } from './people.ts';
import { toPerson, type PersonAccounts } from './person-accounts.ts';
import { pages } from './read-back.ts';
import { escapeSearch, groups, inClauses } from './soql.ts';

/** A search text over 4,000 characters loses its operators (SOQL and SOSL Reference, FIND). */
const longestSearch = 3_900;
const or = ' OR ';

/**
 * Rows that one search may give: several objects share 2,000, an object alone without conditions has 250
 * (SOSL limits).
 */
const rowsTogether = 2_000;
const rowsAlone = 250;

export interface LookupDeps {
  readonly client: Client;
  readonly people: People;
  readonly persons: PersonAccounts;
}

/**
 * Contacts and open leads that may have these numbers or user ids, and the contacts that leads with these numbers became;
 * the caller compares. An answer that is cut off is asked for again in parts. @throws CallError, CrmError when Salesforce cannot say
 */
export async function lookup(deps: LookupDeps, addresses: readonly LookupAddress[]): Promise<CrmContact[]> {
  const found = new Map<string, CrmContact>();
  const put = (contact: CrmContact) => {
    if (!contact.gone) found.set(contact.id, joined(found.get(contact.id), contact));
  };
  const numbers = addresses.filter((one) => one.address.startsWith('+'));
  const userIds = addresses.filter((one) => !one.address.startsWith('+')).map((one) => one.address);
  for (const terms of groups([...new Set(numbers.flatMap(termsOf))], longestSearch, or.length)) {
    (await search(deps, terms)).forEach(put);
  }
  if (userIds.length > 0) (await findUserIds(deps, userIds)).forEach(put);
  return [...found.values()];
}

/** Contacts and open leads by a number, or by words of what stands in any of their fields; at most 25. @throws like lookup */
export async function searchPeople(deps: LookupDeps, text: string): Promise<CrmContact[]> {
  const asked = peopleSearch(text);
  if (asked === undefined) return [];
  if ('address' in asked) return lookup(deps, [asked.address]);
  return asked.narrow(await search(deps, [`${escapeSearch(asked.word)}*`], 'ALL'));
}

/** The same contact may be found by its own number and by that of a lead, or as an account. */
function joined(one: CrmContact | undefined, other: CrmContact): CrmContact {
  if (one === undefined) return other;
  const union = (first: readonly string[], second: readonly string[]) => [...new Set([...first, ...second])];
  return {
    ...other,
    phones: union(one.phones, other.phones),
    userIds: union(one.userIds, other.userIds),
  };
}

/** Digits without and with country code: Salesforce finds a stored number by either, whatever signs stand in it. */
function termsOf({ address, national }: LookupAddress): string[] {
  const digits = [national ?? '', address].map((text) => text.replaceAll(/\D/g, ''));
  // A search term must be longer than one character.
  return digits.filter((text) => text.length > 1).map(escapeSearch);
}

async function search(
  deps: LookupDeps,
  terms: readonly string[],
  scope: 'PHONE' | 'ALL' = 'PHONE',
): Promise<CrmContact[]> {
  const { client, people, persons } = deps;
  const accountFields = await persons.fields();
  const { rows, limit } = await people.ask(async () => {
    const { objects } = people;
    const count = objects.length + (accountFields.length > 0 ? 1 : 0);
    const most = count > 1 ? Math.floor(rowsTogether / count) : rowsAlone;
    const returning = objects.map((object) => `${object}(${people.fields(object).join(', ')} LIMIT ${most})`);
    if (accountFields.length > 0) {
      returning.push(`Account(${accountFields.join(', ')} WHERE IsPersonAccount = true LIMIT ${most})`);
    }
    const sosl = `FIND {${terms.join(or)}} IN ${scope} FIELDS RETURNING ${returning.join(', ')}`;
    return { rows: await client.search(sosl), limit: most };
  });
  const of = (object: string) => rows.filter((row) => objectOf(row) === object);
  const parts = ['Contact', 'Lead', 'Account'].map(of);
  if (parts.some((part) => part.length >= limit) && terms.length > 1) {
    const middle = Math.ceil(terms.length / 2);
    const first = await search(deps, terms.slice(0, middle));
    return [...first, ...(await search(deps, terms.slice(middle)))];
  }
  const [contacts = [], leads = [], accounts = []] = parts;
  const found = [
    ...accounts.flatMap((row) => toPerson(row) ?? []),
    ...contacts.map((row) => people.toContact('Contact', row)),
  ];
  const open = leads.map((row) => people.toContact('Lead', row));
  return [...found, ...open, ...(await convertedTo(client, people, leads, found))];
}

/** `attributes.type`; failing that, the prefix of the id (Object Reference, key prefixes). */
function objectOf(row: Json): string | undefined {
  const type = (row.attributes as { type?: unknown } | undefined)?.type;
  if (typeof type === 'string') return type;
  return { '003': 'Contact', '00Q': 'Lead', '001': 'Account' }[String(row.Id).slice(0, 3)];
}

async function findUserIds(
  { client, people }: LookupDeps,
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
