import { describe, expect, it } from '@jest/globals';
import type { Activity } from '../../src/core/activity.ts';
import { createHubSpot } from '../../src/destinations/hubspot/index.ts';
import { mapActivity } from '../../src/mapping/fields.ts';
import { readMapping } from '../../src/mapping/mapping.ts';
import { validateMapping } from '../../src/mapping/validate.ts';
import { startHubSpot } from '../../src/sandbox/hubspot/index.ts';

const mapping = readMapping('config/mappings/hubspot.yaml');

const message: Activity = {
  key: 'a'.repeat(64),
  revision: 1,
  kind: 'message',
  direction: 'inbound',
  occurredAt: '2026-11-20T10:00:01.000Z',
  localTime: '2026-11-20 10:00:01 UTC',
  timeZone: 'UTC',
  title: 'WhatsApp message from Ana Silva',
  text: 'Received from Ana Silva (+1 415 555 0100)\n5 < 6 & "so on"\nsecond line',
  content: '5 < 6',
  type: 'text',
  business: { number: '+15550783881' },
  person: { name: 'Ana Silva', phone: '+14155550100' },
  from: '+14155550100',
  to: '+15550783881',
  contact: { type: 'contact', id: '1' },
  edited: false,
  deleted: false,
  files: 0,
  source: 'support',
};

const call: Activity = {
  ...message,
  kind: 'call',
  direction: 'outbound',
  title: 'WhatsApp call to Ana Silva',
  type: 'call',
  call: { result: 'answered', durationSeconds: 125 },
};

describe('the default HubSpot mapping', () => {
  it('names only properties that HubSpot has, with values that it takes', async () => {
    const sandbox = await startHubSpot({ keyField: 'whatsapp_key' });
    const hubspot = createHubSpot({
      id: 'marketing',
      apiUrl: sandbox.url,
      accessToken: sandbox.accessToken,
      apiVersion: '2026-09',
      keyField: 'whatsapp_key',
    });
    try {
      const contact = {
        type: 'contact',
        id: sandbox.addContact({ firstname: 'Ana', phone: '+14155550100' }),
      };
      for (const activity of [message, call]) {
        const { key, occurredAt } = activity;
        const kind = activity.kind === 'call' ? 'call' : 'message';
        const described = await hubspot.describe(kind);
        expect(validateMapping(mapping, kind, hubspot.objects[kind], described)).toEqual([]);
        const fields = mapActivity(mapping, activity, new Map(described.map((field) => [field.name, field])));
        const [outcome] = await hubspot.deliver([{ key, kind, occurredAt, contact, ...fields }]);
        expect(outcome).toMatchObject({ kind: 'delivered' });
      }
      const [shown] = sandbox.view.timeline(contact.id).filter((entry) => entry.kind === 'message');
      expect(shown?.body).toBe(
        'Received from Ana Silva (+1 415 555 0100)\n5 < 6 & "so on"\nsecond line\n\n' +
          '2026-11-20 10:00:01 UTC, incoming, from +14155550100 to +15550783881',
      );
    } finally {
      await hubspot.close();
      await sandbox.close();
    }
  });

  it('carries time, direction, both sides and the text of a message', () => {
    const { fields } = mapActivity(mapping, message, undefined);
    expect(fields['hs_timestamp']).toBe('2026-11-20T10:00:01.000Z');
    const body = String(fields['hs_communication_body']);
    for (const part of [
      'Received from Ana Silva (+1 415 555 0100)<br />5 &lt; 6 &amp; ',
      '2026-11-20 10:00:01 UTC, incoming, from +14155550100 to +15550783881',
    ]) {
      expect(body).toContain(part);
    }
    expect(body).not.toContain('\n');
  });

  it('gives a call its direction, result and length in milliseconds', () => {
    expect(mapActivity(mapping, call, undefined).fields).toMatchObject({
      hs_call_title: 'WhatsApp call to Ana Silva',
      hs_call_direction: 'OUTBOUND',
      hs_call_duration: 125_000,
      hs_call_status: 'COMPLETED',
      hs_call_from_number: '+14155550100',
      hs_call_to_number: '+15550783881',
    });
  });

  it.each([
    ['missed', 'NO_ANSWER'],
    ['no-answer', 'NO_ANSWER'],
    ['rejected', 'CANCELED'],
    ['failed', 'FAILED'],
  ] as const)('calls a call that was %s %s', (result, status) => {
    const activity = { ...call, call: { result, durationSeconds: 0 } };
    expect(mapActivity(mapping, activity, undefined).fields['hs_call_status']).toBe(status);
  });
});
