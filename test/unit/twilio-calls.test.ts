import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTwilio, type TwilioSandbox } from '../../src/sandbox/twilio/index.ts';
import type { PollSource } from '../../src/sources/source.ts';
import type { TwilioOptions } from '../../src/sources/twilio/index.ts';
import { accountSid, business, person, source } from '../fixtures/twilio/events.ts';
import { Kept } from '../fixtures/twilio/polls.ts';

const now = new Date('2026-06-10T12:00:00.000Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
const later = (minutes: number) => ago(-minutes);

let twilio: TwilioSandbox;
let kept: Kept;

beforeEach(async () => {
  kept = new Kept();
});

afterEach(() => twilio.close());

async function start(maxPageSize?: number): Promise<void> {
  twilio = await startTwilio({
    accountSid,
    authToken: 'token',
    number: business,
    ...(maxPageSize !== undefined && { maxPageSize }),
  });
}

function pollOf(delta: Partial<TwilioOptions> = {}): PollSource {
  return source({ apiUrl: twilio.url, conversationsUrl: twilio.conversationsUrl, ...delta }).poll;
}

const table = [
  [
    'an answered call without further legs',
    { direction: 'inbound', answered: true, duration: 30 },
    'inbound',
    'answered',
    30,
  ],
  ['an unanswered one', { direction: 'inbound', answered: false }, 'inbound', 'missed', undefined],
  [
    'a call that an agent took',
    { direction: 'inbound', answered: true, duration: 45, legs: 2 },
    'inbound',
    'answered',
    45,
  ],
  [
    'a call that the machine took and nobody else',
    { direction: 'inbound', answered: false, legs: 2 },
    'inbound',
    'missed',
    undefined,
  ],
  ['a call of ours', { direction: 'outbound', answered: true, duration: 20 }, 'outbound', 'answered', 20],
  [
    'a call of ours that was not taken',
    { direction: 'outbound', answered: false },
    'outbound',
    'no-answer',
    undefined,
  ],
  [
    'a call from a softphone',
    { direction: 'outbound', answered: true, duration: 20, legs: 2 },
    'outbound',
    'answered',
    20,
  ],
  [
    'a call from a softphone that was not taken',
    { direction: 'outbound', answered: false, legs: 2 },
    'outbound',
    'no-answer',
    undefined,
  ],
  [
    'a call from a telephone',
    { direction: 'outbound', answered: true, duration: 9, legs: 2, agent: '+15550009999' },
    'outbound',
    'answered',
    9,
  ],
] as const;

describe.each([
  ['on one page', undefined],
  ['with each leg on a page of its own', 1],
])('the list of calls, %s', (_how, maxPageSize) => {
  beforeEach(() => start(maxPageSize));

  it.each(table)('shows %s once', async (_what, made, direction, result, durationSeconds) => {
    const sid = await twilio.call({ ...made, person, at: ago(120) });
    await kept.poll(pollOf(), 'calls', now);
    await kept.poll(pollOf(), 'calls', later(1));
    expect(kept.interactions).toHaveLength(1);
    const [call] = kept.interactions;
    expect(call).toMatchObject({
      kind: 'call',
      providerId: sid,
      businessNumber: business,
      direction,
      result,
      person: { phone: person },
    });
    expect(call?.kind === 'call' && call.durationSeconds).toBe(durationSeconds);
  });
});

describe('recordings of calls', () => {
  beforeEach(() => start());

  it('are asked for at the end of a call and again while they may still come', async () => {
    const poll = pollOf();
    const made = { direction: 'inbound', person, answered: true, duration: 30 } as const;
    await twilio.call({ ...made, recording: Buffer.from('x'), at: ago(2) });
    await kept.poll(poll, 'calls', now);
    expect(kept.interactions).toMatchObject([{ recording: { id: expect.stringMatching(/^CA\w+\/RE\w+$/) } }]);
    const asked = () => twilio.requests['recordings.list'];
    expect(asked()).toBe(1);
    await kept.poll(poll, 'calls', new Date(now.getTime() + 20_000));
    expect(asked()).toBe(1);
    await kept.poll(poll, 'calls', later(2));
    expect(asked()).toBe(2);
    await kept.poll(poll, 'calls', later(90));
    expect(asked()).toBe(2);
    expect(kept.interactions).toHaveLength(1);
  });

  it('killed before it was durable it is told again', async () => {
    const poll = pollOf();
    await twilio.call({
      direction: 'inbound',
      person,
      answered: true,
      recording: Buffer.from('x'),
      at: ago(600),
    });
    await new Kept().poll(poll, 'calls', now);
    await kept.poll(poll, 'calls', later(1));
    expect(kept.interactions).toMatchObject([{ recording: { id: expect.anything() } }]);
  });
});

describe('which calls are recorded', () => {
  beforeEach(() => start());

  it('follows the settings', async () => {
    expect(pollOf({ calls: 'none' }).streams).toEqual(['messages']);
    expect(pollOf().streams).toEqual(['messages', 'calls']);
    expect(pollOf({ conversations: true }).streams).toEqual(['conversations', 'calls']);
  });

  it('asks nothing more about calls of numbers that are not configured', async () => {
    await twilio.call({
      direction: 'inbound',
      person,
      answered: true,
      recording: Buffer.from('x'),
      at: ago(20),
    });
    await kept.poll(pollOf({ businessNumbers: ['+15550000009'] }), 'calls', now);
    expect(twilio.requests['recordings.list']).toBeUndefined();
    expect(kept.drafts.map(({ businessNumber }) => businessNumber)).toEqual([business]);
  });
});
