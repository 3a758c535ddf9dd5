import { startHubSpot, type HubSpotSandbox } from '../sandbox/hubspot/index.ts';
import { startSalesforce, type SalesforceSandbox } from '../sandbox/salesforce/index.ts';
import { startTwilio, type TwilioSandbox } from '../sandbox/twilio/index.ts';
import {
  demoBusiness,
  demoPeople,
  excludedPerson,
  startWhatsApp,
  unknownPerson,
  type DemoPerson,
  type WhatsAppSandbox,
} from '../sandbox/whatsapp/index.ts';

/** The four look-alikes that the demo runs against, with the demo's people in both CRMs. */
export interface DemoSandbox {
  readonly salesforce: SalesforceSandbox;
  readonly hubspot: HubSpotSandbox;
  readonly whatsapp: WhatsAppSandbox;
  readonly twilio: TwilioSandbox;
  /** creates the person nobody knew yet, as a sales rep would */
  addUnknownPerson(): void;
  close(): Promise<void>;
}

export const demoSecrets = {
  appSecret: 'demo-app-secret',
  verifyToken: 'demo-verify-token',
  accessToken: 'demo-access-token',
  twilioSid: 'AC00000000000000000000000000000001',
  twilioToken: 'demo-twilio-token',
} as const;

/** The firm's second number, at Twilio. */
export const twilioNumber = '+4930123456';

const demoTimeZone = 'Europe/Berlin';

const salesforceUserId = 'WhatsApp_User_Id__c';
const hubspotUserId = 'whatsapp_user_id';

export async function startDemoSandbox(): Promise<DemoSandbox> {
  const salesforce = await startSalesforce({ customFields: [`Contact.${salesforceUserId}`] });
  const hubspot = await startHubSpot();
  const whatsapp = await startWhatsApp({ accessToken: demoSecrets.accessToken });
  const twilio = await startTwilio({
    accountSid: demoSecrets.twilioSid,
    authToken: demoSecrets.twilioToken,
    number: twilioNumber,
  });
  addUserIdProperty(hubspot);
  for (const rep of reps) addRep(salesforce, hubspot, rep);
  const add = (person: DemoPerson) => {
    const [firstName = '', ...rest] = person.name.split(' ');
    const lastName = rest.join(' ');
    const contactId = salesforce.addContact({
      FirstName: firstName,
      LastName: lastName,
      Phone: person.phone,
      ...(person.userId === undefined ? {} : { [salesforceUserId]: person.userId }),
    });
    const hubspotId = hubspot.addContact({
      firstname: firstName,
      lastname: lastName,
      phone: person.phone,
      ...(person.userId === undefined ? {} : { [hubspotUserId]: person.userId }),
    });
    return { contactId, hubspotId };
  };
  const [first] = demoPeople.map(add);
  if (first !== undefined) addDeal(salesforce, hubspot, first);
  return {
    salesforce,
    hubspot,
    whatsapp,
    twilio,
    addUnknownPerson: () => void add(unknownPerson),
    close: async () =>
      void (await Promise.all([salesforce, hubspot, whatsapp, twilio].map((one) => one.close()))),
  };
}

/** Who holds the firm's numbers. */
const reps = [
  { firstName: 'Maya', lastName: 'Lind', email: 'maya@example.com' },
  { firstName: 'Jonas', lastName: 'Weber', email: 'jonas@example.com' },
] as const;

function addRep(
  salesforce: SalesforceSandbox,
  hubspot: HubSpotSandbox,
  { firstName, lastName, email }: (typeof reps)[number],
): void {
  const name = `${firstName} ${lastName}`;
  salesforce.add('User', {
    FirstName: firstName,
    LastName: lastName,
    Name: name,
    Email: email,
    Username: email,
    IsActive: true,
    UserType: 'Standard',
    TimeZoneSidKey: demoTimeZone,
  });
  hubspot.addOwner({ name, email });
}

/** A company, and an open deal with one of its people. */
function addDeal(
  salesforce: SalesforceSandbox,
  hubspot: HubSpotSandbox,
  { contactId, hubspotId }: { readonly contactId: string; readonly hubspotId: string },
): void {
  const company = 'Silva Imports';
  const deal = 'Renewal 2027';
  const AccountId = salesforce.add('Account', { Name: company });
  salesforce.change(contactId, { AccountId });
  const OpportunityId = salesforce.add('Opportunity', {
    Name: deal,
    StageName: 'Prospecting',
    IsClosed: false,
    AccountId,
  });
  salesforce.add('OpportunityContactRole', { OpportunityId, ContactId: contactId });
  hubspot.addCompany({ name: company }, { contactIds: [hubspotId], primary: true });
  hubspot.addDeal({ dealname: deal, hs_is_closed: 'false' }, { contactIds: [hubspotId] });
}

function addUserIdProperty(hubspot: HubSpotSandbox): void {
  const contacts = hubspot.schema.type('contacts');
  hubspot.schema.addProperty(contacts, {
    name: hubspotUserId,
    label: 'WhatsApp user id',
    groupName: hubspot.schema.groups(contacts)[0]?.name ?? '',
    type: 'string',
    fieldType: 'text',
    options: [],
    description: '',
    hasUniqueValue: false,
    calculated: false,
    hubspotDefined: false,
    readOnly: false,
    externalOptions: false,
  });
}

/** The settings file of the demo, as an operator would write it. */
export function demoSettings(
  { salesforce, hubspot, whatsapp, twilio }: DemoSandbox,
  granularity: string,
): string {
  return `
sources:
  - id: support
    type: whatsapp-cloud
    appSecret: ${demoSecrets.appSecret}
    verifyToken: ${demoSecrets.verifyToken}
    accessToken: ${demoSecrets.accessToken}
    apiUrl: ${whatsapp.url}
    businessNumbers: ['${demoBusiness.number}']
  - id: emea
    type: twilio
    accountSid: ${demoSecrets.twilioSid}
    authToken: ${demoSecrets.twilioToken}
    apiUrl: ${twilio.url}
    conversationsUrl: ${twilio.conversationsUrl}
    mediaUrl: ${twilio.mediaUrl}
    pollEvery: 1s
    businessNumbers: ['${twilioNumber}']
destinations:
  - id: sales
    type: salesforce
    loginUrl: ${salesforce.url}
    auth: { flow: client-credentials, clientId: client, clientSecret: secret }
    userIdField: ${salesforceUserId}
    directoryEveryWhileParked: 1s
    timeZone: ${demoTimeZone}
    associate: { deal: only }
  - id: marketing
    type: hubspot
    apiUrl: ${hubspot.url}
    accessToken: ${hubspot.accessToken}
    userIdProperty: ${hubspotUserId}
    directoryEveryWhileParked: 1s
    timeZone: ${demoTimeZone}
    associate: { company: primary, deal: only }
routes:
  - { source: support, destinations: [sales, marketing] }
  - { source: emea, destinations: [sales, marketing] }
policies:
  granularity: ${granularity}
  excluded: ['${excludedPerson.phone}']
retention:
  rules:
    - { id: files, class: files, keep: 2y }
    - { id: business-records, keep: 7y, obligation: true }
owners:
  - { number: '${demoBusiness.number}', user: maya@example.com, from: 2026-01-01 }
  - { number: '${twilioNumber}', user: jonas@example.com, from: 2026-01-01 }
`;
}
