import { Client } from '@hubspot/api-client';
import { personNumber } from '../../test/support/traffic.ts';
import type { Answers } from '../load/figures.ts';
import { toContact } from './naive.ts';

const size = 100;
const inFlight = 10;

/** What HubSpot's client can write when nothing else is done: one search and one batch for each hundred. @returns how many */
export async function logInBatches(
  { hubspot, accessToken }: Answers['addresses'],
  count: number,
  people: number,
): Promise<number> {
  const client = new Client({ accessToken, basePath: hubspot });
  const batches = Array.from({ length: Math.ceil(count / size) }, (_, nth) => nth * size);
  const write = async (first: number): Promise<void> => {
    const indexes = Array.from({ length: Math.min(size, count - first) }, (_, nth) => first + nth);
    const phones = indexes.map((index) => personNumber(index % people));
    const { results } = await client.crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'phone', operator: 'IN' as never, values: phones }] }],
      properties: ['phone'],
      limit: size,
    });
    const ids = new Map(results.map(({ id, properties }) => [properties['phone'], id]));
    const inputs = indexes.map((index, nth) => ({
      properties: {
        hs_timestamp: new Date().toISOString(),
        hs_communication_channel_type: 'WHATS_APP',
        hs_communication_logged_from: 'CRM',
        hs_communication_body: `message ${index}`,
      },
      associations: [{ to: { id: ids.get(phones[nth] as string) ?? missing() }, types: toContact }],
    }));
    await client.crm.objects.communications.batchApi.create({ inputs } as never);
  };
  const lane = async (): Promise<void> => {
    for (let first = batches.shift(); first !== undefined; first = batches.shift()) await write(first);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return count;
}

function missing(): never {
  throw new Error('the contact is not there');
}
