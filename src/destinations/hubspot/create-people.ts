import type { CrmContact, NewPerson, NewPersonOutcome } from '../destination.ts';
import type { HubSpotClient } from './client.ts';
import { crmError, judge, type JudgeContext } from './errors.ts';
import { list, text, type Json } from './json.ts';
import { chunks } from './objects.ts';
import type { Answer } from './transport.ts';

interface CreateDeps {
  readonly client: HubSpotClient;
  readonly context: JudgeContext;
  /** the unique property that holds the person's key */
  readonly personKeyField: string;
  readonly userIdProperty: string | undefined;
}

/**
 * Makes people whom nobody knows into contacts, once each by their keys: one who is there is found and left as a rep may
 * have changed it. A lead is a contact of that lifecycle stage (HubSpot docs, lifecycle stages).
 * @throws CrmError for a call that failed as a whole; then a repeat makes no double
 */
export async function createPeople(
  deps: CreateDeps,
  people: readonly NewPerson[],
  as: 'contact' | 'lead',
): Promise<NewPersonOutcome[]> {
  const outcomes: NewPersonOutcome[] = [];
  for (const part of chunks(people)) {
    const there = await findByKey(deps, part);
    const missing = part.filter(({ key }) => !there.has(key));
    const made = missing.length === 0 ? new Map() : await make(deps, missing, as);
    outcomes.push(
      ...part.map((person): NewPersonOutcome => {
        const id = there.get(person.key);
        if (id !== undefined) return { kind: 'made', key: person.key, contact: contactOf(id, person) };
        return made.get(person.key) ?? notNamed(person.key);
      }),
    );
  }
  return outcomes;
}

async function findByKey(deps: CreateDeps, people: readonly NewPerson[]): Promise<Map<string, string>> {
  const { client, personKeyField, context } = deps;
  const keys = people.map(({ key }) => key);
  const answer = await client.readContactsBy(personKeyField, keys, [personKeyField]);
  if (answer.kind !== 'answer' || ![200, 207].includes(answer.status)) throw crmError(answer, context);
  return idsOf(answer.body, personKeyField);
}

function idsOf(body: Json, personKeyField: string): Map<string, string> {
  return new Map(
    list(body['results']).map((row) => [
      text(((row['properties'] ?? {}) as Json)[personKeyField]),
      text(row['id']),
    ]),
  );
}

async function make(
  deps: CreateDeps,
  people: readonly NewPerson[],
  as: 'contact' | 'lead',
): Promise<Map<string, NewPersonOutcome>> {
  const { client, personKeyField, context } = deps;
  const answer = await client.upsertContacts(
    people.map((person) => ({
      id: person.key,
      idProperty: personKeyField,
      objectWriteTraceId: person.key,
      properties: propertiesOf(deps, person, as),
    })),
  );
  if (answer.kind !== 'answer') throw crmError(answer, context);
  if (![200, 201, 207].includes(answer.status)) {
    if (![400, 409].includes(answer.status)) throw crmError(answer, context);
    return refusedAsWhole(deps, people, as, answer);
  }
  const ids = idsOf(answer.body, personKeyField);
  const outcomes = new Map<string, NewPersonOutcome>();
  for (const error of list(answer.body['errors'])) {
    const { objectWriteTraceId, ids: named } = (error['context'] ?? {}) as Json;
    for (const key of [objectWriteTraceId, named].flat().map(text)) {
      outcomes.set(key, refusal(key, judge(undefined, error, context)));
    }
  }
  for (const person of people) {
    const id = ids.get(person.key);
    if (id !== undefined && id !== '') {
      outcomes.set(person.key, { kind: 'made', key: person.key, contact: contactOf(id, person) });
    }
  }
  return outcomes;
}

/** One that is refused refuses the whole batch: each is tried alone. */
async function refusedAsWhole(
  deps: CreateDeps,
  people: readonly NewPerson[],
  as: 'contact' | 'lead',
  answer: Extract<Answer, { kind: 'answer' }>,
): Promise<Map<string, NewPersonOutcome>> {
  const outcomes = new Map<string, NewPersonOutcome>();
  if (people.length > 1) {
    for (const person of people) {
      for (const [key, outcome] of await make(deps, [person], as)) outcomes.set(key, outcome);
    }
    return outcomes;
  }
  const verdict = judge(answer.status, answer.body, deps.context, answer.header);
  for (const { key } of people) outcomes.set(key, refusal(key, verdict));
  return outcomes;
}

function refusal(key: string, verdict: ReturnType<typeof judge>): NewPersonOutcome {
  if (verdict.kind === 'conflict') {
    return {
      kind: 'refused',
      key,
      code: 'field-invalid',
      reason: 'another contact has a unique value of this one',
    };
  }
  return { kind: 'refused', key, code: verdict.code, reason: verdict.reason };
}

function propertiesOf(
  { userIdProperty }: CreateDeps,
  person: NewPerson,
  as: 'contact' | 'lead',
): Record<string, string> {
  const words = person.name.trim().split(/\s+/);
  return {
    firstname: words.slice(0, -1).join(' '),
    lastname: words.at(-1) ?? '',
    ...(person.phone !== undefined && { phone: person.phone }),
    ...(person.userId !== undefined && userIdProperty !== undefined && { [userIdProperty]: person.userId }),
    ...(person.ownerId !== undefined && { hubspot_owner_id: person.ownerId }),
    ...(as === 'lead' && { lifecyclestage: 'lead' }),
  };
}

function notNamed(key: string): NewPersonOutcome {
  return { kind: 'refused', key, code: 'not-named', reason: 'the answer does not name this person' };
}

function contactOf(id: string, { name, phone, userId, ownerId }: NewPerson): CrmContact {
  return {
    type: 'contact',
    id,
    name,
    phones: phone === undefined ? [] : [phone],
    userIds: userId === undefined ? [] : [userId],
    ...(ownerId !== undefined && { ownerId }),
  };
}
