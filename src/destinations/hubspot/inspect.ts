import type { ContactRef } from '../../core/activity.ts';
import type { RecordFound, RecordSought } from '../destination.ts';
import { contactsOn, rowsRead } from './batch-read.ts';
import type { ObjectName } from './client.ts';
import { crmError } from './errors.ts';
import type { FindDeps } from './find-records.ts';
import { list, text, type Json } from './json.ts';
import { chunks, objectOf } from './objects.ts';

/** One call tells the contacts of so many records. */
export const inspectSize = 1_000;

/**
 * Looks at records by their ids: a call for 100 of them and one for the contacts of 1,000, where keys are not unique also
 * a search for 40. Further calls only for those that are missing or on somebody else. @throws CrmError
 */
export async function inspect(deps: FindDeps, records: readonly RecordSought[]): Promise<RecordFound[]> {
  const found = new Map<string, RecordFound>();
  for (const kind of ['message', 'call'] as const) {
    const own = records.filter((record) => record.kind === kind);
    if (own.length === 0) continue;
    for (const one of await inspectObject(deps, objectOf[kind], own)) found.set(one.key, one);
  }
  return records.flatMap(({ key }) => found.get(key) ?? []);
}

async function inspectObject(
  deps: FindDeps,
  object: ObjectName,
  records: readonly RecordSought[],
): Promise<RecordFound[]> {
  const fields = [...new Set([deps.keyField, ...records.flatMap((one) => one.fields)])];
  const rows = await rowsById(deps, object, records, fields);
  const there = records.filter(({ recordId }) => rows.has(recordId));
  const gone = records.filter(({ recordId }) => !rows.has(recordId));
  const contacts = await contactsOn(
    deps,
    object,
    there.map(({ recordId }) => recordId),
  );
  const byKey = await idsByKey(deps, object, records, gone);
  const binned = await inBin(
    deps,
    object,
    gone.filter(({ key }) => (byKey.get(key) ?? []).length === 0),
  );
  const heirs = await heirsOn(deps, there, contacts);
  return records.map((record): RecordFound => {
    const { key, recordId, contact } = record;
    const same = byKey.get(key) ?? [];
    const values = rows.get(recordId);
    if (values === undefined) {
      const [other] = same;
      if (other !== undefined) return { key, state: 'elsewhere', recordId: other };
      return { key, state: 'missing', deleted: binned.has(recordId) ? 'bin' : 'gone' };
    }
    const holders = contacts.get(recordId) ?? [];
    const heir = holders.find((id) => heirs.get(id)?.has(contact.id));
    const others = same.filter((id) => id !== recordId);
    if (holders.includes(contact.id)) return { key, state: 'there', values, others };
    if (heir !== undefined) return { key, state: 'there', values, others, follows: refOf(heir) };
    return { key, state: 'there', values, others, movedTo: holders.map(refOf) };
  });
}

const refOf = (id: string): ContactRef => ({ type: 'contact', id });

async function rowsById(
  { client, context }: FindDeps,
  object: ObjectName,
  records: readonly RecordSought[],
  fields: readonly string[],
): Promise<Map<string, Json>> {
  const rows = new Map<string, Json>();
  for (const part of chunks([...new Set(records.map(({ recordId }) => recordId))])) {
    const answer = await client.readRecords(object, part, fields);
    for (const row of rowsRead(answer, context)) rows.set(text(row['id']), (row['properties'] ?? {}) as Json);
  }
  return rows;
}

/** Live records by key: where keys are unique only those that were not found by their id need it. */
async function idsByKey(
  deps: FindDeps,
  object: ObjectName,
  records: readonly RecordSought[],
  gone: readonly RecordSought[],
): Promise<Map<string, string[]>> {
  const isUnique = await deps.keys.isUnique(object);
  const found = new Map<string, string[]>();
  const keys = [...new Set((isUnique ? gone : records).map(({ key }) => key))];
  for (const part of chunks(keys, isUnique ? undefined : mostSought)) {
    const rows = isUnique ? await readKeys(deps, object, part) : await searchKeys(deps, object, part);
    for (const row of rows) {
      const key = text((row['properties'] as Json | undefined)?.[deps.keyField]);
      found.set(key, [...(found.get(key) ?? []), text(row['id'])]);
    }
  }
  return found;
}

async function readKeys(
  { client, keyField, context }: FindDeps,
  object: ObjectName,
  keys: readonly string[],
): Promise<Json[]> {
  return rowsRead(await client.read(object, keyField, keys, [keyField]), context);
}

/** Keys of 64 characters in one search, whose body may have 3,000 (HubSpot docs, search). */
const mostSought = 40;
/** Records of one page: five of each key. */
const mostFound = 200;

/** The index lags some seconds behind: these records are older. */
async function searchKeys(
  { client, keyField, context }: FindDeps,
  object: ObjectName,
  keys: readonly string[],
): Promise<Json[]> {
  const filters = [{ propertyName: keyField, operator: 'IN', values: keys }];
  const answer = await client.search(object, {
    filterGroups: [{ filters }],
    properties: [keyField],
    limit: mostFound,
  });
  if (answer.kind !== 'answer' || answer.status !== 200) throw crmError(answer, context);
  return list(answer.body['results']);
}

async function inBin(
  { client, context }: FindDeps,
  object: ObjectName,
  records: readonly RecordSought[],
): Promise<Set<string>> {
  const found = new Set<string>();
  for (const part of chunks(records.map(({ recordId }) => recordId))) {
    const answer = await client.archivedRecords(object, part);
    for (const row of rowsRead(answer, context)) {
      if (row['archived'] === true) found.add(text(row['id']));
    }
  }
  return found;
}

/** Of the contacts that records of somebody else hang on: whom they have taken in. */
async function heirsOn(
  { client, context }: FindDeps,
  records: readonly RecordSought[],
  contacts: ReadonlyMap<string, readonly string[]>,
): Promise<Map<string, ReadonlySet<string>>> {
  const asked = records.flatMap(({ recordId, contact }) => {
    const holders = contacts.get(recordId) ?? [];
    return holders.includes(contact.id) ? [] : holders;
  });
  const heirs = new Map<string, ReadonlySet<string>>();
  for (const part of chunks([...new Set(asked)])) {
    const answer = await client.readContacts(part, ['hs_merged_object_ids']);
    for (const row of rowsRead(answer, context)) {
      const merged = text((row['properties'] as Json | undefined)?.['hs_merged_object_ids']);
      heirs.set(text(row['id']), new Set(merged.split(';').filter(Boolean)));
    }
  }
  return heirs;
}
