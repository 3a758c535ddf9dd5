import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signForm, startTwilio, type TwilioSandbox } from '../../src/sandbox/twilio/index.ts';
import { accountSid, askTwilio, authToken, basic, twilioNumber as number } from '../support/twilio.ts';

const apiKey = { sid: `SK${'1'.repeat(32)}`, secret: 'secret-of-the-key' };
const ana = '+14155550100';
const account = `/2010-04-01/Accounts/${accountSid}`;

let twilio: TwilioSandbox;

beforeEach(async () => {
  twilio = await startTwilio({ accountSid, authToken, number, apiKey });
});
afterEach(() => twilio.close());

describe('credentials', () => {
  test('are the account SID with its token or an API key, and nothing else', async () => {
    const url = `${twilio.url}${account}/Messages.json`;
    expect((await askTwilio(url, basic(apiKey.sid, apiKey.secret))).status).toBe(200);
    for (const wrong of [
      '',
      basic(accountSid, 'other'),
      basic('', ''),
      basic(accountSid, ''),
      'Bearer token',
    ]) {
      expect(await askTwilio(url, wrong)).toMatchObject({
        status: 401,
        json: {
          code: 20003,
          message: 'Authenticate',
          status: 401,
          more_info: expect.stringContaining('20003'),
        },
      });
    }
    const other = url.replace(accountSid, `AC${'9'.repeat(32)}`);
    expect((await askTwilio(other)).json).toMatchObject({ code: 20404, status: 404 });
  });

  test('can be denied for a while', async () => {
    twilio.denyCredentials(true);
    expect((await askTwilio(`${twilio.url}${account}/Calls.json`)).status).toBe(401);
    twilio.denyCredentials(false);
    expect((await askTwilio(`${twilio.url}${account}/Calls.json`)).status).toBe(200);
    expect(twilio.requests).toEqual({ 'calls.list': 2 });
  });
});

describe('on demand', () => {
  const list = () => askTwilio(`${twilio.url}${account}/Messages.json`);

  test('requests are throttled, with and without a time to wait, after some that pass', async () => {
    twilio.faults.throttle({ operation: 'messages.list', after: 1, times: 1, retryAfterSeconds: 3 });
    expect((await list()).status).toBe(200);
    const { status, headers, json } = await list();
    expect([status, headers.get('retry-after'), json.code]).toEqual([429, '3', 20429]);
    expect((await list()).status).toBe(200);
    twilio.faults.throttle();
    expect((await list()).headers.get('retry-after')).toBeNull();
  });

  test('the server fails, is slow, answers a page of HTML or hangs up', async () => {
    twilio.faults.status(500);
    expect(await list()).toMatchObject({ status: 500, json: { code: 20500 } });
    twilio.faults.add({ kind: 'html' });
    await expect(list()).rejects.toThrow('JSON');
    for (const kind of ['cut', 'cut-within'] as const) {
      twilio.faults.add({ kind });
      await expect(list()).rejects.toThrow();
    }
    twilio.faults.add({ kind: 'slow', ms: 50 });
    const start = performance.now();
    await list();
    expect(performance.now() - start).toBeGreaterThan(45);
  });
});

describe('webhooks', () => {
  test('are signed over the address and the sorted parameters (the example of the Twilio docs)', () => {
    const params = {
      To: '+18005551212',
      From: '+14158675309',
      Digits: '1234',
      Caller: '+14158675309',
      CallSid: 'CA1234567890ABCDE',
    };
    expect(signForm('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', params)).toBe(
      'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
    );
  });

  test('are posted once each, and lost while they are down or refused', async () => {
    const got: { form: Record<string, string>; signature: unknown }[] = [];
    let status = 200;
    const server = createServer(async (request, response) => {
      const chunks = (await request.toArray()) as Buffer[];
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
      got.push({ form, signature: request.headers['x-twilio-signature'] });
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/emea`;
    twilio.webhooks(url);
    const sid = await twilio.receive({
      from: ana,
      userId: 'US.1',
      body: 'hello',
      profileName: 'Ana',
      replyTo: 'SM1',
    });
    expect(got).toEqual([
      {
        form: expect.objectContaining({
          MessageSid: sid,
          From: `whatsapp:${ana}`,
          To: `whatsapp:${number}`,
          WaId: ana.slice(1),
          ExternalUserId: 'whatsapp:US.1',
          ProfileName: 'Ana',
          SmsStatus: 'received',
          MessageType: 'text',
          OriginalRepliedMessageSid: 'SM1',
        }),
        signature: signForm(authToken, url, got[0]!.form),
      },
    ]);
    twilio.webhooksDown(true);
    await twilio.receive({ from: ana });
    twilio.webhooksDown(false);
    status = 503;
    await twilio.receive({ from: ana });
    expect([got.length, twilio.webhookCounts]).toEqual([2, { delivered: 1, failed: 1, dropped: 1 }]);
    server.close();
  });
});
