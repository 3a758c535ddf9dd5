import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startTwilio, type TwilioSandbox } from '../../src/sandbox/twilio/index.ts';
import {
  accountSid,
  askTwilio,
  authToken,
  basic,
  twilioNumber,
  type TwilioAnswer,
} from '../support/twilio.ts';

const number = twilioNumber;
const ana = '+14155550100';
const account = `/2010-04-01/Accounts/${accountSid}`;

let twilio: TwilioSandbox;

beforeEach(async () => {
  twilio = await startTwilio({ accountSid, authToken, number });
});
afterEach(() => twilio.close());

const get = async (path: string) => (await askTwilio(twilio.url + path)).json;

/** The list of messages from a page to its last, as a client follows the links; the bodies of each page. */
async function bodiesByPage(path: string): Promise<string[][]> {
  const found: string[][] = [];
  for (let next: string | null = path; next !== null;) {
    const page: TwilioAnswer = await get(next);
    found.push(page.messages.map(({ body }) => body!));
    next = page.next_page_uri;
  }
  return found;
}

describe('the list of messages', () => {
  test('has the documented fields, with numbers as strings and RFC 2822 dates', async () => {
    const at = new Date('2026-03-01T10:00:07.123Z');
    const sid = await twilio.receive({ from: ana, body: 'hello', at });
    const list = await get(`${account}/Messages.json`);
    expect(list).toMatchObject({ page: 0, page_size: 50, start: 0, end: 0, next_page_uri: null });
    expect(list.messages).toEqual([
      {
        account_sid: accountSid,
        api_version: '2010-04-01',
        body: 'hello',
        date_created: 'Sun, 01 Mar 2026 10:00:07 +0000',
        date_sent: 'Sun, 01 Mar 2026 10:00:07 +0000',
        date_updated: 'Sun, 01 Mar 2026 10:00:07 +0000',
        direction: 'inbound',
        error_code: null,
        error_message: null,
        from: `whatsapp:${ana}`,
        messaging_service_sid: null,
        num_media: '0',
        num_segments: '1',
        price: '-0.00500',
        price_unit: 'USD',
        sid,
        status: 'received',
        subresource_uris: {
          media: `${account}/Messages/${sid}/Media.json`,
          feedback: `${account}/Messages/${sid}/Feedback.json`,
        },
        to: `whatsapp:${number}`,
        uri: `${account}/Messages/${sid}.json`,
      },
    ]);
    expect(await get(`${account}/Messages/${sid}.json`)).toEqual(list.messages[0]);
  });

  test('is paged newest first by links that stay right while messages come in', async () => {
    for (let minute = 0; minute < 5; minute += 1) {
      await twilio.receive({ from: ana, body: `${minute}`, at: new Date(Date.UTC(2026, 2, 1, 10, minute)) });
    }
    const path = `${account}/Messages.json?PageSize=2&DateSent%3E=2026-03-01`;
    expect(await bodiesByPage(path)).toEqual([['4', '3'], ['2', '1'], ['0']]);
    const first = await get(path);
    expect(first.next_page_uri).toMatch(
      /^\/2010-04-01\/Accounts\/AC0+\/Messages\.json\?DateSent%3E=2026-03-01&PageSize=2&Page=1&PageToken=PASM/,
    );
    await twilio.receive({ from: ana, body: '5', at: new Date(Date.UTC(2026, 2, 1, 10, 5)) });
    expect(await bodiesByPage(first.next_page_uri!)).toEqual([['2', '1'], ['0']]);
  });

  test('takes days and addresses as filters', async () => {
    const days = ['2026-02-28T23:59:59Z', '2026-03-01T00:00:00Z', '2026-03-02T12:00:00Z'];
    for (const day of days) await twilio.receive({ from: ana, body: day.slice(5, 10), at: new Date(day) });
    await twilio.send({ to: ana, body: 'out', at: new Date('2026-03-02T13:00:00Z') });
    await twilio.send({ to: ana, body: 'queued', status: 'queued', at: new Date('2026-03-02T14:00:00Z') });
    const asked = async (query: Record<string, string>) =>
      (await get(`${account}/Messages.json?${new URLSearchParams(query).toString()}`)).messages.map(
        ({ body }) => body,
      );
    expect(await asked({ DateSent: '2026-03-01' })).toEqual(['03-01']);
    expect(await asked({ 'DateSent>': '2026-03-01' })).toEqual(['out', '03-02', '03-01']);
    expect(await asked({ 'DateSent<': '2026-03-01' })).toEqual(['03-01', '02-28']);
    expect(await asked({ From: `whatsapp:${ana}`, 'DateSent>': '2026-03-02' })).toEqual(['03-02']);
    expect(await asked({ To: `whatsapp:${ana}` })).toEqual(['queued', 'out']);
  });

  test('refuses what Twilio does not take', async () => {
    const answers = ['PageSize=1001', 'PageSize=x', 'DateSent%3E=yesterday', 'Page=1', 'PageToken=PASMx'].map(
      (query) => askTwilio(`${twilio.url}${account}/Messages.json?${query}`),
    );
    for (const { status, json } of await Promise.all(answers)) {
      expect([status, json.code, json.status]).toEqual([400, 20001, 400]);
    }
  });

  test('gives smaller pages than asked for when told so', async () => {
    const small = await startTwilio({ accountSid, authToken, number, maxPageSize: 2 });
    for (let index = 0; index < 3; index += 1) await small.receive({ from: ana });
    const { json } = await askTwilio(`${small.url}${account}/Messages.json?PageSize=1000`);
    expect([json.page_size, json.messages.length]).toEqual([2, 2]);
    expect(json.next_page_uri).toContain('PageSize=1000&Page=1');
    await small.close();
  });

  test('shows how far a message got, and why it failed', async () => {
    const sid = await twilio.send({ to: ana, body: 'offer', status: 'queued' });
    expect(await get(`${account}/Messages/${sid}.json`)).toMatchObject({ status: 'queued', date_sent: null });
    await twilio.setStatus(sid, 'undelivered', 63016);
    expect(await get(`${account}/Messages/${sid}.json`)).toMatchObject({
      status: 'undelivered',
      error_code: 63016,
      date_sent: expect.stringMatching(/ \+0000$/),
    });
  });
});

describe('files', () => {
  const photo = { contentType: 'image/png', data: Buffer.from('a photo') };

  test('of a message are listed, and fetched through a link elsewhere that takes no credentials', async () => {
    const sid = await twilio.receive({ from: ana, media: [photo] });
    expect(sid).toMatch(/^MM[0-9a-f]{32}$/);
    const { media_list: list } = await get(`${account}/Messages/${sid}/Media.json`);
    expect(list).toMatchObject([{ content_type: 'image/png', parent_sid: sid, account_sid: accountSid }]);
    const uri = list[0]!.uri!;
    const address = twilio.url + uri.replace(/\.json$/, '');
    const headers = { authorization: basic(accountSid, authToken) };
    const moved = await fetch(address, { headers, redirect: 'manual' });
    const link = moved.headers.get('location')!;
    expect([moved.status, new URL(link).host === new URL(twilio.url).host]).toEqual([307, false]);
    expect(await (await fetch(link)).text()).toBe('a photo');
    expect((await fetch(link, { headers })).status).toBe(400);
    expect((await fetch(address)).status).toBe(401);
    expect((await askTwilio(`${address}0`)).json).toMatchObject({ code: 20404 });
  });

  test('of a call are its recordings', async () => {
    const sid = await twilio.call({
      direction: 'inbound',
      person: ana,
      answered: true,
      duration: 42,
      recording: Buffer.from('mp3'),
    });
    const { recordings } = await get(`${account}/Calls/${sid}/Recordings.json`);
    expect(recordings).toMatchObject([{ call_sid: sid, duration: '42', status: 'completed' }]);
    const headers = { authorization: basic(accountSid, authToken) };
    const file = await fetch(`${twilio.url}${account}/Recordings/${recordings[0]!.sid}.mp3`, { headers });
    expect([file.headers.get('content-type'), await file.text()]).toEqual(['audio/mpeg', 'mp3']);
  });
});

describe('the list of calls', () => {
  const at = new Date('2026-03-01T10:00:00Z');
  const calls = async (query = '') => (await get(`${account}/Calls.json${query}`)).calls;

  test('has both legs of a call that an agent took', async () => {
    const sid = await twilio.call({
      direction: 'inbound',
      person: ana,
      answered: true,
      duration: 42,
      legs: 2,
      at,
    });
    const [child, parent] = await calls();
    expect(parent).toMatchObject({
      sid,
      parent_call_sid: null,
      from: `whatsapp:${ana}`,
      to: `whatsapp:${number}`,
      direction: 'inbound',
      status: 'completed',
      start_time: 'Sun, 01 Mar 2026 10:00:00 +0000',
    });
    expect(child).toMatchObject({
      parent_call_sid: sid,
      to: 'client:agent',
      direction: 'outbound-dial',
      status: 'completed',
      duration: '42',
    });
    expect(await calls(`?ParentCallSid=${sid}`)).toEqual([child]);
  });

  test('says nothing about the length of a call that nobody took, and is filtered by day', async () => {
    const sid = await twilio.call({ direction: 'outbound', person: ana, answered: false, at });
    expect(await calls('?StartTime%3E=2026-03-01&StartTime%3C=2026-03-02')).toMatchObject([
      { sid, to: `whatsapp:${ana}`, direction: 'outbound-api', status: 'no-answer', duration: '' },
    ]);
    expect(await calls('?StartTime%3C=2026-03-01')).toEqual([]);
    expect(await calls('?StartTime%3E=2026-03-02')).toEqual([]);
  });
});

describe('the Conversations API', () => {
  test('has messages by index, the person as a binding, receipts, and absolute links', async () => {
    const conversation = twilio.converse(ana);
    for (const body of ['one', 'two']) await twilio.say(conversation, { author: 'person', body });
    const reply = await twilio.say(conversation, { author: 'agent', body: 'three' });
    await twilio.setReceipt(conversation, reply, 'read');
    const root = `${twilio.conversationsUrl}/v1/Conversations`;
    const { json: list } = await askTwilio(root);
    expect(list.conversations).toMatchObject([{ sid: conversation, state: 'active' }]);
    const { json: first } = await askTwilio(`${root}/${conversation}/Messages?PageSize=2`);
    expect(first.messages).toMatchObject([
      { index: 0, body: 'one', author: `whatsapp:${ana}`, delivery: null },
      { index: 1, body: 'two' },
    ]);
    expect(first.meta.next_page_url!.startsWith(`${root}/${conversation}/Messages?PageSize=2&Page=1`)).toBe(
      true,
    );
    const { json: second } = await askTwilio(first.meta.next_page_url!);
    expect(second.messages).toMatchObject([
      { index: 2, body: 'three', delivery: { read: 'all', failed: 'none' } },
    ]);
    expect(second.meta.next_page_url).toBeNull();
    const { json: newest } = await askTwilio(`${root}/${conversation}/Messages?Order=desc&PageSize=1`);
    expect(newest.messages[0]!.index).toBe(2);
    const { json: people } = await askTwilio(`${root}/${conversation}/Participants`);
    expect(people.participants[0]!.messaging_binding).toEqual({
      type: 'whatsapp',
      address: `whatsapp:${ana}`,
      proxy_address: `whatsapp:${number}`,
    });
    const { json: receipts } = await askTwilio(`${root}/${conversation}/Messages/${reply}/Receipts`);
    expect(receipts.delivery_receipts).toMatchObject([{ message_sid: reply, status: 'read' }]);
    expect((await askTwilio(`${root}?PageSize=101`)).status).toBe(400);
    expect((await get(`${account}/Messages.json`)).messages).toHaveLength(3);
  });
});
