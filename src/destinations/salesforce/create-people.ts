import type { CrmContact, NewPerson, NewPersonOutcome } from '../destination.ts';
import { readError } from './call-error.ts';
import type { Client, Json } from './client.ts';
import { codeOf, reasonOf } from './errors.ts';
import type { PersonObject } from './people.ts';
import { pages } from './read-back.ts';
import { inClauses } from './soql.ts';

interface CreateDeps {
  readonly client: Client;
  /** API name of the external id that holds the person's key */
  readonly personKeyField: string;
  readonly userIdField: string | undefined;
}

/** Records of one collections call. */
const most = 200;

/**
 * Makes people whom nobody knows into contacts or leads, once each by their keys: one who is there is found and left as a
 * rep may have changed it. @throws CallError, CrmError for a call that failed as a whole; then a repeat makes no double
 */
export async function createPeople(
  deps: CreateDeps,
  people: readonly NewPerson[],
  as: 'contact' | 'lead',
): Promise<NewPersonOutcome[]> {
  const object = as === 'lead' ? 'Lead' : 'Contact';
  const there = await findByKey(deps, object, people);
  const missing = people.filter(({ key }) => !there.has(key));
  const made: NewPersonOutcome[] = [];
  for (let from = 0; from < missing.length; from += most) {
    const part = missing.slice(from, from + most);
    const records = part.map((person) => recordOf(deps, object, person));
    const answer = await deps.client.upsert(object, records, deps.personKeyField);
    const rows = Array.isArray(answer) && answer.length === part.length ? answer : [];
    made.push(...part.map((person, at) => outcomeOf(deps, object, person, rows[at])));
  }
  const byKey = new Map(made.map((one) => [one.key, one]));
  return people.map((person) => {
    const id = there.get(person.key);
    if (id !== undefined) return { kind: 'made', key: person.key, contact: contactOf(object, id, person) };
    return byKey.get(person.key) ?? notNamed(person.key);
  });
}

async function findByKey(
  { client, personKeyField }: CreateDeps,
  object: PersonObject,
  people: readonly NewPerson[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const keys = people.map(({ key }) => key);
  for (const where of inClauses(personKeyField, keys)) {
    const soql = `SELECT Id, ${personKeyField} FROM ${object} WHERE ${where}`;
    for await (const page of pages(client, client.query(soql))) {
      for (const row of page) found.set(String(row[personKeyField]), String(row.Id));
    }
  }
  return found;
}

/** A lead needs a company; this is what Salesforce itself writes where none is known (Salesforce Help, web-to-lead). */
const noCompany = '[not provided]';

function recordOf(
  { personKeyField, userIdField }: CreateDeps,
  object: PersonObject,
  person: NewPerson,
): Json {
  const words = person.name.trim().split(/\s+/);
  const [LastName, FirstName] = [words.at(-1) ?? '', words.slice(0, -1).join(' ')];
  return {
    LastName: LastName.slice(0, 80),
    ...(FirstName !== '' && { FirstName: FirstName.slice(0, 40) }),
    ...(person.phone !== undefined && { MobilePhone: person.phone }),
    ...(person.userId !== undefined &&
      userIdField !== undefined &&
      object === 'Contact' && { [userIdField]: person.userId }),
    ...(person.ownerId !== undefined && { OwnerId: person.ownerId }),
    ...(object === 'Lead' && { Company: noCompany }),
    [personKeyField]: person.key,
  };
}

function outcomeOf(
  { personKeyField }: CreateDeps,
  object: PersonObject,
  person: NewPerson,
  row: unknown,
): NewPersonOutcome {
  const { id, success, errors } = (row ?? {}) as Json;
  const { key } = person;
  if (success === true && typeof id === 'string' && id !== '') {
    return { kind: 'made', key, contact: contactOf(object, id, person) };
  }
  const refusal = readError(Array.isArray(errors) ? errors[0] : undefined);
  if (success !== false || refusal.code === '') return notNamed(key);
  const code = codeOf(refusal, { place: 'row', keyField: personKeyField, linkFields: [] });
  return { kind: 'refused', key, code, reason: reasonOf(refusal, [person.name, person.phone ?? '']) };
}

function notNamed(key: string): NewPersonOutcome {
  return { kind: 'refused', key, code: 'not-named', reason: 'the answer says neither yes nor no' };
}

function contactOf(type: PersonObject, id: string, { name, phone, userId, ownerId }: NewPerson): CrmContact {
  return {
    type,
    id,
    name,
    phones: phone === undefined ? [] : [phone],
    userIds: userId === undefined ? [] : [userId],
    ...(ownerId !== undefined && { ownerId }),
  };
}
