import { CrmError } from '../../core/errors.ts';
import { isUserId } from '../../core/phone.ts';
import type { CrmContact, LookupAddress } from '../destination.ts';
import { peopleSearch } from '../search-words.ts';
import type { HubSpotClient } from './client.ts';
import { contactProperties, phoneProperties, toContact, type ContactFields } from './contacts.ts';
import { crmError, type JudgeContext } from './errors.ts';
import type { MarkFields } from './mark-fields.ts';
import { list, text, type Json } from './json.ts';

/**
 * The calculated properties that hold a number's national digits: "HubSpot only uses the area code and local number;
 * refrain from including the country code" (HubSpot knowledge base, searchable phone properties).
 */
const nationalProperties = [
  'hs_searchable_calculated_phone_number',
  'hs_searchable_calculated_mobile_number',
] as const;

/** Limits of a search (HubSpot docs, search): characters of the request, values of an IN list, page, results in all. */
const most = { characters: 2_900, values: 100, page: 200, results: 10_000 };

export interface LookupDeps extends Pick<ContactFields, 'userIdProperty'> {
  readonly client: HubSpotClient;
  readonly marks: Pick<MarkFields, 'known'>;
  readonly context: JudgeContext;
}

/** All contacts that may be these people: as few searches as the limits allow. @throws CrmError when HubSpot cannot say */
export async function lookup(deps: LookupDeps, addresses: readonly LookupAddress[]): Promise<CrmContact[]> {
  const found = new Map<string, CrmContact>();
  const { userIdProperty } = deps;
  const fields = { userIdProperty, markFields: await deps.marks.known() };
  for (const request of searchesFor(addresses, fields)) {
    for (const contact of await searchAll(deps, request, fields)) found.set(contact.id, contact);
  }
  return [...found.values()];
}

/** Contacts by a number, or by words of a name or e-mail address (HubSpot docs, search: `query`); at most 25. @throws CrmError */
export async function searchPeople(deps: LookupDeps, asked: string): Promise<CrmContact[]> {
  const search = peopleSearch(asked);
  if (search === undefined) return [];
  if ('address' in search) return lookup(deps, [search.address]);
  const fields = { userIdProperty: deps.userIdProperty, markFields: await deps.marks.known() };
  const request = { query: search.word, properties: contactProperties(fields), limit: most.page };
  const { results } = readPage(await deps.client.search('contacts', request), deps.context);
  return search.narrow(results.flatMap((result) => toContact(result, fields) ?? []));
}

/** Requests of at most 3,000 characters that ask for all addresses. */
export function searchesFor(addresses: readonly LookupAddress[], fields: ContactFields): Json[] {
  const { userIdProperty } = fields;
  const phones = addresses.filter((each) => !isUserId(each.address));
  const userIds = addresses.filter((each) => isUserId(each.address));
  const properties = contactProperties(fields);
  const byPhone = pack(phones, (part) => ({ filterGroups: phoneGroups(part), properties, limit: most.page }));
  if (userIdProperty === undefined) return byPhone;
  const byUserId = pack(userIds, (part) => ({
    // Values of IN must be in lower case; what is stored is compared in lower case too.
    filterGroups: [
      group(
        userIdProperty,
        part.map((each) => each.address.toLowerCase()),
      ),
    ],
    properties,
    limit: most.page,
  }));
  return [...byPhone, ...byUserId];
}

function phoneGroups(addresses: readonly LookupAddress[]): Json[] {
  const nationals = addresses.flatMap((each) => each.national ?? []);
  const written = addresses.flatMap(({ address }) => {
    const digits = address.replaceAll(/\D/g, '');
    return [`+${digits}`, digits];
  });
  return [
    ...(nationals.length === 0 ? [] : nationalProperties.map((name) => group(name, nationals))),
    ...phoneProperties.map((name) => group(name, written)),
  ];
}

function group(propertyName: string, values: readonly string[]): Json {
  return { filters: [{ propertyName, operator: 'IN', values: [...new Set(values)] }] };
}

function pack(addresses: readonly LookupAddress[], build: (part: readonly LookupAddress[]) => Json): Json[] {
  const requests: Json[] = [];
  let part: LookupAddress[] = [];
  for (const address of addresses) {
    const grown = [...part, address];
    const fits = grown.length <= most.values / 2 && JSON.stringify(build(grown)).length <= most.characters;
    if (!fits && part.length > 0) requests.push(build(part));
    part = fits ? grown : [address];
  }
  return part.length === 0 ? requests : [...requests, build(part)];
}

async function searchAll(
  { client, context }: LookupDeps,
  request: Json,
  fields: ContactFields,
): Promise<CrmContact[]> {
  const contacts: CrmContact[] = [];
  let after: string | undefined;
  do {
    const answer = await client.search('contacts', after === undefined ? request : { ...request, after });
    const { results, next } = readPage(answer, context);
    contacts.push(...results.flatMap((result) => toContact(result, fields) ?? []));
    if (next !== undefined && Number(next) + most.page > most.results) {
      throw new CrmError('refused', 'More than 10,000 contacts fit one look-up.');
    }
    after = next;
  } while (after !== undefined);
  return contacts;
}

type SearchAnswer = Awaited<ReturnType<HubSpotClient['search']>>;

/** One page of a search or list. @throws CrmError unless it is one */
export function readPage(
  answer: SearchAnswer,
  context: JudgeContext,
): { results: Json[]; next: string | undefined } {
  if (answer.kind !== 'answer' || answer.status !== 200) throw crmError(answer, context);
  if (!Array.isArray(answer.body['results'])) throw new CrmError('unavailable', 'The answer has no results.');
  const paging = answer.body['paging'] as { next?: { after?: unknown } } | undefined;
  return { results: list(answer.body['results']), next: text(paging?.next?.after) || undefined };
}
