import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTwilio, type TwilioSandbox } from '../../src/sandbox/twilio/index.ts';
import type { PollSource } from '../../src/sources/source.ts';
import type { TwilioOptions } from '../../src/sources/twilio/index.ts';
import { accountSid, business, person, source } from '../fixtures/twilio/events.ts';
import { startStub } from '../fixtures/twilio/stub.ts';
import { Kept } from '../fixtures/twilio/polls.ts';

const now = new Date('2026-06-10T12:00:00.000Z');
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

let twilio: TwilioSandbox;
let kept: Kept;

beforeEach(async () => {
  twilio = await startTwilio({ accountSid, authToken: 'token', number: business, maxPageSize: 3 });
  kept = new Kept();
});

afterEach(() => twilio.close());

function pollOf(delta: Partial<TwilioOptions> = {}): PollSource {
  return source({ apiUrl: twilio.url, conversationsUrl: twilio.conversationsUrl, ...delta }).poll;
}

async function chat(count: number, from = 0): Promise<string[]> {
  const sids: string[] = [];
  for (let index = from; index < from + count; index += 1) {
    sids.push(await twilio.receive({ from: person, body: `message ${index}`, at: ago(40 - index) }));
  }
  return sids;
}

describe('the list of messages', () => {
  it('gives each message once, over all pages, however often it is read', async () => {
    const sids = await chat(8);
    const poll = pollOf();
    await kept.poll(poll, 'messages', now);
    await kept.poll(poll, 'messages', later(1));
    expect(kept.drafts.map(({ providerId }) => providerId).toSorted()).toEqual(sids.toSorted());
    expect(kept.interactions.map((one) => one.kind === 'message' && one.content?.text).toSorted()).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => `message ${index}`),
    );
  });

  it('says direction, parties and time, and how far an outgoing message got', async () => {
    const sid = await twilio.send({ to: person, body: 'It is.', status: 'sent', at: ago(2) });
    await kept.poll(pollOf(), 'messages', now);
    await twilio.setStatus(sid, 'failed', 63016);
    await kept.poll(pollOf(), 'messages', later(1));
    expect(kept.interactions).toMatchObject([
      {
        providerId: sid,
        businessNumber: business,
        direction: 'outbound',
        occurredAt: ago(2).toISOString(),
        person: { phone: person },
        content: { type: 'text', text: 'It is.' },
        via: 'list',
        status: { state: 'failed', error: { code: '63016' } },
      },
    ]);
  });

  it('shows nothing of a message that is not sent yet as a delivery state', async () => {
    await twilio.send({ to: person, body: 'soon', status: 'queued', at: ago(1) });
    await kept.poll(pollOf(), 'messages', now);
    expect(kept.drafts.filter(({ kind }) => kind === 'status')).toEqual([]);
  });

  it('asks for the files of new messages once, and names them by ids', async () => {
    const file = { contentType: 'image/png', data: Buffer.from('x') };
    const sid = await twilio.receive({ from: person, body: 'look', media: [file, file], at: ago(1) });
    const poll = pollOf();
    await kept.poll(poll, 'messages', now);
    await kept.poll(poll, 'messages', later(1));
    expect(twilio.requests['media.list']).toBe(1);
    const [message] = kept.interactions;
    expect(message).toMatchObject({
      content: {
        type: 'image',
        text: 'look',
        media: [1, 2].map(() => ({ id: expect.stringMatching(`^${sid}/ME`), mimeType: 'image/png' })),
      },
    });
  });

  it('is read from the day before the last complete run, and once an hour over the whole window', async () => {
    await twilio.receive({ from: person, body: 'old', at: ago(60) });
    const poll = pollOf();
    await kept.poll(poll, 'messages', now);
    const old = await twilio.send({ to: person, body: 'late', status: 'sent', at: ago(61) });
    await kept.poll(poll, 'messages', later(30));
    expect(kept.drafts.some(({ providerId }) => providerId === old)).toBe(false);
    await kept.poll(poll, 'messages', later(61));
    expect(kept.drafts.some(({ providerId }) => providerId === old)).toBe(true);
  });

  it('fills a gap that is longer than the window', async () => {
    const poll = pollOf();
    await kept.poll(poll, 'messages', ago(24 * 10));
    await twilio.receive({ from: person, body: 'in the gap', at: ago(24 * 9) });
    await kept.poll(poll, 'messages', now);
    expect(kept.interactions).toMatchObject([{ content: { text: 'in the gap' } }]);
  });

  it('killed after any page it loses and repeats nothing', async () => {
    const sids = await chat(8);
    for (let stop = 1; stop <= 3; stop += 1) {
      const killed = new Kept();
      await killed.poll(pollOf(), 'messages', now, stop);
      await killed.poll(pollOf(), 'messages', later(1), stop);
      await killed.poll(pollOf(), 'messages', later(2));
      expect(killed.drafts.map(({ providerId }) => providerId).toSorted()).toEqual(sids.toSorted());
    }
  });

  it('goes on where it was interrupted', async () => {
    await chat(8);
    twilio.faults.status(503, { operation: 'messages.list', after: 2 });
    await expect(kept.poll(pollOf(), 'messages', now)).rejects.toMatchObject({ code: 'source-unavailable' });
    expect(kept.drafts).toHaveLength(6);
    const before = twilio.requests['messages.list'] ?? 0;
    await kept.poll(pollOf(), 'messages', later(1));
    expect(kept.drafts).toHaveLength(8);
    expect((twilio.requests['messages.list'] ?? 0) - before).toBe(1);
  });

  it('begins anew when the page where it was interrupted is refused', async () => {
    await chat(8);
    twilio.faults.status(503, { operation: 'messages.list', after: 1 });
    await expect(kept.poll(pollOf(), 'messages', now)).rejects.toThrow();
    twilio.faults.status(400, { operation: 'messages.list' });
    await kept.poll(pollOf(), 'messages', later(1));
    expect(kept.drafts).toHaveLength(8);
  });

  it('of an unreadable cursor begins anew', async () => {
    await chat(2);
    kept.cursor = '{"run":7}';
    await kept.poll(pollOf(), 'messages', now);
    expect(kept.drafts).toHaveLength(2);
  });
});

describe('a list that is not as it should be', () => {
  const messagesPath = `/2010-04-01/Accounts/${accountSid}/Messages`;
  const item = {
    sid: 'SM1',
    from: `whatsapp:${person}`,
    to: `whatsapp:${business}`,
    body: 'on WhatsApp',
    direction: 'inbound',
    status: 'received',
    num_media: '0',
    date_created: 'Wed, 10 Jun 2026 10:00:00 +0000',
  };
  const read = async (page: object, answers: Parameters<typeof startStub>[0] = {}) => {
    const stub = await startStub({ [`${messagesPath}.json`]: () => page, ...answers });
    try {
      await kept.poll(pollOf({ apiUrl: stub.url }), 'messages', now);
    } finally {
      await stub.close();
    }
    return stub.asked;
  };

  it('leaves out texts of other channels, and what is not sent yet or never will be', async () => {
    const messages = [
      item,
      { ...item, sid: 'SM2', from: person, to: business, body: 'a text' },
      { ...item, sid: 'SM3', direction: 'outbound-api', status: 'scheduled', from: null, to: item.from },
      { ...item, sid: 'SM4', direction: 'outbound-api', status: 'canceled', from: item.to, to: item.from },
      { ...item, sid: 'SM5', direction: 'outbound-api', status: 'accepted', from: null, to: item.from },
      { nothing: true },
      null,
    ];
    await read({ messages, next_page_uri: null });
    expect(kept.drafts.map(({ providerId }) => providerId)).toEqual(['SM1']);
  });

  it('asks for days in GMT and whole pages', async () => {
    const [asked] = await read({ messages: [], next_page_uri: null });
    expect(asked).toBe(`${messagesPath}.json?DateSent%3E=2026-06-07&PageSize=1000`);
  });

  it('a message whose files were deleted is told without them', async () => {
    await read({ messages: [{ ...item, num_media: '1' }], next_page_uri: null });
    expect(kept.interactions).toMatchObject([{ content: { type: 'text', text: 'on WhatsApp' } }]);
  });

  it('a text that was removed later does not take the first one away', async () => {
    await read({ messages: [item], next_page_uri: null });
    await read({ messages: [{ ...item, body: '' }], next_page_uri: null });
    expect(kept.interactions).toMatchObject([{ content: { type: 'text', text: 'on WhatsApp' } }]);
  });

  it.each(['http://evil.example/next', '//evil.example/next', 'not an address', 'http://a@127.0.0.1/'])(
    'does not follow %s',
    async (next) => {
      const reading = read({ messages: [item], next_page_uri: next });
      await expect(reading).rejects.toMatchObject({ code: 'source-answer-unreadable' });
      expect(kept.drafts).toHaveLength(1);
    },
  );

  it('does not go round in a circle', async () => {
    const next = `${messagesPath}.json?Page=1`;
    await expect(read({ messages: [item], next_page_uri: next })).rejects.toMatchObject({
      code: 'source-answer-unreadable',
    });
  });
});

describe('trouble with the lists', () => {
  const poll = () => kept.poll(pollOf(), 'messages', now);

  it('asks to slow down, and says for how long', async () => {
    twilio.faults.throttle({ retryAfterSeconds: 7 });
    await expect(poll()).rejects.toMatchObject({ code: 'source-throttled', retryAfterMs: 7_000 });
  });

  it('refuses the credentials', async () => {
    twilio.denyCredentials(true);
    await expect(poll()).rejects.toMatchObject({ code: 'source-auth-failed' });
  });

  it.each([
    ['is down', { kind: 'cut' }, 'source-unavailable'],
    ['breaks off', { kind: 'cut-within' }, 'source-unavailable'],
    ['answers with a page of HTML', { kind: 'html' }, 'source-answer-unreadable'],
  ] as const)('%s', async (_what, fault, code) => {
    twilio.faults.add(fault);
    await expect(poll()).rejects.toMatchObject({ code });
  });

  it('tells no token, number or text', async () => {
    await twilio.receive({ from: person, body: 'secret words', at: ago(1) });
    const error = await kept.poll(pollOf({ authToken: 's3cr3t' }), 'messages', now).then(
      () => new Error('no error'),
      (thrown: Error) => thrown,
    );
    expect(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
      /s3cr3t|Basic|secret words|62851000|AC0000/,
    );
  });

  it('is asked with an API key where there is one', async () => {
    const key = { apiKeySid: `SK${'1'.repeat(32)}`, apiKeySecret: 'wrong' };
    await expect(kept.poll(pollOf(key), 'messages', now)).rejects.toMatchObject({
      code: 'source-auth-failed',
    });
  });
});

describe('files', () => {
  const fetchOf = (id: string) =>
    source({ apiUrl: twilio.url, conversationsUrl: twilio.conversationsUrl }).media.fetchMedia(
      { media: { id }, businessNumber: business, providerId: '' },
      { maxBytes: 1_000, signal: new AbortController().signal },
    );

  it('whose ids are none of Twilio are told to be gone', async () => {
    for (const id of ['', 'ME1', '../../x', 'https://evil.example/ME1', 'SM1/../ME1']) {
      await expect(fetchOf(id)).rejects.toMatchObject({ code: 'media-expired' });
    }
  });

  it('of calls are fetched by the id of the recording', async () => {
    const call = {
      direction: 'inbound',
      person,
      answered: true,
      recording: Buffer.from('ring'),
      at: ago(5),
    } as const;
    await twilio.call(call);
    await kept.poll(pollOf(), 'calls', now);
    const [heard] = kept.interactions;
    const id = heard?.kind === 'call' ? heard.recording?.id : undefined;
    const { stream, mimeType } = await fetchOf(id ?? '');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toBe('ring');
    expect(mimeType).toBe('audio/mpeg');
  });
});
