import { CrmError } from '../../core/errors.ts';
import type { HubSpotClient, ObjectName } from './client.ts';
import { crmError, type JudgeContext } from './errors.ts';
import { list, text, type Json } from './json.ts';
import { chunks } from './objects.ts';
import type { Answer } from './transport.ts';

export interface ReadDeps {
  readonly client: HubSpotClient;
  readonly context: JudgeContext;
}

/**
 * What a batch read found. What is not there is reported under a 207 and is the only error that means so; any other means
 * that HubSpot cannot say (HubSpot docs, batch read). @throws CrmError
 */
export function rowsRead(answer: Answer, context: JudgeContext): Json[] {
  if (answer.kind !== 'answer' || ![200, 207].includes(answer.status)) throw crmError(answer, context);
  const { results, errors } = answer.body;
  const status = text(answer.body['status']);
  if (!Array.isArray(results) || (status !== '' && status !== 'COMPLETE')) {
    throw new CrmError('unavailable', 'The answer of a batch read is not complete.');
  }
  const other = list(errors).find((error) => !/NOT_FOUND/.test(text(error['category'])));
  if (other) throw new CrmError('unavailable', `The batch read failed in part: ${text(other['category'])}`);
  return list(results);
}

/** What these records show in these properties; those that are gone are left out. @throws CrmError */
export async function readRecords(
  { client, context }: ReadDeps,
  object: ObjectName,
  ids: readonly string[],
  properties: readonly string[],
): Promise<Map<string, Json>> {
  const found = new Map<string, Json>();
  for (const part of chunks([...new Set(ids)])) {
    for (const row of rowsRead(await client.readRecords(object, part, properties), context)) {
      found.set(text(row['id']), (row['properties'] ?? {}) as Json);
    }
  }
  return found;
}

/** One record that hangs on a contact. */
export interface Link {
  readonly id: string;
  /** association type ids */
  readonly types: readonly number[];
}

/** Inputs of one call (HubSpot docs, associations batch read). */
const mostContacts = 1_000;

/**
 * What hangs on contacts, all pages of it. A contact that HubSpot does not know has nothing. @throws CrmError
 */
export function linksOf(
  { client, context }: ReadDeps,
  to: 'companies' | 'deals' | ObjectName,
  contacts: readonly string[],
): Promise<Map<string, Link[]>> {
  return allLinks((part) => client.relatedOf(to, part), context, contacts);
}

/** Ids of the contacts that records hang on. @throws CrmError */
export async function contactsOn(
  { client, context }: ReadDeps,
  object: ObjectName,
  records: readonly string[],
): Promise<Map<string, string[]>> {
  const links = await allLinks((part) => client.contactsOf(object, part), context, records);
  return new Map([...links].map(([record, contacts]) => [record, contacts.map(({ id }) => id)]));
}

type Input = { readonly id: string; readonly after?: string };

async function allLinks(
  ask: (part: readonly Input[]) => Promise<Answer>,
  context: JudgeContext,
  from: readonly string[],
): Promise<Map<string, Link[]>> {
  const found = new Map<string, Link[]>();
  let inputs: Input[] = [...new Set(from)].map((id) => ({ id }));
  while (inputs.length > 0) {
    const next: Input[] = [];
    for (const part of chunks(inputs, mostContacts)) {
      const answer = await ask(part);
      const rows = rowsRead(answer, context);
      for (const row of rows) {
        const id = text((row['from'] as Json | undefined)?.['id']);
        found.set(id, [...(found.get(id) ?? []), ...list(row['to']).map(toLink)]);
        const after = text((row['paging'] as { next?: { after?: unknown } } | undefined)?.next?.after);
        if (after !== '') next.push({ id, after });
      }
      checkNamed(answer, part, found);
    }
    inputs = next;
  }
  return found;
}

/** Contacts without any are left out and reported as not found: all others must be named. */
function checkNamed(
  answer: Answer,
  part: readonly { readonly id: string }[],
  found: ReadonlyMap<string, unknown>,
): void {
  if (part.every(({ id }) => found.has(id))) return;
  if (answer.kind === 'answer' && list(answer.body['errors']).length > 0) return;
  throw new CrmError('unavailable', 'The answer of a batch read does not name all that was asked for.');
}

function toLink(to: Json): Link {
  const types = list(to['associationTypes']).map((type) => Number(type['typeId']));
  return { id: text(to['toObjectId']), types };
}
