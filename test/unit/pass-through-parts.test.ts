import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Once, requestKey } from '../../src/http/graph-once.ts';
import { faultOf } from '../../src/sandbox/whatsapp/graph-send-rules.ts';
import type { ForwardAnswer } from '../../src/sources/source.ts';
import { Backlog } from '../../src/sources/whatsapp-cloud/pass-through-backlog.ts';
import { NumberBook } from '../../src/sources/whatsapp-cloud/pass-through-number.ts';

const business = '+15550783881';

function answer(json: unknown, status = 200, headers: Record<string, string> = {}): ForwardAnswer {
  return { status, headers, body: Buffer.from(JSON.stringify(json)) };
}

const accepted = answer({ messages: [{ id: 'wamid.out' }] });

describe('answers that nobody heard', () => {
  const key = requestKey('support', { method: 'POST', url: '/a', headers: {}, body: Buffer.from('x') });
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  async function unheard(once: Once, reply: ForwardAnswer): Promise<void> {
    const ticket = once.begin(key, () => Promise.resolve(reply));
    await ticket.answer;
    ticket.gone();
    await settled();
  }

  it.each([
    ['that the message was sent', accepted, true],
    ['that nobody knows', answer({}, 504, { 'x-wcs-outcome': 'unknown' }), true],
    ['that nothing was sent', answer({}, 503, { 'x-wcs-outcome': 'not-sent' }), false],
    ['that Meta refuses', answer({}, 400), false],
  ])('are kept when they say %s: %#', async (_what, reply, isKept) => {
    const once = new Once();
    await unheard(once, reply);
    expect(once.begin(key, () => Promise.resolve(accepted)).isReplay).toBe(isKept);
  });

  it('are given once, and for ten minutes only', async () => {
    let now = 0;
    const once = new Once(() => now);
    await unheard(once, accepted);
    const replay = once.begin(key, () => Promise.reject(new Error('sent twice')));
    expect([replay.isReplay, await replay.answer]).toEqual([true, accepted]);
    replay.delivered();
    await unheard(once, accepted);
    now = 10 * 60_000 + 1;
    expect(once.begin(key, () => Promise.resolve(accepted)).isReplay).toBe(false);
  });

  it('belong to the same sender, path and body', () => {
    const base = {
      method: 'POST',
      url: '/a',
      headers: { authorization: 'Bearer a' },
      body: Buffer.from('x'),
    };
    const keys = [
      base,
      { ...base, url: '/b' },
      { ...base, body: Buffer.from('y') },
      { ...base, headers: { authorization: 'Bearer b' } },
    ].map((one) => requestKey('support', one));
    expect(new Set([...keys, requestKey('emea', base)]).size).toBe(5);
    expect(requestKey('support', { ...base })).toBe(keys[0]);
  });
});

describe('the backlog', () => {
  afterEach(() => void jest.useRealTimers());

  it('tries again with growing pauses, and does not let one that never works hold up the others', async () => {
    jest.useFakeTimers();
    const backlog = new Backlog();
    let down = true;
    const done: string[] = [];
    const tries: number[] = [];
    backlog.add(async () => {
      tries.push(Date.now());
      throw new Error('never');
    });
    for (const name of ['a', 'b', 'c']) {
      backlog.add(async () => {
        if (down) throw new Error('down');
        done.push(name);
      });
    }
    await jest.advanceTimersByTimeAsync(5_000);
    expect(done).toEqual([]);
    down = false;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(done.sort()).toEqual(['a', 'b', 'c']);
    const pauses = tries.map((time, index) => time - (tries[index - 1] ?? time));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000);
    expect(tries.length).toBeGreaterThan(3);
    backlog.stop();
    await jest.advanceTimersByTimeAsync(60_000);
    await backlog.settle();
  });
});

describe('the number behind an id', () => {
  const question = {
    operation: { kind: 'send', version: 'v23.0', phoneNumberId: '1' },
    headers: { authorization: 'Bearer a' },
    credentials: {},
  } as const;

  it('is asked once by many at a time, again after an hour, and kept while Meta is down', async () => {
    let now = 0;
    let asked = 0;
    let reply = answer({ display_phone_number: '+1 555-078-3881' });
    const book = new NumberBook({
      businessNumbers: 'all',
      now: () => now,
      ask: async () => {
        asked += 1;
        return { kind: 'answer', answer: reply };
      },
    });
    const found = { kind: 'number', number: business };
    expect(await Promise.all([1, 2, 3].map(() => book.find(question)))).toEqual([found, found, found]);
    now = 3_600_001;
    reply = answer({}, 500);
    expect([await book.find(question), asked]).toEqual([found, 2]);
    reply = answer({ error: { code: 190 } }, 401);
    expect(await book.find(question)).toEqual({ kind: 'token-refused' });
    reply = answer({}, 500);
    expect(await book.find(question)).toEqual({ kind: 'unreachable' });
  });

  it('is proven by each token for itself', async () => {
    const book = new NumberBook({
      businessNumbers: [business],
      now: () => 0,
      ask: async (_url, headers) => ({
        kind: 'answer',
        answer:
          headers['authorization'] === 'Bearer a'
            ? answer({ display_phone_number: '15550783881' })
            : answer({ error: { code: 190 } }, 401),
      }),
    });
    expect(await book.find(question)).toMatchObject({ kind: 'number' });
    expect(await book.find({ ...question, headers: { authorization: 'Bearer b' } })).toMatchObject({
      kind: 'token-refused',
    });
  });
});

describe('the look-alike of the Send API', () => {
  const good = { messaging_product: 'whatsapp', to: '1', type: 'text', text: { body: 'a' } };

  it.each([
    [{ messaging_product: undefined }],
    [{ to: undefined }],
    [{ type: 'poll' }],
    [{ text: { body: '' } }],
    [{ text: { body: 'a'.repeat(4097) } }],
    [{ type: 'image', text: undefined, image: { id: '1', link: 'https://example.com' } }],
    [{ type: 'image', image: {} }],
    [{ type: 'template', template: { name: 'a' } }],
    [{ type: 'reaction', reaction: { emoji: 'a' } }],
    [{ type: 'interactive', interactive: { type: 'button' } }],
    [{ status: 'read' }],
  ])('refuses what Meta refuses: %j', (delta) => {
    expect(faultOf({ ...good, ...delta })).toMatchObject({ code: 100 });
  });

  it.each([
    [{}],
    [{ to: undefined, recipient: 'US.1' }],
    [{ type: undefined }],
    [{ type: 'image', image: { link: 'https://example.com/a.png' } }],
    [{ type: 'template', template: { name: 'a', language: { code: 'en' } } }],
    [{ status: 'read', message_id: 'wamid.a', to: undefined }],
  ])('takes what Meta takes: %j', (delta) => {
    expect(faultOf({ ...good, ...delta })).toBeUndefined();
  });
});
