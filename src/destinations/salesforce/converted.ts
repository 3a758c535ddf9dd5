import type { CrmContact } from '../destination.ts';
import type { Client, Json } from './client.ts';
import type { People } from './people.ts';
import { pages } from './read-back.ts';
import { inClauses } from './soql.ts';

/**
 * The contacts that leads became (Object Reference, Lead: ConvertedContactId), with the leads' numbers: a lead that was
 * converted into a contact that was there already leaves its number behind.
 *
 * @param rows leads, as a query or search gives them; those that are not converted are passed over
 * @param known contacts that need not be asked for
 * @throws CallError, CrmError when Salesforce cannot say
 */
export async function convertedTo(
  client: Client,
  people: People,
  rows: readonly Json[],
  known: readonly CrmContact[] = [],
): Promise<CrmContact[]> {
  const numbers = new Map<string, string[]>();
  for (const row of rows) {
    const { IsConverted: converted, ConvertedContactId: id } = row;
    const { phones } = people.toContact('Lead', row);
    if (converted !== true || typeof id !== 'string' || phones.length === 0) continue;
    numbers.set(id, [...(numbers.get(id) ?? []), ...phones]);
  }
  const there = known.filter(({ id }) => numbers.has(id));
  const missing = [...numbers.keys()].filter((id) => !there.some((one) => one.id === id));
  const contacts = [...there, ...(await contactsOf(client, people, missing))];
  return contacts.map((contact) => ({
    ...contact,
    phones: [...new Set([...contact.phones, ...(numbers.get(contact.id) ?? [])])],
  }));
}

async function contactsOf(client: Client, people: People, ids: readonly string[]): Promise<CrmContact[]> {
  const found: CrmContact[] = [];
  for (const where of inClauses('Id', ids)) {
    const rows = await people.ask(async () => {
      const soql = `SELECT ${people.fields('Contact').join(', ')} FROM Contact WHERE ${where}`;
      const all: Json[] = [];
      for await (const page of pages(client, client.query(soql))) all.push(...page);
      return all;
    });
    found.push(...rows.map((row) => people.toContact('Contact', row)));
  }
  return found;
}
