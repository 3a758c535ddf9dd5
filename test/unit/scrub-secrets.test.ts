import { expect, test } from '@jest/globals';
import { scrub as scrubHubSpot } from '../../src/destinations/hubspot/scrub.ts';
import { scrub as scrubSalesforce } from '../../src/destinations/salesforce/scrub.ts';

const echoed = [
  'POST /services/oauth2/token grant_type=client_credentials&client_id=zzclient&client_secret=zzsecret',
  '{"AUTHORIZATION":"BEARER ZZTOKEN-OF-HUBSPOT","ACCEPT":"*/*"}',
  'at https://user:zzlogin@crm.example/?access_token=zztoken was refused',
];

test.each(echoed)('a server that repeats what it was sent tells nobody a secret: %s', (text) => {
  expect(scrubHubSpot(text)).not.toMatch(/zz/i);
  expect(scrubSalesforce(text)).not.toMatch(/zz/i);
});
