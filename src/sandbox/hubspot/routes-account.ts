import type { FastifyInstance } from 'fastify';
import { endpoint, type Account, type Owner } from './account.ts';
import { invalid, notFound } from './errors.ts';

const owners = (tail: string) => ({
  v3: `/crm/v3/owners${tail}`,
  dated: (version: string) => `/crm/owners/${version}${tail}`,
});
const read = { scopes: ['crm.objects.owners.read'] };

/** Owners, and what the account tells about itself. */
export function addAccountRoutes(app: FastifyInstance, account: Account): void {
  endpoint(app, 'GET', owners(''), { operation: 'owners.list', ...read }, ({ query }) =>
    listOwners(account, query),
  );
  endpoint(app, 'GET', owners('/:id'), { operation: 'owners.get', ...read }, ({ params, query }) => {
    const property = query['idProperty'] === 'userId' ? 'userId' : 'id';
    const archived = query['archived'] === 'true';
    const found = account.owners.find(
      (each) => String(each[property]) === params['id'] && each.archived === archived,
    );
    if (!found) throw notFound();
    return presentOwner(found);
  });
  endpoint(
    app,
    'GET',
    { v3: '/account-info/v3/details', dated: (version) => `/account-info/${version}/details` },
    { operation: 'account.details' },
    () => ({
      ...account.details,
      accountType: 'STANDARD',
      companyCurrency: 'USD',
      additionalCurrencies: [],
      ...offsetOf(account.details.timeZone, account.store.now()),
      dataHostingLocation: 'na1',
    }),
  );
}

function offsetOf(timeZone: string, at: Date): { utcOffset: string; utcOffsetMilliseconds: number } {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const utcOffset = parts.find(({ type }) => type === 'timeZoneName')?.value.replace('GMT', '') || '+00:00';
  const [hours = 0, minutes = 0] = utcOffset.slice(1).split(':').map(Number);
  const sign = utcOffset.startsWith('-') ? -1 : 1;
  return { utcOffset, utcOffsetMilliseconds: sign * (hours * 60 + minutes) * 60_000 };
}

/** Pages of at most 500; archived owners are in a list of their own (HubSpot docs, owners). */
function listOwners(account: Account, query: Record<string, string>): unknown {
  const limit = Number(query['limit'] ?? 100);
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw invalid(`Invalid limit: ${query['limit']}`);
  const from = Number(query['after'] ?? 0);
  if (!Number.isInteger(from) || from < 0) throw invalid(`Invalid after: ${query['after']}`);
  const email = query['email']?.toLowerCase();
  const archived = query['archived'] === 'true';
  const found = account.owners.filter(
    (owner) => owner.archived === archived && (!email || owner.email.toLowerCase() === email),
  );
  const next = from + limit;
  return {
    results: found.slice(from, next).map(presentOwner),
    ...(next < found.length && { paging: { next: { after: String(next) } } }),
  };
}

/** Who is no longer a user has no `userId` any more, only `userIdIncludingInactive` (HubSpot docs, owners). */
function presentOwner(owner: Owner): object {
  return {
    ...owner,
    userId: owner.archived ? null : owner.userId,
    userIdIncludingInactive: owner.userId,
    type: 'PERSON',
    teams: [],
  };
}
