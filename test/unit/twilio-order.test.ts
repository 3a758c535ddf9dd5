import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { EventDraft } from '../../src/sources/source.ts';
import {
  accountSid,
  business,
  callback,
  callStep,
  foldDrafts,
  incoming,
  person,
  source,
  split,
} from '../fixtures/twilio/events.ts';
import { Kept } from '../fixtures/twilio/polls.ts';

const [us, them] = [`whatsapp:${business}`, `whatsapp:${person}`];
const at = 'Mon, 01 Jun 2026 11:59:58 +0000';
const message = { num_media: '0', date_created: at, date_sent: at, date_updated: at, error_code: null };
const call = { date_created: at, start_time: at, end_time: at };

/** What the lists tell of the same message and call, through the real poll. */
async function listed(): Promise<EventDraft[]> {
  const states = ['sent', 'read'].map((status) => ({
    ...message,
    sid: 'SM2222',
    from: us,
    to: them,
    body: 'It is.',
    direction: 'outbound-api',
    status,
  }));
  const incomingItem = {
    ...message,
    sid: 'SM1111',
    from: them,
    to: us,
    body: 'Is it in stock?',
    direction: 'inbound',
    status: 'received',
  };
  const legs = [
    {
      ...call,
      sid: 'CA1111',
      parent_call_sid: null,
      from: them,
      to: us,
      direction: 'inbound',
      status: 'completed',
      duration: '40',
    },
    {
      ...call,
      sid: 'CA1112',
      parent_call_sid: 'CA1111',
      from: them,
      to: 'client:ana',
      direction: 'outbound-dial',
      status: 'completed',
      duration: '30',
    },
  ];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const answer = url.includes('Recordings')
      ? { recordings: [] }
      : url.includes('/Calls')
        ? { calls: legs }
        : { messages: [...states, incomingItem] };
    response.end(JSON.stringify({ ...answer, next_page_uri: null }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kept = new Kept();
  const now = new Date('2026-06-01T12:30:00Z');
  await kept.poll(source({ apiUrl, accountSid }).poll, 'messages', now);
  kept.cursor = undefined;
  await kept.poll(source({ apiUrl, accountSid }).poll, 'calls', now);
  server.closeAllConnections();
  server.close();
  return kept.drafts;
}

const pushed = [
  incoming({ OriginalRepliedMessageSid: 'SM0', Latitude: '1', Longitude: '2' }),
  callback({ MessageStatus: 'sent' }),
  callback({ MessageStatus: 'delivered' }),
  callback({ MessageStatus: 'read' }),
  callStep(),
  callStep({ CallStatus: 'completed', CallDuration: '40', Timestamp: at }),
  callStep({ CallSid: 'CA1112', ParentCallSid: 'CA1111', CallStatus: 'in-progress', From: them, To: us }),
].flatMap((params) => split(params));

describe('webhooks, lists and callbacks of the same messages and calls', () => {
  it('in any order and number give the same interactions, with all that the webhooks knew', async () => {
    const all = [...pushed, ...(await listed())];
    const sorted = (drafts: readonly EventDraft[]) =>
      foldDrafts(drafts).toSorted((a, b) => (a.providerId < b.providerId ? -1 : 1));
    const expected = sorted(all);
    expect(expected).toMatchObject([
      {
        providerId: 'CA1111',
        direction: 'inbound',
        result: 'answered',
        durationSeconds: 30,
        person: { phone: person },
      },
      {
        providerId: 'SM1111',
        direction: 'inbound',
        via: 'live',
        person: { phone: person, name: 'Sari' },
        content: { replyTo: { providerId: 'SM0' }, details: { latitude: '1' } },
      },
      { providerId: 'SM2222', direction: 'outbound', content: { text: 'It is.' }, status: { state: 'read' } },
    ]);
    expect(expected).toHaveLength(3);
    const more = fc.array(fc.nat({ max: all.length - 1 }), { maxLength: 6 });
    const order = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(order, more, (shuffled, again) => {
        const repeated = [...shuffled, ...again.map((index) => all[index]!)];
        expect(sorted(repeated)).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });
});
