import { Client } from '@hubspot/api-client';
import { Connection } from 'jsforce';
import type { Answers } from '../load/figures.ts';

/** communication to contact (HubSpot docs, association type ids) */
export const toContact = [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: 81 }];

/** What many workers do with each message, one call after the other: nothing is remembered, nothing is put together. */
export interface Naive {
  /** searches the contact, creates the communication, associates them: three calls */
  hubspot(phone: string, text: string): Promise<void>;
  /** looks for the contact, creates the task: two calls */
  salesforce(phone: string, text: string): Promise<void>;
}

export async function openNaive({ salesforce, hubspot, accessToken }: Answers['addresses']): Promise<Naive> {
  const client = new Client({ accessToken, basePath: hubspot });
  const connection = new Connection({
    instanceUrl: salesforce,
    accessToken: await salesforceToken(salesforce),
    logLevel: 'NONE',
  });
  return {
    async hubspot(phone, text) {
      const { results } = await client.crm.contacts.searchApi.doSearch({
        filterGroups: [{ filters: [{ propertyName: 'phone', operator: 'EQ' as never, value: phone }] }],
        properties: ['phone'],
        limit: 1,
      });
      const made = await client.crm.objects.communications.basicApi.create({
        properties: {
          hs_timestamp: new Date().toISOString(),
          hs_communication_channel_type: 'WHATS_APP',
          hs_communication_logged_from: 'CRM',
          hs_communication_body: text,
        },
        associations: [],
      });
      const contact = results[0]?.id;
      if (contact === undefined) throw new Error('the contact is not there');
      await client.crm.associations.v4.batchApi.create('communications', 'contacts', {
        inputs: [{ _from: { id: made.id }, to: { id: contact }, types: toContact }],
      });
    },
    async salesforce(phone, text) {
      const { records } = await connection.query(`SELECT Id FROM Contact WHERE Phone = '${phone}' LIMIT 1`);
      const contact = records[0]?.['Id'] as string | undefined;
      if (contact === undefined) throw new Error('the contact is not there');
      const row = { Subject: 'WhatsApp', Description: text, WhoId: contact, Status: 'Completed' };
      const { success } = await connection.sobject('Task').create(row);
      if (!success) throw new Error('the task was not made');
    },
  };
}

async function salesforceToken(url: string): Promise<string> {
  const answer = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'client',
      client_secret: 'secret',
    }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}
