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
  const add = (person: DemoPerson) => {
    const [firstName = '', ...rest] = person.name.split(' ');
    const lastName = rest.join(' ');
    salesforce.addContact({
      FirstName: firstName,
      LastName: lastName,
      Phone: person.phone,
      ...(person.userId === undefined ? {} : { [salesforceUserId]: person.userId }),
    });
    hubspot.addContact({
      firstname: firstName,
      lastname: lastName,
      phone: person.phone,
      ...(person.userId === undefined ? {} : { [hubspotUserId]: person.userId }),
    });
  };
  demoPeople.forEach(add);
  return {
    salesforce,
    hubspot,
    whatsapp,
    twilio,
    addUnknownPerson: () => add(unknownPerson),
    close: async () =>
      void (await Promise.all([salesforce, hubspot, whatsapp, twilio].map((one) => one.close()))),
  };
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
export function demoSettings({ salesforce, hubspot, whatsapp, twilio }: DemoSandbox): string {
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
  - id: marketing
    type: hubspot
    apiUrl: ${hubspot.url}
    accessToken: ${hubspot.accessToken}
    userIdProperty: ${hubspotUserId}
    directoryEveryWhileParked: 1s
routes:
  - { source: support, destinations: [sales, marketing] }
  - { source: emea, destinations: [sales, marketing] }
policies:
  excluded: ['${excludedPerson.phone}']
owners:
  - { number: '${demoBusiness.number}', user: ana@example.com, from: 2026-01-01 }
  - { number: '${twilioNumber}', user: jonas@example.com, from: 2026-01-01 }
`;
}
