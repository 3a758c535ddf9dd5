import { CrmError } from '../../core/errors.ts';
import type { ContactRef } from '../../core/activity.ts';
import { linksOf, rowsRead, type ReadDeps } from './batch-read.ts';
import type { ObjectName } from './client.ts';
import { list, text, type Json } from './json.ts';
import type { KeyFields } from './key-fields.ts';
import { chunks, objectOf } from './objects.ts';
import type { Answer } from './transport.ts';

export interface FindDeps extends ReadDeps {
  readonly keyField: string;
  readonly keys: KeyFields;
}

/** A record that is looked for: by its key, or, where keys are not unique, on its contact. */
export interface Sought {
  readonly key: string;
  readonly contact?: ContactRef;
}

/** Which keys have a record, and its id. @throws CrmError when HubSpot cannot say */
export async function readBack(
  deps: FindDeps,
  items: readonly (Sought & { readonly kind: 'message' | 'call' })[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const kind of ['message', 'call'] as const) {
    const own = items.filter((item) => item.kind === kind);
    if (own.length === 0) continue;
    const object = objectOf[kind];
    const find = (await deps.keys.isUnique(object)) ? findByKey : findOnContacts;
    for (const [key, id] of await find(deps, object, own)) found.set(key, id);
  }
  return found;
}

async function findByKey(
  { client, keyField, context }: FindDeps,
  object: ObjectName,
  items: readonly Sought[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const part of chunks([...new Set(items.map(({ key }) => key))])) {
    const answer = await client.read(object, keyField, part, [keyField]);
    for (const [key, id] of keysOf(rowsRead(answer, context), keyField)) {
      if (part.includes(key)) found.set(key, id);
    }
  }
  return found;
}

/**
 * Reads the keys of everything that hangs on the contacts (HubSpot docs, associations batch read; batch read). A search
 * would be cheaper and shows new records too late. @throws CrmError when HubSpot cannot say
 */
export async function findOnContacts(
  deps: FindDeps,
  object: ObjectName,
  items: readonly Sought[],
): Promise<Map<string, string>> {
  const { client, keyField, keys, context } = deps;
  const contacts = items.map(({ contact }) => contact?.id);
  if (!contacts.every((id) => id !== undefined)) {
    throw new CrmError(
      'refused',
      'Where keys are not unique, a record can be looked for on its contact only.',
    );
  }
  const links = await linksOf(deps, object, contacts);
  const ids = [...new Set([...links.values()].flat().map(({ id }) => id))];
  const wanted = new Set(items.map(({ key }) => key));
  const found = new Map<string, string>();
  const note = (key: string, id: string): void => {
    // Of two with one key the older one is ours.
    const other = found.get(key);
    if (wanted.has(key) && (other === undefined || isOlder(id, other))) found.set(key, id);
  };
  const unread = ids.filter((id) => keys.keyOf(object, id) === undefined);
  for (const id of ids) note(keys.keyOf(object, id) ?? '', id);
  for (const part of chunks(unread)) {
    const answer = await client.readRecords(object, part, [keyField]);
    const rows = keysOf(rowsRead(answer, context), keyField);
    checkAllNamed(answer, rows, part);
    for (const [key, id] of rows) {
      keys.keep(object, id, key);
      note(key, id);
    }
  }
  return found;
}

/** These hang on a contact, so they are there, unless HubSpot says otherwise. */
function checkAllNamed(answer: Answer, rows: readonly unknown[], part: readonly string[]): void {
  const hasErrors = answer.kind === 'answer' && list(answer.body['errors']).length > 0;
  if (rows.length < part.length && !hasErrors)
    throw new CrmError('unavailable', 'The answer of a batch read does not name all records.');
}

const isOlder = (id: string, other: string): boolean =>
  id.length < other.length || (id.length === other.length && id < other);

function keysOf(rows: readonly Json[], keyField: string): (readonly [key: string, id: string])[] {
  return rows.map((row) => [text((row['properties'] as Json | undefined)?.[keyField]), text(row['id'])]);
}
