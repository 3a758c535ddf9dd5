import { CrmError } from '../../core/errors.ts';
import { chooseDeal, type OpenDeal } from '../choose-deal.ts';
import type { RelatedRecord, RelateRule, RelateSubject } from '../destination.ts';
import type { HubSpotClient } from './client.ts';
import { crmError, list, text, type JudgeContext } from './errors.ts';
import type { Answer, Json } from './transport.ts';

interface RelateDeps {
  readonly client: HubSpotClient;
  readonly context: JudgeContext;
}

/** Inputs of one call (HubSpot docs, associations batch read; batch read). */
const most = { contacts: 1_000, deals: 100 };
/** Association type of a contact's primary company (HubSpot docs, association type id values). */
const primaryType = 1;

interface Link {
  readonly id: string;
  readonly isPrimary: boolean;
}

/** The primary company and the open deal of contacts. @throws CrmError when HubSpot cannot say */
export async function relate(
  deps: RelateDeps,
  subjects: readonly RelateSubject[],
  rule: RelateRule,
): Promise<RelatedRecord[][]> {
  const contacts = [...new Set(subjects.map(({ id }) => id))];
  const companies =
    rule.company === 'none' ? new Map<string, Link[]>() : await linksOf(deps, 'companies', contacts);
  const deals = rule.deal === 'none' ? new Map<string, OpenDeal[]>() : await openDealsOf(deps, contacts);
  return subjects.map(({ id, ownerId }) => {
    const company = chooseCompany(companies.get(id) ?? []);
    const deal = chooseDeal(deals.get(id) ?? [], rule.deal, ownerId);
    return [
      ...(company === undefined ? [] : [{ type: 'company', id: company.id }]),
      ...(deal === undefined ? [] : [{ type: 'deal', id: deal.id }]),
    ];
  });
}

/** The primary one; without one, the only one. */
function chooseCompany(links: readonly Link[]): Link | undefined {
  return links.find((link) => link.isPrimary) ?? (links.length === 1 ? links[0] : undefined);
}

async function linksOf(
  { client, context }: RelateDeps,
  to: 'companies' | 'deals',
  contacts: readonly string[],
): Promise<Map<string, Link[]>> {
  const found = new Map<string, Link[]>();
  for (let from = 0; from < contacts.length; from += most.contacts) {
    const answer = await client.relatedOf(to, contacts.slice(from, from + most.contacts));
    for (const result of rowsOf(answer, context)) {
      const contact = text((result['from'] as Json | undefined)?.['id']);
      found.set(contact, list(result['to']).map(toLink));
    }
  }
  return found;
}

function toLink(to: Json): Link {
  const types = list(to['associationTypes']);
  return {
    id: text(to['toObjectId']),
    isPrimary: types.some((type) => Number(type['typeId']) === primaryType),
  };
}

async function openDealsOf(deps: RelateDeps, contacts: readonly string[]): Promise<Map<string, OpenDeal[]>> {
  const links = await linksOf(deps, 'deals', contacts);
  const ids = [...new Set([...links.values()].flat().map(({ id }) => id))];
  const open = new Map<string, OpenDeal>();
  for (let from = 0; from < ids.length; from += most.deals) {
    const answer = await deps.client.readDeals(ids.slice(from, from + most.deals), [
      'hs_is_closed',
      'createdate',
      'hubspot_owner_id',
    ]);
    for (const { id, properties } of rowsOf(answer, deps.context)) {
      const deal = toDeal(text(id), (properties ?? {}) as Json);
      if (deal !== undefined) open.set(deal.id, deal);
    }
  }
  return new Map(
    [...links].map(([contact, own]) => [contact, own.flatMap((link) => open.get(link.id) ?? [])]),
  );
}

function toDeal(id: string, properties: Json): OpenDeal | undefined {
  if (text(properties['hs_is_closed']) === 'true') return undefined;
  const ownerId = text(properties['hubspot_owner_id']);
  return { id, createdAt: text(properties['createdate']), ...(ownerId !== '' && { ownerId }) };
}

/** What an answer of a batch read holds: what is not there is reported under a 207, and no error of ours. */
function rowsOf(answer: Answer, context: JudgeContext): Json[] {
  if (answer.kind !== 'answer' || ![200, 207].includes(answer.status)) throw crmError(answer, context);
  if (!Array.isArray(answer.body['results'])) throw new CrmError('unavailable', 'The answer has no results.');
  return list(answer.body['results']);
}
