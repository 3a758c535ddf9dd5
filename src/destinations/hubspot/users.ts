import type { CrmUser } from '../destination.ts';
import type { HubSpotClient } from './client.ts';
import type { JudgeContext } from './errors.ts';
import { readPage } from './lookup.ts';
import { text } from './json.ts';

/**
 * Owners, also those who are no longer users. `id`, not `userId`, is what `hubspot_owner_id` takes (HubSpot docs, owners).
 * @throws CrmError when HubSpot cannot say
 */
export async function users({
  client,
  context,
}: {
  readonly client: HubSpotClient;
  readonly context: JudgeContext;
}): Promise<CrmUser[]> {
  const all: CrmUser[] = [];
  for (const archived of [false, true]) {
    let after: string | undefined;
    do {
      const page = readPage(
        await client.owners(100, { archived, ...(after !== undefined && { after }) }),
        context,
      );
      for (const owner of page.results) {
        const email = text(owner['email']);
        const name = [text(owner['firstName']), text(owner['lastName'])].filter(Boolean).join(' ');
        if (email !== '') all.push({ id: text(owner['id']), email, name: name || email, active: !archived });
      }
      after = page.next;
    } while (after !== undefined);
  }
  return all;
}
