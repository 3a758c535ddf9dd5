import type { Fields } from '../../src/core/activity.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { badProperties, invalid, refusalOf } from '../../src/sandbox/hubspot/errors.ts';
import type { CallMatch } from '../../src/sandbox/hubspot/faults.ts';
import { allScopes, startHubSpot } from '../../src/sandbox/hubspot/index.ts';
import type { DestinationHarness, HarnessRecord } from './destination-harness.ts';
import { destinationSuite } from './destination-suite.ts';

const keyField = 'whatsapp_key';

async function makeHubSpot({ ready }: { readonly ready: boolean }): Promise<DestinationHarness> {
  const sandbox = await startHubSpot(ready ? { keyField } : {});
  const { faults, tokens, accessToken } = sandbox;
  const destination = createHubSpot({
    id: 'marketing',
    apiUrl: sandbox.url,
    accessToken,
    apiVersion: '2026-09',
    keyField,
    timeoutMs: 5_000,
  });
  const recordsOf = (type: string): HarnessRecord[] =>
    sandbox.records(type).map(({ id, values }) => ({
      key: values[keyField] ?? '',
      recordId: id,
      contactId: sandbox.contactsOf(type, id).join(),
      fields: values,
    }));
  return {
    destination,
    token: 'static',
    addContact(name, phone) {
      const [firstname = '', ...rest] = name.split(' ');
      return { type: 'contact', id: sandbox.addContact({ firstname, lastname: rest.join(' '), phone }) };
    },
    deleteContact: (id) => sandbox.archiveContact(id),
    records: () => ['communications', 'calls'].flatMap(recordsOf),
    fields: (kind, text) => (kind === 'message' ? messageFields(text) : callFields(text)),
    textField: (kind) => (kind === 'message' ? 'hs_communication_body' : 'hs_call_body'),
    loseNextAnswer: () => faults.loseAnswer(),
    dropNextRequest: () => faults.drop(),
    throttleNext: () => faults.status(429),
    expireToken() {
      const token = tokens.get(accessToken);
      if (token) token.expired = true;
    },
    breakToken: () => void tokens.delete(accessToken),
    rowErrorOnce: (key) =>
      faults.row(
        (properties) => properties[keyField] === key,
        () =>
          badProperties([{ name: 'hs_timestamp', error: 'INVALID_DATE', message: 'was not a valid date' }]),
      ),
    truncateNextAnswer: () => faults.truncate(-1),
    deleteRecord(kind, recordId) {
      const record = sandbox.records(typeOf(kind)).find(({ id }) => id === recordId);
      if (record) sandbox.store.archive(record);
    },
    filesOn(kind, recordId) {
      const record = sandbox.records(typeOf(kind)).find(({ id }) => id === recordId);
      const ids = (record?.values['hs_attachment_ids'] ?? '').split(';').filter(Boolean);
      return ids.map((id) => {
        const file = sandbox.files.find((each) => each.id === id);
        if (file?.access !== 'PRIVATE') throw new Error(`file ${id} is not private`);
        return { name: file.name, content: Buffer.from(file.content).toString() };
      });
    },
    fileCount: () => sandbox.files.length,
    refuseFileOnce: (name) =>
      faults.file(
        (file) => String(file['name']).includes(name),
        () => invalid('File type not allowed'),
      ),
    loseNextUpload: () => faults.loseAnswer(1, isUpload),
    dropNextUpload: () => faults.drop(1, isUpload),
    throttleNextUpload: () => faults.status(429, 1, isUpload),
    forbidFiles() {
      const scopes = allScopes.filter((scope) => scope !== 'files');
      tokens.set(accessToken, { scopes, expired: false });
    },
    unavailable: (on) => (on ? faults.status(refusalOf(503), Infinity) : faults.clear()),
    calls: () => sandbox.calls.total,
    disconnected: () => sandbox.disconnected(),
    close: () => sandbox.close(),
  };
}

const typeOf = (kind: 'message' | 'call') => (kind === 'call' ? 'calls' : 'communications');
const isUpload: CallMatch = ({ operation }) => operation === 'files.upload';

const messageFields = (text: string): Fields => ({
  hs_timestamp: '2026-11-20T10:00:00.000Z',
  hs_communication_channel_type: 'WHATS_APP',
  hs_communication_logged_from: 'CRM',
  hs_communication_body: text,
});

const callFields = (text: string): Fields => ({
  hs_timestamp: '2026-11-20T10:00:00.000Z',
  hs_call_title: 'WhatsApp call',
  hs_call_body: text,
  hs_call_direction: 'INBOUND',
  hs_call_duration: 125_000,
  hs_call_status: 'COMPLETED',
});

destinationSuite('HubSpot', makeHubSpot);
