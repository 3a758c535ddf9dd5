import {
  startHubSpot,
  type HubSpotSandbox,
  type HubSpotSandboxOptions,
} from '../../src/sandbox/hubspot/index.ts';
import { startSalesforce, type SalesforceSandbox } from '../../src/sandbox/salesforce/index.ts';
import { appSecret, businessNumber, personNumber } from './traffic.ts';

/** Both sandbox CRMs with the key fields in place and the same people in both. */
export interface Crms {
  readonly salesforce: SalesforceSandbox;
  readonly hubspot: HubSpotSandbox;
  addPerson(index: number): void;
  close(): Promise<void>;
}

export const keyFields = { salesforce: 'WhatsApp_Key__c', hubspot: 'whatsapp_key' } as const;

export interface CrmsOptions {
  /** API calls a day in each CRM; default: theirs */
  readonly dailyLimit?: number;
  /** HubSpot takes no unique keys */
  readonly plainKeys?: boolean;
  /** of HubSpot, instead of its own */
  readonly limits?: HubSpotSandboxOptions['limits'];
}

export async function startCrms(people: number, options: CrmsOptions = {}): Promise<Crms> {
  const { dailyLimit, plainKeys, limits } = options;
  const salesforce = await startSalesforce({
    keyField: keyFields.salesforce,
    ...(dailyLimit !== undefined && { dailyLimit }),
  });
  const hubspot = await startHubSpot({
    keyField: keyFields.hubspot,
    limits: { ...limits, ...(dailyLimit !== undefined && { daily: dailyLimit }) },
    ...(plainKeys && { uniqueRefusedOn: ['communications', 'calls'] }),
  });
  const addPerson = (index: number) => {
    const phone = personNumber(index);
    salesforce.addContact({ FirstName: 'Person', LastName: phone.slice(-4), Phone: phone });
    hubspot.addContact({ firstname: 'Person', lastname: phone.slice(-4), phone });
  };
  for (let index = 0; index < people; index += 1) addPerson(index);
  return {
    salesforce,
    hubspot,
    addPerson,
    close: async () => void (await Promise.all([salesforce.close(), hubspot.close()])),
  };
}

/** A settings file for these CRMs; `more` goes into both destinations. */
export function settingsFor({ salesforce, hubspot }: Crms, more = ''): string {
  return `
sources:
  - id: support
    type: whatsapp-cloud
    appSecret: ${appSecret}
    verifyToken: verify
    businessNumbers: ['${businessNumber}']
destinations:
  - id: sales
    type: salesforce
    loginUrl: ${salesforce.url}
    auth: { flow: client-credentials, clientId: client, clientSecret: secret }
    ${more}
  - id: marketing
    type: hubspot
    apiUrl: ${hubspot.url}
    accessToken: ${hubspot.accessToken}
    ${more}
routes:
  - { source: support, destinations: [sales, marketing] }
policies:
  excluded: ['+15550001111']
`;
}

/** How many records each CRM has per key: 1 is right, 2 is a double. */
export function recordsPerKey({ salesforce, hubspot }: Crms): {
  salesforce: Map<string, number>;
  hubspot: Map<string, number>;
} {
  const count = (keys: readonly string[]) => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const tasks = salesforce.rows('Task').map((row) => String(row[keyFields.salesforce]));
  const records = ['communications', 'calls'].flatMap((type) =>
    hubspot.records(type).map((record) => String(record.values[keyFields.hubspot])),
  );
  return { salesforce: count(tasks), hubspot: count(records) };
}

/** Keys with more than one record, in either CRM. */
export function doubles(crms: Crms): string[] {
  const { salesforce, hubspot } = recordsPerKey(crms);
  return [...salesforce, ...hubspot].filter(([, count]) => count > 1).map(([key]) => key);
}
