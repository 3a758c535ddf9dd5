import { randomBytes } from 'node:crypto';
import { hashKey } from '../../core/key.ts';
import type { Finding } from '../destination.ts';
import { readError } from './call-error.ts';
import type { Client, Json } from './client.ts';
import { reasonOf } from './errors.ts';

/**
 * Is the key really unique? Two records with one key are tried, of which the second must be refused; what was made is
 * deleted again. @throws CallError, CrmError for a call that failed as a whole
 */
export async function probeKey(client: Client, object: string, keyField: string): Promise<Finding> {
  const subject = `${object}.${keyField}`;
  const key = hashKey('probe', randomBytes(16).toString('hex'));
  const record: Json = {
    [keyField]: key,
    ...(object === 'Task' && { Subject: 'WhatsApp key probe', Status: 'Completed' }),
  };
  const answer = await client.createAll(object, [record, record]);
  const rows = (Array.isArray(answer) ? answer : []) as Json[];
  const made = rows.flatMap(({ success, id }) => (success === true && typeof id === 'string' ? [id] : []));
  for (const id of made) await client.remove(object, id);
  const refusals = rows
    .filter(({ success }) => success === false)
    .map(({ errors }) => readError(Array.isArray(errors) ? errors[0] : undefined));
  if (made.length === 1 && refusals.some(({ code }) => code === 'DUPLICATE_VALUE')) {
    return { level: 'ok', subject, text: 'Tried: a second record with the same key is refused.' };
  }
  if (made.length === 2) {
    const text = 'Tried: Salesforce took two records with the same key. Records could be doubled.';
    return { level: 'error', subject, text, code: 'key-field-missing' };
  }
  const why = refusals[0] === undefined ? 'Salesforce gave no reason' : reasonOf(refusals[0]);
  const text = `Whether the key is unique could not be tried, since no record could be made: ${why}. Look at the field in Setup, Object Manager: it must be unique.`;
  return { level: 'todo', subject, text };
}
