import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import {
  begin,
  itemsOf,
  messagesPath,
  numberId,
  ownNumber,
  post,
  startSetting,
  textTo,
  token,
  until,
  type Setting,
} from './pass-through-support.ts';

let setting: Setting;

beforeEach(async () => {
  setting = await startSetting();
});

afterEach(() => setting.close());

const hello = textTo('14155550100', 'Your table is booked.');
const outcomes = () => itemsOf(setting.recorded).flatMap(({ outcome }) => outcome ?? []);

describe('a message that is sent through us', () => {
  it('reaches Meta byte for byte, and the answer comes back as Meta gave it', async () => {
    const raw = `{ "type":"text",  "messaging_product":"whatsapp","to":"14155550100","text":{"body":"caf\\u00e9 ☕"}}`;
    const answer = await post(setting, raw);
    expect(setting.meta.sends.sent.map((one) => one.raw)).toEqual([raw]);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      messaging_product: 'whatsapp',
      contacts: [{ input: '14155550100', wa_id: '14155550100' }],
      messages: [{ id: setting.meta.sends.sent[0]?.id }],
    });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=UTF-8',
      'x-fb-request-id': 'Asandbox',
      'x-app-usage': '{"call_count":1}',
      'facebook-api-version': 'v23.0',
    });
  });

  it('is kept before it is sent, and again with its id afterwards', async () => {
    setting.meta.sends.behave('hold');
    const { answer } = begin(setting.port, messagesPath, hello);
    await setting.meta.sends.untilSent(1);
    expect(setting.recorded.map(({ kind }) => kind)).toEqual(['notice']);
    const [intent] = itemsOf(setting.recorded);
    expect(intent).toMatchObject({ event: 'intent', request: hello });
    setting.meta.sends.release();
    await answer;
    await until(() => setting.recorded.length === 3);
    const [, outcome, message] = setting.recorded;
    expect(itemsOf([outcome as never])).toMatchObject([
      { event: 'outcome', outcome: 'sent', attempt: intent?.attempt },
    ]);
    expect(message).toMatchObject({
      kind: 'message',
      businessNumber: ownNumber,
      providerId: setting.meta.sends.sent[0]?.id,
      people: [{ phone: '+14155550100' }, { phone: '+114155550100' }],
    });
  });

  it('is the same for marketing messages and with a form for a body', async () => {
    const body = new URLSearchParams({ ...hello, text: '{"body":"a"}', access_token: token } as never);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    // the look-alike reads JSON alone: it refuses the form, which is recorded all the same
    await post(setting, body.toString(), { headers });
    expect(itemsOf(setting.recorded)[0]?.request).toMatchObject({ text: { body: 'a' } });
    expect(JSON.stringify(setting.recorded)).not.toContain(token);
    const path = messagesPath.replace('messages', 'marketing_messages');
    const template = { ...hello, type: 'template', template: { name: 'offer', language: { code: 'en' } } };
    expect((await post(setting, template, { path })).status).toBe(200);
    await until(() => setting.recorded.some(({ kind }) => kind === 'message'));
  });

  it('may carry its token in the address', async () => {
    const path = `${messagesPath}?access_token=${token}`;
    expect((await post(setting, hello, { path, headers: { authorization: '' } })).status).toBe(200);
    await until(() => setting.recorded.length === 3);
    expect(JSON.stringify(setting.recorded)).not.toContain(token);
  });

  it('that Meta refuses is answered with the refusal, and makes no message', async () => {
    const answer = await post(setting, { ...hello, text: {} });
    expect([answer.status, answer.json]).toMatchObject([
      400,
      { error: { code: 100, type: 'OAuthException' } },
    ]);
    await until(() => setting.recorded.length === 2);
    expect(outcomes()).toEqual(['refused']);
    expect(setting.recorded.every(({ interactionKey }) => interactionKey === undefined)).toBe(true);
  });

  it('with a token that Meta does not know leaves nothing in the ledger', async () => {
    const answer = await post(setting, hello, { headers: { authorization: 'Bearer nonsense' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('OAuth');
    expect([setting.recorded, setting.meta.sends.sent]).toEqual([[], []]);
  });

  it('with nothing readable in it is not sent at all', async () => {
    for (const body of ['nonsense', '[1]', '{"a":'.repeat(200)]) {
      expect((await post(setting, body)).status).toBe(400);
    }
    expect(setting.recorded).toEqual([]);
  });

  it('is not sent while the ledger cannot take it', async () => {
    setting.ledgerDown = true;
    const answer = await post(setting, hello);
    expect([answer.status, answer.json]).toMatchObject([503, { error: { is_transient: true, code: 2 } }]);
    expect(answer.headers).toMatchObject({ 'x-wcs-outcome': 'not-sent', 'retry-after': '5' });
    expect(setting.meta.sends.sent).toEqual([]);
    setting.ledgerDown = false;
    expect((await post(setting, hello)).status).toBe(200);
    expect(setting.meta.sends.sent).toHaveLength(1);
  });

  it('is answered at once when the ledger fails afterwards, and recorded when it is back', async () => {
    setting.meta.sends.behave('hold');
    const { answer } = begin(setting.port, messagesPath, hello);
    await setting.meta.sends.untilSent(1);
    setting.ledgerDown = true;
    setting.meta.sends.release();
    expect((await answer).status).toBe(200);
    expect(setting.recorded).toHaveLength(1);
    setting.ledgerDown = false;
    await until(() => setting.recorded.length === 3);
    expect(setting.meta.sends.sent).toHaveLength(1);
  });

  it('is recorded before the process ends, even when the ledger comes back late', async () => {
    setting.meta.sends.behave('hold');
    const { answer } = begin(setting.port, messagesPath, hello);
    await setting.meta.sends.untilSent(1);
    setting.ledgerDown = true;
    setting.meta.sends.release();
    await answer;
    setTimeout(() => (setting.ledgerDown = false), 500);
    await setting.passThrough.close();
    expect(outcomes()).toEqual(['sent']);
  });

  it('leaves nothing of it and no token in the log', async () => {
    setting.ledgerDown = true;
    await post(setting, hello);
    await post(setting, 'nonsense');
    expect(setting.logged.join('')).not.toMatch(/table|4155550100|EAAsenders/);
  });

  it('and receipts are told apart: these are passed on and not recorded', async () => {
    const receipt = {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: 'wamid.a',
      typing_indicator: { type: 'text' },
    };
    expect((await post(setting, receipt)).json).toEqual({ success: true });
    expect(setting.meta.sends.receipts).toEqual([receipt]);
    expect(setting.recorded).toEqual([]);
  });
});

/** Meta has taken the message and holds its answer; the sender has gone. */
async function sendAndHangUp(): Promise<void> {
  setting.meta.sends.behave('hold');
  const { answer, hangUp } = begin(setting.port, messagesPath, hello);
  const gone = answer.then(
    () => false,
    () => true,
  );
  await setting.meta.sends.untilSent(1);
  hangUp();
  expect(await gone).toBe(true);
}

describe('a sender that does not wait for the answer', () => {
  it('gets it with its next try, and the message is sent once', async () => {
    await sendAndHangUp();
    // the second joins while the first is still on its way
    const arrived = once(setting.server, 'request');
    const second = begin(setting.port, messagesPath, hello);
    await arrived;
    setting.meta.sends.release();
    const answer = await second.answer;
    expect([answer.status, answer.headers['x-wcs-replayed']]).toEqual([200, 'true']);
    expect(setting.meta.sends.sent).toHaveLength(1);
    await until(() => setting.recorded.length === 3);
  });

  it('gets it later too, after Meta has answered', async () => {
    await sendAndHangUp();
    setting.meta.sends.release();
    await until(() => outcomes().length === 1);
    const answer = await post(setting, hello);
    expect(answer.json['messages']).toEqual([{ id: setting.meta.sends.sent[0]?.id }]);
    expect(answer.headers['x-wcs-replayed']).toBe('true');
    // heard now: the same once more is a new message
    expect((await post(setting, hello)).headers['x-wcs-replayed']).toBeUndefined();
    expect(setting.meta.sends.sent).toHaveLength(2);
  });

  it('does not keep another sender, or another text, from being sent', async () => {
    await sendAndHangUp();
    const other = begin(setting.port, messagesPath, textTo('14155550100', 'Another text.'));
    await setting.meta.sends.untilSent(2);
    setting.meta.sends.release();
    expect((await other.answer).headers['x-wcs-replayed']).toBeUndefined();
  });

  it('may say the same twice when it heard the first answer', async () => {
    await post(setting, hello);
    await post(setting, hello);
    expect(setting.meta.sends.sent).toHaveLength(2);
    await until(() => setting.recorded.length === 6);
    const keys = setting.recorded.flatMap(({ interactionKey }) => interactionKey ?? []);
    expect(new Set(keys).size).toBe(2);
  });
});

describe('files', () => {
  it('are uploaded, asked for and deleted as if Meta were asked', async () => {
    const form = new FormData();
    form.set('messaging_product', 'whatsapp');
    form.set('file', new Blob([Buffer.alloc(3_000_000, 7)], { type: 'image/png' }), 'a.png');
    const encoded = new Response(form);
    const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
    const body = Buffer.from(await encoded.arrayBuffer());
    const path = messagesPath.replace('messages', 'media');
    const uploaded = await post(setting, body, { path, headers });
    expect(uploaded.status).toBe(200);
    const one = `/graph/support/v23.0/${String(uploaded.json['id'])}`;
    const about = await post(setting, '', { path: one, method: 'GET' });
    expect(about.json).toMatchObject({
      id: uploaded.json['id'],
      mime_type: 'image/png',
      file_size: '3000000',
    });
    expect((await post(setting, '', { path: one, method: 'DELETE' })).json).toEqual({ success: true });
    expect(setting.meta.sends.deleted).toEqual([uploaded.json['id']]);
    expect(setting.recorded).toEqual([]);
  });

  it('are not read for somebody without a token', async () => {
    const { port } = setting;
    const path = messagesPath.replace('messages', 'media');
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: 'x' });
    expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: 104 } }]);
  });
});

describe('360dialog', () => {
  const headers = { authorization: '', 'd360-api-key': token };

  it.each(['/graph/support/messages', '/graph/support/v1/messages'])('is served at %s', async (path) => {
    await setting.close();
    setting = await startSetting({ kind: '360dialog' });
    expect((await post(setting, hello, { path, headers })).status).toBe(200);
    await until(() => setting.recorded.length === 3);
    expect(setting.recorded[2]).toMatchObject({ kind: 'message', businessNumber: ownNumber });
  });

  it('records nothing of whoever has another key, unless 360dialog takes it', async () => {
    await setting.close();
    setting = await startSetting({ kind: '360dialog', apiKey: token });
    const path = '/graph/support/messages';
    const forged = await post(setting, hello, { path, headers: { ...headers, 'd360-api-key': 'forged' } });
    expect(forged.status).toBeGreaterThanOrEqual(400);
    expect(
      (await post(setting, hello, { path, headers: { authorization: '' } })).status,
    ).toBeGreaterThanOrEqual(400);
    expect((await post(setting, hello, { path, headers })).status).toBe(200);
    await until(() => setting.recorded.length >= 3);
    expect(setting.recorded.map(({ kind }) => kind)).toEqual(['notice', 'notice', 'message']);
    await setting.close();
    // The key was changed there and not yet in the settings.
    setting = await startSetting({ kind: '360dialog', apiKey: 'the one before' });
    expect((await post(setting, hello, { path, headers })).status).toBe(200);
    await until(() => setting.recorded.length >= 2);
    expect(setting.recorded.map(({ kind, businessNumber }) => [kind, businessNumber])).toEqual([
      ['notice', ownNumber],
      ['message', ownNumber],
    ]);
  });

  it('needs a source with one number', async () => {
    await setting.close();
    setting = await startSetting({ kind: '360dialog', businessNumbers: 'all' });
    const answer = await post(setting, hello, { path: '/graph/support/messages', headers });
    expect([answer.status, JSON.stringify(answer.json)]).toEqual([
      403,
      expect.stringContaining('exactly one'),
    ]);
    expect(setting.meta.sends.sent).toEqual([]);
  });
});

it.each([
  '/graph/other/v23.0/1/messages',
  '/graph/support/v23.0/me/accounts',
  `/graph/support/v23.0/${numberId}/register`,
  `/graph/support/v23.0/${numberId}/messages/../register`,
  `/graph/support/v23.0/${numberId}/messages%2f..%2fregister`,
  '/graph/support/',
  '/graph/support//v23.0/1/messages',
])('nothing else is passed on: %s', async (path) => {
  const answer = await post(setting, hello, { path });
  expect([answer.status, answer.json]).toMatchObject([404, { error: { is_transient: false } }]);
  expect(setting.meta.sends.sent).toEqual([]);
});

it('a body that no message has is refused unread', async () => {
  const answer = await post(setting, Buffer.alloc(1024 * 1024 + 1, 0x20));
  expect([answer.status, answer.json]).toMatchObject([413, { error: { is_transient: false } }]);
});
