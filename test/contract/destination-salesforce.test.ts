import { createSalesforce } from '../../src/destinations/salesforce/index.ts';
import type { Operation } from '../../src/sandbox/salesforce/faults.ts';
import { startSalesforce } from '../../src/sandbox/salesforce/index.ts';
import type { DestinationHarness } from './destination-harness.ts';
import { destinationSuite } from './destination-suite.ts';

const keyField = 'WhatsApp_Key__c';
const upload: { operation: Operation } = { operation: 'collections-create' };
const write: { operation: Operation } = { operation: 'collections-upsert' };

destinationSuite('Salesforce', async ({ ready }): Promise<DestinationHarness> => {
  const app = { clientId: 'client', clientSecret: 'secret' };
  const sandbox = await startSalesforce({ ...(ready ? { keyField } : {}), app });
  const destination = createSalesforce({
    id: 'sales',
    loginUrl: sandbox.url,
    auth: { flow: 'client-credentials', ...app },
    apiVersion: '67.0',
    keyField,
  });
  return {
    destination,
    token: 'renewed',
    addContact(name, phone) {
      const [FirstName = '', ...rest] = name.split(' ');
      const id = sandbox.addContact({ FirstName, LastName: rest.join(' ') || FirstName, Phone: phone });
      if (rest.length === 0) sandbox.change(id, { FirstName: null });
      return { type: 'Contact', id };
    },
    deleteContact: (id) => sandbox.remove(id),
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
    disconnected: () => sandbox.disconnected(),
    close: () => sandbox.close(),
  };
});
