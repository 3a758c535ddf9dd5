import type { CrmUser } from '../destination.ts';
import type { Client } from './client.ts';
import { pages } from './read-back.ts';

/**
 * Everybody who can own records: users of the standard kind (Object Reference, User: UserType), with the time zone that
 * their settings say. @throws CallError, CrmError when Salesforce cannot say
 */
export async function users(client: Client): Promise<CrmUser[]> {
  const soql =
    "SELECT Id, Name, Email, IsActive, TimeZoneSidKey FROM User WHERE UserType = 'Standard' ORDER BY Id";
  const all: CrmUser[] = [];
  for await (const page of pages(client, client.query(soql))) {
    for (const { Id, Name, Email, IsActive, TimeZoneSidKey } of page) {
      if (typeof Id !== 'string' || typeof Email !== 'string' || Email === '') continue;
      all.push({
        id: Id,
        email: Email,
        name: typeof Name === 'string' && Name !== '' ? Name : Email,
        active: IsActive === true,
        ...(typeof TimeZoneSidKey === 'string' && { timeZone: TimeZoneSidKey }),
      });
    }
  }
  return all;
}
