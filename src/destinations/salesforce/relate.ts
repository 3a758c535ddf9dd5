import { chooseDeal, type OpenDeal } from '../choose-deal.ts';
import type { RelatedRecord, RelateRule, RelateSubject } from '../destination.ts';
import type { Client, Json } from './client.ts';
import type { SalesforceTarget } from './options.ts';
import { pages } from './read-back.ts';
import { inClauses } from './soql.ts';

/**
 * The account and the open opportunity of contacts; leads have neither. Salesforce itself derives a task's account from
 * its contact, so the account is only asked for where a custom object has a lookup for it.
 * @throws CallError, CrmError when Salesforce cannot say
 */
export async function relate(
  client: Client,
  target: SalesforceTarget | undefined,
  subjects: readonly RelateSubject[],
  rule: RelateRule,
): Promise<RelatedRecord[][]> {
  const contacts = [...new Set(subjects.flatMap(({ type, id }) => (type === 'Contact' ? [id] : [])))];
  const accounts =
    rule.company === 'primary' && target?.accountField !== undefined
      ? await accountsOf(client, contacts)
      : new Map<string, string>();
  const wantsDeals = rule.deal !== 'none' && (target === undefined || target.opportunityField !== undefined);
  const deals = wantsDeals ? await openDealsOf(client, contacts) : new Map<string, OpenDeal[]>();
  return subjects.map(({ type, id, ownerId }) => {
    if (type !== 'Contact') return [];
    const account = accounts.get(id);
    const deal = chooseDeal(deals.get(id) ?? [], rule.deal, ownerId);
    return [
      ...(account === undefined ? [] : [{ type: 'Account', id: account }]),
      ...(deal === undefined ? [] : [{ type: 'Opportunity', id: deal.id }]),
    ];
  });
}

async function accountsOf(client: Client, contacts: readonly string[]): Promise<Map<string, string>> {
  const rows = await queryIn(client, 'SELECT Id, AccountId FROM Contact WHERE', 'Id', contacts);
  return new Map(
    rows.flatMap(({ Id, AccountId }) => (typeof AccountId === 'string' ? [[String(Id), AccountId]] : [])),
  );
}

/** By contact, through the roles that contacts have in opportunities (Object Reference, OpportunityContactRole). */
async function openDealsOf(client: Client, contacts: readonly string[]): Promise<Map<string, OpenDeal[]>> {
  const roles = await queryIn(
    client,
    'SELECT ContactId, OpportunityId FROM OpportunityContactRole WHERE',
    'ContactId',
    contacts,
  );
  const ids = [...new Set(roles.map(({ OpportunityId }) => String(OpportunityId)))];
  const open = await queryIn(
    client,
    'SELECT Id, OwnerId, CreatedDate FROM Opportunity WHERE IsClosed = false AND',
    'Id',
    ids,
  );
  const deals = new Map(open.map((row) => [String(row.Id), toDeal(row)]));
  const byContact = new Map<string, Map<string, OpenDeal>>();
  for (const { ContactId, OpportunityId } of roles) {
    const deal = deals.get(String(OpportunityId));
    if (deal === undefined) continue;
    const own = byContact.get(String(ContactId)) ?? new Map<string, OpenDeal>();
    byContact.set(String(ContactId), own.set(deal.id, deal));
  }
  return new Map([...byContact].map(([id, own]) => [id, [...own.values()]]));
}

function toDeal({ Id, OwnerId, CreatedDate }: Json): OpenDeal {
  return {
    id: String(Id),
    createdAt: String(CreatedDate),
    ...(typeof OwnerId === 'string' && { ownerId: OwnerId }),
  };
}

async function queryIn(client: Client, head: string, field: string, ids: readonly string[]): Promise<Json[]> {
  const rows: Json[] = [];
  for (const where of inClauses(field, ids)) {
    for await (const page of pages(client, client.query(`${head} ${where}`))) rows.push(...page);
  }
  return rows;
}
