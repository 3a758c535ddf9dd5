import type { Fields } from '../../src/core/activity.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { badProperties, refusalOf } from '../../src/sandbox/hubspot/errors.ts';
import { startHubSpot } from '../../src/sandbox/hubspot/index.ts';
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
    unavailable: (on) => (on ? faults.status(refusalOf(503), Infinity) : faults.clear()),
    calls: () => sandbox.calls.total,
    disconnected: () => sandbox.disconnected(),
    close: () => sandbox.close(),
  };
}

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
