import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Interaction } from '../../src/core/interaction.ts';
import { accountSid, business, foldDrafts, form, received, source } from '../fixtures/twilio/events.ts';
import { startStub } from '../fixtures/twilio/stub.ts';
import { Kept } from '../fixtures/twilio/polls.ts';
import type { TwilioOptions } from '../../src/sources/twilio/index.ts';

/** Sample payloads that others wrote, kept beside the project where it is checked against them. */
const folder = join(process.cwd(), '..', 'shared', 'fixtures', 'twilio');
const files = existsSync(folder) ? readdirSync(folder) : [];
const json = (name: string) =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

/** What is expected of a webhook: who, what, when. Receipt is the time: webhooks have none. */
const button = {
  kind: 'message',
  direction: 'inbound',
  businessNumber: '+14155238886',
  providerId: 'SM8824d91645395b17594d92659b878468',
  occurredAt: received.toISOString(),
  person: { phone: '+6285100000001', userId: 'ID.4500000000000001', name: 'Test User' },
  content: {
    type: 'interactive',
    text: 'Konfirmasi',
    replyTo: { providerId: 'MM5cc44eecf7dab0d48d4529d0fa4af44d' },
    details: { buttonText: 'Konfirmasi', buttonPayload: '{verifyEmail:asd@asd.com}' },
  },
};
const unnamed = {
  kind: 'message',
  direction: 'inbound',
  // no receiver in the sample: the one number that is configured
  businessNumber: business,
  providerId: 'SMxx',
  occurredAt: received.toISOString(),
  person: { phone: '+12345' },
};
const webhooks: Readonly<Record<string, object>> = {
  'webhook_whatsapp_button_with_bsuid.form.txt': button,
  'webhook_whatsapp_button_with_bsuid.json': button,
  'webhook_location.json': {
    ...unnamed,
    content: { type: 'location', text: '12.160894393921, 75.265205383301' },
  },
  'webhook_media_two_images.json': {
    ...unnamed,
    content: { type: 'image', text: 'testing multiple media', details: { filesElsewhere: 2 } },
  },
  'webhook_null_bytes_body.json': { ...unnamed, content: { type: 'text', text: 'remove null bytes' } },
};

function bodiesOf(name: string): Buffer[] {
  const raw = readFileSync(join(folder, name));
  if (!name.endsWith('.json')) return [Buffer.from(raw.toString('utf8').trim())];
  return [raw, form(JSON.parse(raw.toString('utf8')) as Record<string, string>)];
}

const asWhatsApp = (item: object) =>
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      name === 'from' || name === 'to' ? `whatsapp:${String(value)}` : (value as unknown),
    ]),
  );

/** Interactions of a poll whose first page is a sample; the rest of the account is empty. */
async function polled(
  stream: string,
  answers: Parameters<typeof startStub>[0],
  delta: Partial<TwilioOptions>,
): Promise<Interaction[]> {
  const stub = await startStub(answers);
  const kept = new Kept();
  try {
    const { poll } = source({ apiUrl: stub.url, conversationsUrl: stub.url, ...delta });
    await kept.poll(poll, stream, new Date('2019-05-25T00:00:00Z'));
  } finally {
    await stub.close();
  }
  return kept.interactions;
}

const path = `/2010-04-01/Accounts/${accountSid}`;

if (files.length === 0) {
  describe('Twilio samples that others wrote', () => {
    it('are not beside the project: nothing to check here', () => {
      expect(files).toEqual([]);
    });
  });
} else {
  describe.each(Object.entries(webhooks))('%s', (name, expected) => {
    it.each(bodiesOf(name).map((body, index) => [index === 0 ? 'as it is' : 'as a form', body] as const))(
      'is the message that was sent, %s',
      (_how, body) => {
        expect(foldDrafts(source().webhook.split(body, received))).toMatchObject([expected]);
      },
    );
  });

  describe('samples of the lists', () => {
    const own = '+12019235161';

    it('rest_messages_list_page.json is two messages, the second with its file', async () => {
      const { messages } = json('rest_messages_list_page.json') as { messages: object[] };
      const answers = {
        [`${path}/Messages.json`]: () => ({ messages: messages.map(asWhatsApp), next_page_uri: null }),
        [`${path}/Messages/`]: () => json('rest_message_media_list.json'),
      };
      expect(await polled('messages', answers, { businessNumbers: [own, '+18182008801'] })).toMatchObject([
        {
          providerId: 'SMded05904ccb347238880ca9264e8fe1c',
          businessNumber: own,
          direction: 'outbound',
          occurredAt: '2019-05-24T17:44:46.000Z',
          person: { phone: '+18182008801' },
          content: { type: 'text', text: 'testing' },
          status: { state: 'sent' },
        },
        {
          providerId: 'MMc26223853f8c46b4ab7dfaa6abba0a26',
          businessNumber: '+18182008801',
          direction: 'inbound',
          occurredAt: '2019-05-24T17:44:46.000Z',
          person: { phone: own },
          content: {
            type: 'image',
            text: 'look mom I have media!',
            media: [{ id: 'MMc26223853f8c46b4ab7dfaa6abba0a26/MEaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }],
          },
        },
      ]);
    });

    it('rest_messages_list_page.json as it is are texts, and none of ours', async () => {
      const { messages } = json('rest_messages_list_page.json');
      const answers = { [`${path}/Messages.json`]: () => ({ messages, next_page_uri: null }) };
      expect(await polled('messages', answers, { businessNumbers: [own] })).toEqual([]);
    });

    it('rest_message_fetch.json is a message that we sent', async () => {
      const messages = [asWhatsApp(json('rest_message_fetch.json'))];
      const answers = { [`${path}/Messages.json`]: () => ({ messages, next_page_uri: null }) };
      expect(await polled('messages', answers, { businessNumbers: [own] })).toMatchObject([
        {
          providerId: 'SMb7c0a2ce80504485a6f653a7110836f5',
          direction: 'outbound',
          occurredAt: '2019-05-24T17:18:27.000Z',
          person: { phone: '+18182008801' },
          content: { text: 'testing' },
          status: { state: 'sent' },
        },
      ]);
    });

    it('rest_calls_list_page.json is two calls, each known by its parent', async () => {
      const { calls } = json('rest_calls_list_page.json');
      const answers = {
        [`${path}/Calls.json`]: (url: URL) =>
          url.searchParams.has('ParentCallSid') ? { calls: [] } : { calls, next_page_uri: null },
      };
      const numbers = ['+13051416799', '+13051913580'];
      expect(await polled('calls', answers, { businessNumbers: numbers, calls: 'all' })).toMatchObject([
        {
          kind: 'call',
          providerId: 'CAdeadbeefdeadbeefdeadbeefdeadbeef',
          businessNumber: '+13051416799',
          direction: 'outbound',
          person: { phone: '+13051913581' },
          result: 'answered',
          startedAt: '2019-10-18T17:02:00.000Z',
          endedAt: '2019-10-18T17:03:00.000Z',
          durationSeconds: 4,
        },
        {
          providerId: 'CAdeadbeefdeadbeefdeadbeefdeadbeee',
          businessNumber: '+13051913580',
          direction: 'inbound',
          person: { phone: '+13051416798' },
          result: 'answered',
          durationSeconds: 3,
        },
      ]);
      expect(await polled('calls', answers, { businessNumbers: numbers })).toEqual([]);
    });

    it('conversations_*.json are messages of ours to a person, with receipts', async () => {
      const participants = json('conversations_participants.json') as { participants: object[] };
      const binding = {
        type: 'whatsapp',
        address: 'whatsapp:+15558675310',
        proxy_address: 'whatsapp:+15017122661',
      };
      const whom = {
        ...participants,
        participants: [{ ...participants.participants[0], sid: 'MBperson', messaging_binding: binding }],
      };
      const list = json('conversations_messages_list.json') as { messages: object[] };
      const messages = list.messages.map((item, index) => ({ ...item, sid: `IM${index}aa` }));
      const talk = { sid: 'CH1', chat_service_sid: 'IS1', date_updated: '2019-05-24T00:00:00Z' };
      const answers = {
        '/v1/Conversations': () => ({ conversations: [talk], meta: {} }),
        '/v1/Conversations/CH1/Participants': () => whom,
        '/v1/Conversations/CH1/Messages': () => ({ ...list, messages }),
        '/v1/Conversations/CH1/Messages/IM': () => json('conversations_receipts.json'),
      };
      // the samples are of 2016
      const delta = {
        conversations: true,
        lookBack: 5 * 365 * 86_400_000,
        businessNumbers: ['+15017122661'],
      };
      const common = {
        direction: 'outbound',
        person: { phone: '+15558675310' },
        businessNumber: '+15017122661',
      };
      const failed = { status: { state: 'failed', error: { code: '3000' } } };
      expect(await polled('conversations', answers, delta)).toMatchObject([
        { ...common, ...failed, occurredAt: '2016-03-24T20:37:57.000Z', content: { text: 'I like pie.' } },
        {
          ...common,
          ...failed,
          occurredAt: '2016-03-24T20:38:21.000Z',
          content: { text: 'Cake is my favorite!' },
        },
        {
          ...common,
          ...failed,
          content: { type: 'image', media: [{ fileName: 'car.jpg', mimeType: 'image/jpeg' }] },
        },
      ]);
    });
  });

  describe('signature_vectors.json', () => {
    const vectors = json('signature_vectors.json') as unknown as {
      form: { authToken: string; url: string; params: Record<string, string>; 'X-Twilio-Signature': string };
      json: Record<
        'authToken' | 'url_without_bodySHA256' | 'body' | 'bodySHA256' | 'X-Twilio-Signature',
        string
      >;
    };

    it('of a form is accepted, and refused with another value', () => {
      const { authToken, url, params, 'X-Twilio-Signature': signature } = vectors.form;
      const { pathname, search, host } = new URL(url);
      const { webhook } = source({ authToken });
      const headers = { host, 'x-twilio-signature': signature };
      expect(webhook.verify({ body: form(params), headers, url: pathname + search })).toBe(true);
      expect(
        webhook.verify({
          body: form({ ...params, Digits: '0' }),
          headers,
          url: pathname + search,
        }),
      ).toBe(false);
    });

    it('of JSON is accepted, and refused with another body', () => {
      const {
        authToken,
        url_without_bodySHA256: url,
        body,
        bodySHA256,
        'X-Twilio-Signature': signature,
      } = vectors.json;
      const { pathname, search, host } = new URL(`${url}&bodySHA256=${bodySHA256}`);
      const { webhook } = source({ authToken });
      const request = { headers: { host, 'x-twilio-signature': signature }, url: pathname + search };
      expect(webhook.verify({ ...request, body: Buffer.from(body) })).toBe(true);
      expect(webhook.verify({ ...request, body: Buffer.from(`${body} `) })).toBe(false);
    });
  });

  it('every sample of the folder is looked at', () => {
    const looked = [
      ...Object.keys(webhooks),
      'rest_messages_list_page.json',
      'rest_message_media_list.json',
      'rest_message_fetch.json',
      'rest_calls_list_page.json',
      'conversations_messages_list.json',
      'conversations_participants.json',
      'conversations_receipts.json',
      'signature_vectors.json',
    ];
    expect(looked.toSorted()).toEqual(files.toSorted());
  });
}
