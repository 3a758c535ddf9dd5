import type { Fields } from '../../src/core/activity.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { badProperties, invalid, refusalOf } from '../../src/sandbox/hubspot/errors.ts';
import type { CallMatch } from '../../src/sandbox/hubspot/faults.ts';
import { startHubSpot } from '../../src/sandbox/hubspot/index.ts';
import type { DestinationHarness, HarnessRecord, MakeHarness, Traits } from './destination-harness.ts';

const keyField = 'whatsapp_key';

const traits: Traits = {
  searchTurns: true,
  related: { company: 'company', deal: 'deal' },
  ownerField: 'hubspot_owner_id',
  contactField: 'jobtitle',
  timeZones: false,
};

/** An account and the adapter on it. `auth`: how it signs in; `keys`: does the account take unique properties on activities? */
export function makeHubSpot(auth: 'key' | 'oauth', keys: 'unique' | 'plain'): MakeHarness {
  return (options) => startHarness(options, auth === 'oauth', keys === 'plain');
}

async function startHarness(
  { ready, budget }: Parameters<MakeHarness>[0],
  isOAuth: boolean,
  isPlain: boolean,
): Promise<DestinationHarness> {
  const sandbox = await startHubSpot({
    ...(ready && { keyField }),
    ...(isPlain && { uniqueRefusedOn: ['communications', 'calls'] }),
  });
  const { faults, tokens, accessToken, oauth } = sandbox;
  const destination = createHubSpot({
    id: 'marketing',
    apiUrl: sandbox.url,
    ...(isOAuth ? { auth: oauth.credentials } : { accessToken }),
    apiVersion: '2026-09',
    keyField,
    timeoutMs: 5_000,
    creates: ['contact', 'lead'],
    ...(budget && { budget }),
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
    token: isOAuth ? 'renewed' : 'static',
    traits,
    addContact(name, phone) {
      const [firstname = '', ...rest] = name.split(' ');
      return { type: 'contact', id: sandbox.addContact({ firstname, lastname: rest.join(' '), phone }) };
    },
    deleteContact: (id) => sandbox.archiveContact(id),
    mergeContact: (gone, into) => sandbox.mergeContacts(into.id, gone.id),
    contactValue: (id) =>
      sandbox.records('contacts').find((record) => record.id === id)?.values[traits.contactField] ?? '',
    refuseContactOnce: (id) =>
      faults.row(
        (_properties, row) => row === id,
        () => badDate('jobtitle'),
      ),
    addUser: ({ name, email, active }) => sandbox.addOwner({ name, email, archived: !active }),
    addCompany: (name, contacts, primary) =>
      sandbox.addCompany({ name }, { contactIds: contacts.map(({ id }) => id), primary }),
    addDeal: ({ name, contacts, ownerId, createdAt, closed = false }) =>
      sandbox.addDeal(
        {
          dealname: name,
          hs_is_closed: String(closed),
          ...(ownerId && { hubspot_owner_id: ownerId }),
          ...(createdAt && { createdate: createdAt }),
        },
        { contactIds: contacts.map(({ id }) => id) },
      ),
    relatedOn: (kind, recordId) =>
      (['company', 'deal'] as const).flatMap((type) =>
        sandbox.store.associations
          .linked(
            { type: sandbox.schema.type(typeOf(kind)), id: recordId },
            `${type === 'deal' ? 'deals' : 'companies'}`,
          )
          .map((id) => ({ type, id })),
      ),
    // Of an OAuth app HubSpot tells no limit of the day (HubSpot docs, usage guidelines).
    quota: () =>
      isOAuth
        ? { burstLimit: 110, burstWindowMs: 10_000 }
        : { dailyLimit: 650_000, burstLimit: 190, burstWindowMs: 10_000 },
    records: () => ['communications', 'calls'].flatMap(recordsOf),
    fields: (kind, text) => (kind === 'message' ? messageFields(text) : callFields(text)),
    textField: (kind) => (kind === 'message' ? 'hs_communication_body' : 'hs_call_body'),
    loseNextAnswer: () => faults.loseAnswer(),
    dropNextRequest: () => faults.drop(),
    throttleNext: () => faults.status(429),
    expireToken: () => sandbox.expireToken(),
    breakToken() {
      oauth.revoked = true;
      tokens.clear();
    },
    rowErrorOnce: (key) =>
      faults.row(
        (properties) => properties[keyField] === key,
        () => badDate('hs_timestamp'),
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
    forbidFiles: () => sandbox.takeScope('files'),
    unavailable: (on) => (on ? faults.status(refusalOf(503), Infinity) : faults.clear()),
    calls: () => sandbox.calls.total,
    tokenCalls: () => sandbox.calls.byOperation['oauth.token'] ?? 0,
    disconnected: () => sandbox.disconnected(),
    close: () => sandbox.close(),
  };
}

const badDate = (name: string) =>
  badProperties([{ name, error: 'INVALID_DATE', message: 'was not a valid date' }]);

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
