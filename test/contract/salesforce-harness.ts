import { generateKeyPairSync } from 'node:crypto';
import type { Fields } from '../../src/core/activity.ts';
import { createSalesforce, type SalesforceOptions } from '../../src/destinations/salesforce/index.ts';
import type { Operation } from '../../src/sandbox/salesforce/faults.ts';
import type { CustomFields } from '../../src/sandbox/salesforce/extensions.ts';
import { startSalesforce } from '../../src/sandbox/salesforce/index.ts';
import type { DestinationHarness, MakeHarness, Traits } from './destination-harness.ts';

const keyField = 'WhatsApp_Key__c';
const upload: { operation: Operation } = { operation: 'collections-create' };
const write: { operation: Operation } = { operation: 'collections-upsert' };

const taskTraits: Traits = {
  searchTurns: false,
  related: { deal: 'Opportunity' },
  ownerField: 'OwnerId',
  contactField: 'Description',
  timeZones: true,
};
const objectTraits: Traits = { ...taskTraits, related: { company: 'Account', deal: 'Opportunity' } };

const target = {
  object: 'WhatsApp_Message__c',
  contactField: 'Contact__c',
  leadField: 'Lead__c',
  accountField: 'Account__c',
  opportunityField: 'Opportunity__c',
} as const;
const objectFields: CustomFields = {
  Contact__c: ['Contact'],
  Lead__c: ['Lead'],
  Account__c: ['Account'],
  Opportunity__c: ['Opportunity'],
  Subject__c: 'string',
  Text__c: 'textarea',
};

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** An org with what is asked for, and the adapter on it. `flow`: how it signs in; `into`: what records become. */
export function makeSalesforce(
  flow: SalesforceOptions['auth']['flow'],
  into: 'task' | 'object',
): MakeHarness {
  return (options) => startHarness(options, flow, into === 'object');
}

async function startHarness(
  { ready, budget }: Parameters<MakeHarness>[0],
  flow: SalesforceOptions['auth']['flow'],
  isObject: boolean,
): Promise<DestinationHarness> {
  const app = { clientId: 'client', clientSecret: 'secret', username: 'integration@example.com' };
  const sandbox = await startSalesforce({
    ...(ready && !isObject ? { keyField } : {}),
    app: { ...app, ...(flow === 'jwt' && { publicKey: pair.publicKey }) },
  });
  if (isObject) sandbox.addObject(target.object, { ...objectFields, ...(ready && { [keyField]: 'key' }) });
  const { clientId, clientSecret, username } = app;
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth:
      flow === 'jwt'
        ? { flow, clientId, username, privateKey: pair.privateKey, audience: 'https://login.salesforce.com' }
        : { flow, clientId, clientSecret },
    apiVersion: '67.0',
    keyField,
    ...(isObject && { target }),
    creates: ['contact', 'lead'],
    ...(budget && { budget }),
  });
  const object = isObject ? target.object : 'Task';
  const traits = isObject ? objectTraits : taskTraits;
  return {
    destination,
    token: 'renewed',
    traits,
    addContact(name, phone) {
      const [FirstName = '', ...rest] = name.split(' ');
      const id = sandbox.addContact({ FirstName, LastName: rest.join(' ') || FirstName, Phone: phone });
      if (rest.length === 0) sandbox.change(id, { FirstName: null });
      return { type: 'Contact', id };
    },
    deleteContact: (id) => sandbox.remove(id),
    mergeContact: (gone, into) => sandbox.merge(gone.id, into.id),
    convertedLead(name, phone) {
      const [FirstName = '', LastName = ''] = name.split(' ');
      const lead = sandbox.addLead({ FirstName, LastName, Phone: phone });
      const contact = sandbox.convertLead(lead);
      return { lead: { type: 'Lead', id: lead }, contact: { type: 'Contact', id: contact } };
    },
    contactValue: (id) =>
      String(sandbox.rows('Contact').find((row) => row.Id === id)?.[traits.contactField] ?? ''),
    refuseContactOnce: (id) =>
      sandbox.faults.add(
        {
          kind: 'row',
          statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
          message: 'Description: bad value',
          fields: [traits.contactField],
          when: (record) => record.Id === id || record.id === id,
        },
        { operation: 'collections-update' },
      ),
    addUser: ({ name, email, active }) => {
      const [FirstName = '', LastName = ''] = name.split(' ');
      const user = { FirstName, LastName, Name: name, Email: email, Username: email, IsActive: active };
      return sandbox.add('User', { ...user, TimeZoneSidKey: 'Europe/Berlin', UserType: 'Standard' });
    },
    addCompany(Name, contacts, primary) {
      const AccountId = sandbox.add('Account', { Name });
      if (primary) for (const { id } of contacts) sandbox.change(id, { AccountId });
      return AccountId;
    },
    addDeal({ name, contacts, ownerId = sandbox.runAs, createdAt, closed = false }) {
      const id = sandbox.add('Opportunity', {
        Name: name,
        StageName: closed ? 'Closed Won' : 'Prospecting',
        IsClosed: closed,
        OwnerId: ownerId,
        ...(createdAt && { CreatedDate: createdAt }),
      });
      for (const contact of contacts) {
        sandbox.add('OpportunityContactRole', { OpportunityId: id, ContactId: contact.id });
      }
      return id;
    },
    relatedOn(_kind, recordId) {
      const row = sandbox.rows(object).find((one) => one.Id === recordId);
      const account = isObject ? row?.[target.accountField] : undefined;
      const opportunity = isObject ? row?.[target.opportunityField] : row?.WhatId;
      return [
        ...(typeof account === 'string' ? [{ type: 'Account', id: account }] : []),
        ...(typeof opportunity === 'string' ? [{ type: 'Opportunity', id: opportunity }] : []),
      ];
    },
    quota: () => ({ dailyLimit: 100_000 }),
    records: () =>
      sandbox.rows(object).map((row) => ({
        key: String(row[keyField] ?? ''),
        recordId: row.Id,
        contactId: String((isObject ? row[target.contactField] : row.WhoId) ?? ''),
        fields: row,
      })),
    fields: (kind, text) => (isObject ? { Subject__c: kind, Text__c: text } : taskFields(kind, text)),
    textField: () => (isObject ? 'Text__c' : 'Description'),
    loseNextAnswer: () => sandbox.faults.add({ kind: 'lost-answer' }, write),
    dropNextRequest: () => sandbox.faults.add({ kind: 'dropped' }, write),
    throttleNext: () => sandbox.faults.add({ kind: 'quota' }, write),
    expireToken: () => sandbox.expireTokens(),
    breakToken() {
      if (flow === 'jwt') sandbox.changeKey(otherKey);
      else sandbox.changeSecret('another');
      sandbox.expireTokens();
    },
    rowErrorOnce: (key) =>
      sandbox.faults.add(
        {
          kind: 'row',
          statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
          message: 'Call Type: bad value for restricted picklist field: Sideways',
          fields: ['CallType'],
          when: (record) => record[keyField] === key,
        },
        write,
      ),
    truncateNextAnswer: () => sandbox.faults.add({ kind: 'truncated' }, write),
    deleteRecord: (_kind, recordId) => sandbox.remove(recordId),
    filesOn: (_kind, recordId) =>
      sandbox
        .rows('ContentDocumentLink')
        .filter((link) => link.LinkedEntityId === recordId)
        .flatMap((link) =>
          sandbox.rows('ContentVersion').filter((file) => file.ContentDocumentId === link.ContentDocumentId),
        )
        .flatMap(({ Id }) => sandbox.file(Id) ?? [])
        .map(({ name, content }) => ({ name, content: Buffer.from(content).toString() })),
    fileCount: () => sandbox.rows('ContentVersion').length,
    refuseFileOnce: (name) =>
      sandbox.faults.add(
        {
          kind: 'row',
          statusCode: 'FILE_EXTENSION_NOT_ALLOWED',
          message: 'Your company does not support the following file types',
          when: (record) => String(record.PathOnClient).includes(name),
        },
        upload,
      ),
    loseNextUpload: () => sandbox.faults.add({ kind: 'lost-answer' }, upload),
    dropNextUpload: () => sandbox.faults.add({ kind: 'dropped' }, upload),
    throttleNextUpload: () => sandbox.faults.add({ kind: 'quota' }, upload),
    forbidFiles: () => sandbox.forbidFiles(),
    unavailable: (on) => sandbox.down(on),
    calls: () => sandbox.calls.total,
    tokenCalls: () => sandbox.calls.byOperation['token'] ?? 0,
    disconnected: () => sandbox.disconnected(),
    close: () => sandbox.close(),
  };
}

const otherKey = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).publicKey;

const taskFields = (kind: 'message' | 'call', text: string): Fields => ({
  Subject: kind === 'call' ? 'WhatsApp call' : 'WhatsApp message',
  Description: text,
  Status: 'Completed',
  ActivityDate: '2026-11-20',
  ...(kind === 'call' ? { CallType: 'Inbound', CallDurationInSeconds: 42 } : {}),
});
