import { chooseDeal, type OpenDeal } from '../choose-deal.ts';
import type { RelatedRecord, RelateRule, RelateSubject } from '../destination.ts';
import { linksOf, rowsRead, type Link, type ReadDeps } from './batch-read.ts';
import { text, type Json } from './json.ts';
import { chunks } from './objects.ts';

/** Association type of a contact's primary company (HubSpot docs, association type id values). */
const primaryType = 1;

/** The primary company and the open deal of contacts. @throws CrmError when HubSpot cannot say */
export async function relate(
  deps: ReadDeps,
  subjects: readonly RelateSubject[],
  rule: RelateRule,
): Promise<RelatedRecord[][]> {
  const contacts = subjects.map(({ id }) => id);
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
  return (
    links.find(({ types }) => types.includes(primaryType)) ?? (links.length === 1 ? links[0] : undefined)
  );
}

async function openDealsOf(deps: ReadDeps, contacts: readonly string[]): Promise<Map<string, OpenDeal[]>> {
  const links = await linksOf(deps, 'deals', contacts);
  const ids = [...new Set([...links.values()].flat().map(({ id }) => id))];
  const open = new Map<string, OpenDeal>();
  const wanted = ['hs_is_closed', 'createdate', 'hubspot_owner_id'];
  for (const part of chunks(ids)) {
    for (const { id, properties } of rowsRead(await deps.client.readDeals(part, wanted), deps.context)) {
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
