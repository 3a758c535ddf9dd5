import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import type { Operation } from '../../src/sandbox/salesforce/faults.ts';
import { startSalesforce } from '../../src/sandbox/salesforce/index.ts';
import type { DestinationHarness, Traits } from './destination-harness.ts';
import { destinationSuite } from './destination-suite.ts';

const keyField = 'WhatsApp_Key__c';
const upload: { operation: Operation } = { operation: 'collections-create' };
const write: { operation: Operation } = { operation: 'collections-upsert' };

const traits: Traits = {
  searchTurns: false,
  related: { deal: 'Opportunity' },
  ownerField: 'OwnerId',
  contactField: 'Description',
  timeZones: true,
};

destinationSuite('Salesforce', async ({ ready, budget }): Promise<DestinationHarness> => {
  const app = { clientId: 'client', clientSecret: 'secret' };
  const sandbox = await startSalesforce({ ...(ready ? { keyField } : {}), app });
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: { flow: 'client-credentials', ...app },
    apiVersion: '67.0',
    keyField,
    ...(budget && { budget }),
  });
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
      const what = sandbox.rows('Task').find((row) => row.Id === recordId)?.WhatId;
      return typeof what === 'string' ? [{ type: 'Opportunity', id: what }] : [];
    },
    quota: () => ({ dailyLimit: 100_000 }),
    records: () =>
      [...sandbox.records(keyField)].map(([key, row]) => ({
        key,
        recordId: row.Id,
        contactId: String(row.WhoId),
        fields: row,
      })),
    fields: (kind, text) => ({
      Subject: kind === 'call' ? 'WhatsApp call' : 'WhatsApp message',
      Description: text,
      Status: 'Completed',
      ActivityDate: '2026-11-20',
      ...(kind === 'call' ? { CallType: 'Inbound', CallDurationInSeconds: 42 } : {}),
    }),
    textField: () => 'Description',
    loseNextAnswer: () => sandbox.faults.add({ kind: 'lost-answer' }, write),
    dropNextRequest: () => sandbox.faults.add({ kind: 'dropped' }, write),
    throttleNext: () => sandbox.faults.add({ kind: 'quota' }, write),
    expireToken: () => sandbox.expireTokens(),
    breakToken() {
      sandbox.changeSecret('another');
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
    filesOn: (_kind, recordId) => {
      const [contact] = sandbox
        .contacts()
        .filter((one) => sandbox.timeline(one.id).some((entry) => entry.id === recordId));
      const entry = sandbox.timeline(contact?.id ?? '').find((one) => one.id === recordId);
      return (entry?.files ?? []).map(({ id, name }) => ({
        name,
        content: Buffer.from(sandbox.file(id)?.content ?? []).toString(),
      }));
    },
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
});
