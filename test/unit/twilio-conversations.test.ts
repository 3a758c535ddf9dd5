import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTwilio, type TwilioSandbox } from '../../src/sandbox/twilio/index.ts';
import type { PollSource } from '../../src/sources/source.ts';
import type { TwilioOptions } from '../../src/sources/twilio/index.ts';
import {
  accountSid,
  business,
  draftOf,
  factOf,
  foldDrafts,
  person,
  source,
  split,
} from '../fixtures/twilio/events.ts';
import { Kept } from '../fixtures/twilio/polls.ts';
import { startStub } from '../fixtures/twilio/stub.ts';

const now = new Date('2026-06-10T12:00:00.000Z');
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

let twilio: TwilioSandbox;
let kept: Kept;

beforeEach(async () => {
  twilio = await startTwilio({ accountSid, authToken: 'token', number: business, maxPageSize: 2 });
  kept = new Kept();
});

afterEach(() => twilio.close());

function pollOf(delta: Partial<TwilioOptions> = {}): PollSource {
  const hosts = { apiUrl: twilio.url, conversationsUrl: twilio.conversationsUrl };
  return source({ ...hosts, conversations: true, ...delta }).poll;
}

describe('the conversations of an account', () => {
  it('give each message once, with its direction, parties and time', async () => {
    const talk = twilio.converse(person, ago(5));
    const question = await twilio.say(talk, { author: 'person', body: 'Is it in stock?', at: ago(4) });
    const answer = await twilio.say(talk, { author: 'agent', body: 'It is.', at: ago(3) });
    const poll = pollOf();
    await kept.poll(poll, 'conversations', now);
    await kept.poll(poll, 'conversations', later(1));
    const shown = kept.interactions.toSorted((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1));
    const common = { businessNumber: business, person: { phone: person }, via: 'list' };
    expect(shown).toMatchObject([
      {
        ...common,
        providerId: question,
        direction: 'inbound',
        occurredAt: ago(4).toISOString(),
        content: { text: 'Is it in stock?' },
      },
      {
        ...common,
        providerId: answer,
        direction: 'outbound',
        occurredAt: ago(3).toISOString(),
        content: { text: 'It is.' },
      },
    ]);
  });

  it('are read from the last message on, over all pages', async () => {
    const talk = twilio.converse(person, ago(5));
    const say = async (index: number) => twilio.say(talk, { author: 'person', body: `${index}`, at: ago(4) });
    for (let index = 0; index < 5; index += 1) await say(index);
    const poll = pollOf();
    await kept.poll(poll, 'conversations', now);
    for (let index = 5; index < 8; index += 1) await say(index);
    await kept.poll(poll, 'conversations', later(1));
    const texts = kept.interactions.map((one) => one.kind === 'message' && one.content?.text);
    expect(texts.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });

  it('killed after any page they lose and repeat nothing', async () => {
    for (const whom of [person, '+6285100000002']) {
      const talk = twilio.converse(whom, ago(5));
      for (let index = 0; index < 4; index += 1) {
        await twilio.say(talk, { author: 'person', body: `${whom} ${index}`, at: ago(4) });
      }
    }
    for (let stop = 1; stop <= 5; stop += 1) {
      const killed = new Kept();
      await killed.poll(pollOf(), 'conversations', now, stop);
      await killed.poll(pollOf(), 'conversations', later(1));
      expect(killed.interactions).toHaveLength(8);
    }
  });

  it('say how far an answer got, and why it failed', async () => {
    const talk = twilio.converse(person, ago(5));
    const sid = await twilio.say(talk, { author: 'agent', body: 'It is.', at: ago(3) });
    const poll = pollOf();
    await kept.poll(poll, 'conversations', now);
    await twilio.setReceipt(talk, sid, 'undelivered', 63016, ago(1));
    await kept.poll(poll, 'conversations', later(1));
    expect(kept.interactions).toMatchObject([{ status: { state: 'failed', error: { code: '63016' } } }]);
  });

  it('of a number that is not configured are not asked for their messages', async () => {
    const talk = twilio.converse(person, ago(5));
    await twilio.say(talk, { author: 'person', body: 'private', at: ago(4) });
    await kept.poll(pollOf({ businessNumbers: ['+15550000009'] }), 'conversations', now);
    expect(twilio.requests['conversations.messages']).toBeUndefined();
    expect(kept.drafts).toEqual([]);
  });

  it('without anybody on WhatsApp are left out', async () => {
    const meta = { next_page_url: null };
    const stub = await startStub({
      '/v1/Conversations': () => ({ conversations: [{ sid: 'CH1' }], meta }),
      '/v1/Conversations/CH1/Participants': () => ({
        participants: [
          { sid: 'MB1', messaging_binding: { type: 'sms', address: person, proxy_address: business } },
        ],
        meta,
      }),
    });
    await kept.poll(pollOf({ conversationsUrl: stub.url }), 'conversations', now);
    await stub.close();
    expect(kept.drafts).toEqual([]);
    expect(stub.asked.some((path) => path.includes('/Messages'))).toBe(false);
  });
});

describe('webhooks of Conversations', () => {
  const added = {
    EventType: 'onMessageAdded',
    ConversationSid: 'CH1',
    MessageSid: 'IM1',
    Author: `whatsapp:${person}`,
    Body: 'Is it in stock?',
    DateCreated: '2026-06-10T08:00:00.000Z',
    ChatServiceSid: 'IS1',
    Media: '[{"Sid":"ME1","Filename":"car.jpg","ContentType":"image/jpeg","Size":7}]',
  };
  const delta = { conversations: true };

  it("of a person's own message are that message, its edit and its revoke", () => {
    const facts = [
      added,
      { ...added, EventType: 'onMessageUpdated', Body: 'Is it?', DateUpdated: '2026-06-10T08:01:00.000Z' },
      { ...added, EventType: 'onMessageRemoved', DateRemoved: '2026-06-10T08:02:00.000Z' },
    ].map((params) => factOf(draftOf(params, delta)));
    expect(facts).toMatchObject([
      {
        kind: 'message',
        at: '2026-06-10T08:00:00.000Z',
        direction: 'inbound',
        content: { type: 'image', media: [{ id: 'IS1/ME1', fileName: 'car.jpg' }] },
      },
      { kind: 'edit', at: '2026-06-10T08:01:00.000Z', content: { text: 'Is it?' } },
      { kind: 'revoke', at: '2026-06-10T08:02:00.000Z', person: { phone: person } },
    ]);
  });

  it('and the list are one interaction', async () => {
    const talk = twilio.converse(person, ago(5));
    const sid = await twilio.say(talk, { author: 'person', body: 'Is it in stock?', at: ago(4) });
    await kept.poll(pollOf(), 'conversations', now);
    const pushed = draftOf({ ...added, MessageSid: sid }, delta);
    expect(foldDrafts([...kept.drafts, pushed])).toMatchObject([{ providerId: sid, via: 'live' }]);
  });

  it('of what we wrote are left to the list, which says to whom', () => {
    expect(split({ ...added, Author: 'agent' }, delta)).toEqual([]);
  });

  it('are no messages where messages are read from the Messages list: they would be logged twice', () => {
    expect(split(added)).toEqual([]);
  });

  it('about anything else are kept as notices', () => {
    const draft = draftOf({ EventType: 'onConversationAdded', ConversationSid: 'CH1' }, delta);
    expect(draft).toMatchObject({ kind: 'notice' });
    expect(factOf(draft)).toMatchObject({ kind: 'notice', topic: 'twilio.onConversationAdded' });
  });
});
