import { randomBytes } from 'node:crypto';
import { hashKey } from '../../core/key.ts';
import type { Finding } from '../destination.ts';
import { readError, type Refusal } from './call-error.ts';
import type { Client, Json } from './client.ts';
import { reasonOf } from './errors.ts';
import { quote } from './soql.ts';

interface ProbeDeps {
  readonly client: Client;
  readonly keyField: string;
  readonly object: string;
}

type Tried = { readonly id: string } | { readonly refusal: Refusal };

/**
 * Is the key really unique? A second record with the key of a first one is tried, which must be refused; what was made is
 * deleted again. @throws CallError, CrmError for a call that failed as a whole; records named "WhatsApp key probe" may then stay
 */
export async function probeKey(deps: ProbeDeps): Promise<Finding> {
  const { client, keyField, object } = deps;
  const subject = `${object}.${keyField}`;
  const { deletable } = await client.describeObject(object);
  if (deletable === false) {
    const text = `Whether the key is unique was not tried, since the user could not delete what is made for it. ${byHand}`;
    return { level: 'todo', subject, text };
  }
  const key = hashKey('probe', randomBytes(16).toString('hex'));
  try {
    const verdict = await tryTwice(deps, key);
    await cleanUp(deps, key);
    return verdict;
  } catch (error) {
    await cleanUp(deps, key).catch(() => undefined);
    throw error;
  }
}

/** By key, so that nothing stays when an answer was lost. */
async function cleanUp({ client, keyField, object }: ProbeDeps, key: string): Promise<void> {
  const { records } = await client.query(`SELECT Id FROM ${object} WHERE ${keyField} = ${quote(key)}`);
  for (const { Id: id } of records) if (typeof id === 'string') await client.remove(object, id);
}

const byHand = 'Look at the field in Setup, Object Manager: it must be unique.';

async function tryTwice(deps: ProbeDeps, key: string): Promise<Finding> {
  const subject = `${deps.object}.${deps.keyField}`;
  const first = await make(deps, key);
  if ('refusal' in first) {
    const text = `Whether the key is unique could not be tried, since no record could be made: ${reasonOf(first.refusal)}. ${byHand}`;
    return { level: 'todo', subject, text };
  }
  const second = await make(deps, key);
  if ('id' in second) {
    const text = 'Tried: Salesforce took two records with the same key. Records could be doubled.';
    return { level: 'error', subject, text, code: 'key-field-missing' };
  }
  if (second.refusal.code === 'DUPLICATE_VALUE') {
    return { level: 'ok', subject, text: 'Tried: a second record with the same key is refused.' };
  }
  const text = `Whether the key is unique is not known: a second record was refused, but for another reason: ${reasonOf(second.refusal)}. ${byHand}`;
  return { level: 'todo', subject, text };
}

async function make({ client, keyField, object }: ProbeDeps, key: string): Promise<Tried> {
  const record: Json = {
    [keyField]: key,
    ...(object === 'Task' && { Subject: 'WhatsApp key probe', Status: 'Completed' }),
  };
  const answer = await client.createAll(object, [record]);
  const { success, id, errors } = ((Array.isArray(answer) ? answer[0] : undefined) ?? {}) as Json;
  if (success === true && typeof id === 'string') return { id };
  return { refusal: readError(Array.isArray(errors) ? errors[0] : undefined) };
}
