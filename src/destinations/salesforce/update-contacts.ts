import type { ContactOutcome, ContactUpdate } from '../destination.ts';
import { readError } from './call-error.ts';
import type { Client } from './client.ts';
import { codeOf, reasonOf } from './errors.ts';

/** Records of one collections call. */
const most = 200;

/**
 * Writes fields of contacts and leads, each for itself. A row that the answer does not name is `not-named`; to write it
 * again changes nothing. @throws CallError, CrmError for a call that failed as a whole
 */
export async function updateContacts(
  client: Client,
  keyField: string,
  updates: readonly ContactUpdate[],
): Promise<ContactOutcome[]> {
  const outcomes: ContactOutcome[] = [];
  for (const object of new Set(updates.map(({ contact }) => contact.type))) {
    const own = updates.filter(({ contact }) => contact.type === object);
    for (let from = 0; from < own.length; from += most) {
      const part = own.slice(from, from + most);
      const answer = await client.updateAll(
        object,
        part.map(({ contact, fields }) => ({ ...fields, id: contact.id })),
      );
      const rows = Array.isArray(answer) && answer.length === part.length ? answer : [];
      outcomes.push(...part.map((update, at) => outcomeOf(update, rows[at], keyField)));
    }
  }
  return outcomes;
}

function outcomeOf({ contact, fields }: ContactUpdate, row: unknown, keyField: string): ContactOutcome {
  const { success, errors } = (row ?? {}) as Record<string, unknown>;
  if (success === true) return { kind: 'written', contact };
  const refusal = readError(Array.isArray(errors) ? errors[0] : undefined);
  if (success !== false || refusal.code === '') {
    return { kind: 'refused', contact, code: 'not-named', reason: 'the answer says neither yes nor no' };
  }
  const texts = Object.values(fields).filter((value) => typeof value === 'string');
  const code = codeOf(refusal, { place: 'row', keyField, linkFields: [] });
  return { kind: 'refused', contact, code, reason: reasonOf(refusal, texts) };
}
