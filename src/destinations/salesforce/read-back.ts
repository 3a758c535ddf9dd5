import type { Client, Json, QueryPage } from './client.ts';
import type { SalesforceTarget } from './options.ts';
import { inClauses } from './soql.ts';

/**
 * Which keys have a record, and its id. Archived tasks count; deleted ones do not.
 * @throws CallError, CrmError when Salesforce cannot say
 */
export async function readBack(
  { client, keyField, target }: { client: Client; keyField: string; target?: SalesforceTarget },
  keys: readonly string[],
): Promise<Map<string, string>> {
  const wanted = new Set(keys);
  const found = new Map<string, string>();
  for (const where of inClauses(keyField, [...wanted])) {
    // Tasks of more than a year ago are archived: only queryAll sees them.
    const soql = `SELECT Id, ${keyField}, IsDeleted FROM ${target?.object ?? 'Task'} WHERE ${where}`;
    for await (const page of pages(client, client.queryAll(soql))) {
      for (const row of page) {
        const key = String(row[keyField]);
        if (row.IsDeleted !== true && wanted.has(key) && typeof row.Id === 'string') found.set(key, row.Id);
      }
    }
  }
  return found;
}

/** What these records show in these fields. @throws CallError, CrmError when Salesforce cannot say */
export async function readRecords(
  client: Client,
  object: string,
  ids: readonly string[],
  fields: readonly string[],
): Promise<Map<string, Json>> {
  const found = new Map<string, Json>();
  for (const where of inClauses('Id', [...new Set(ids)])) {
    const soql = `SELECT ${['Id', ...fields].join(', ')}, IsDeleted FROM ${object} WHERE ${where}`;
    for await (const page of pages(client, client.queryAll(soql))) {
      for (const row of page) {
        if (row.IsDeleted !== true && typeof row.Id === 'string') found.set(row.Id, row);
      }
    }
  }
  return found;
}

/** All pages of a query, from its first one on. */
export async function* pages(client: Client, first: Promise<QueryPage>): AsyncGenerator<readonly Json[]> {
  let page = await first;
  yield page.records;
  while (page.nextRecordsUrl !== undefined) {
    page = await client.queryMore(page.nextRecordsUrl);
    yield page.records;
  }
}
