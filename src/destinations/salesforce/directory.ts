import { z } from 'zod';
import type { CrmContact, DirectoryPage } from '../destination.ts';
import type { Client, Json } from './client.ts';
import { convertedTo } from './converted.ts';
import type { People, PersonObject } from './people.ts';
import { timeLiteral } from './soql.ts';

/**
 * How far before the last change seen the next pull begins again: records that were saved at the same time by others
 * become visible later than their SystemModstamp says.
 */
const overlapMs = 120_000;

/** The latest SystemModstamp seen, per object; absent: not yet pulled as a whole. */
const position = z.object({
  Contact: z.iso.datetime().optional(),
  Lead: z.iso.datetime().optional(),
  /** objects whose first, whole pull has ended */
  whole: z.array(z.string()).default([]),
});
type Position = z.infer<typeof position>;

/**
 * Contacts and leads in the order of their last change. Without a cursor all that have a number; with one those changed
 * since, deleted, merged and converted ones as `gone`. @throws CallError, CrmError
 */
export async function* pullContacts(
  client: Client,
  people: People,
  cursor: string | undefined,
): AsyncGenerator<DirectoryPage> {
  const at = parseCursor(cursor);
  for (const object of people.objects) {
    const known = at.whole.includes(object);
    const since = at[object] ?? '';
    for await (const rows of changes(client, people, object, at)) {
      const contacts = rows.map((row) => people.toContact(object, row));
      const last = contacts.at(-1)?.modifiedAt;
      if (last !== undefined && last > (at[object] ?? '')) at[object] = last;
      // Only for what was not seen before: the last change comes again with each pull. A look-up knows the others.
      const fresh = rows.filter((_row, at) => known && (contacts[at]?.modifiedAt ?? '') > since);
      const heirs = object === 'Lead' ? await convertedTo(client, people, fresh) : [];
      const news = [...contacts.filter((one) => isNews(one, known)), ...heirs];
      yield { contacts: news, cursor: JSON.stringify(at) };
    }
    if (!known) at.whole.push(object);
  }
  yield { contacts: [], cursor: JSON.stringify(at) };
}

/** The first time there is nothing to be taken out of the directory. */
function isNews(contact: CrmContact, known: boolean): boolean {
  return known || (!contact.gone && contact.phones.length + contact.userIds.length > 0);
}

async function* changes(
  client: Client,
  people: People,
  object: PersonObject,
  at: Position,
): AsyncGenerator<readonly Json[]> {
  const whole = !at.whole.includes(object);
  const since = at[object];
  let page = await people.ask(() => {
    // A changed contact and a deleted one come from the same call: queryAll has both.
    const fields = [...people.fields(object), ...(whole ? [] : ['IsDeleted'])].join(', ');
    const order = 'ORDER BY SystemModstamp ASC, Id ASC';
    const soql = `SELECT ${fields} FROM ${object}${since === undefined ? '' : ` WHERE SystemModstamp >= ${before(since)}`} ${order}`;
    return whole ? client.query(soql) : client.queryAll(soql);
  });
  if (page.records.length > 0) yield page.records;
  while (page.nextRecordsUrl !== undefined) {
    page = await client.queryMore(page.nextRecordsUrl);
    yield page.records;
  }
}

function before(since: string): string {
  return timeLiteral(new Date(Date.parse(since) - overlapMs).toISOString());
}

/** A cursor that cannot be read means all over again: that is safe. */
function parseCursor(cursor: string | undefined): Position {
  if (cursor === undefined) return { whole: [] };
  try {
    return position.parse(JSON.parse(cursor));
  } catch {
    return { whole: [] };
  }
}
