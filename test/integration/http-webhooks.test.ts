import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { maxWebhookBytes } from '../../src/http/webhooks.ts';
import { ask, sign, signedSource, startServer, stopServers } from '../support/http.ts';

afterEach(stopServers);

const body = '{"object":"whatsapp_business_account","entry":[]}';
const signed = (content: string | Buffer, more: Record<string, string> = {}) => ({
  method: 'POST',
  body: content,
  headers: { 'content-type': 'application/json', 'x-hub-signature-256': sign(content), ...more },
});

describe('the challenge of a provider', () => {
  test('is answered word for word as plain text', async () => {
    const { port } = await startServer();
    const answer = await ask(port, '/webhooks/support?hub.verify_token=verify&hub.challenge=%3Cb%3E117');
    expect(answer).toMatchObject({ status: 200, text: '<b>117' });
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  });

  test.each([
    ['with a wrong token', '?hub.verify_token=wrong&hub.challenge=1'],
    ['with a token given twice', '?hub.verify_token=verify&hub.verify_token=verify&hub.challenge=1'],
    ['with nothing', ''],
  ])('%s is refused', async (_case, query) => {
    const { port } = await startServer();
    expect((await ask(port, `/webhooks/support${query}`)).status).toBe(403);
  });
});

describe('a webhook', () => {
  test('is captured byte for byte and answered 200', async () => {
    const { port, captured } = await startServer();
    const bytes = Buffer.from([0x7b, 0xff, 0x00, 0x0d, 0x0a, 0x7d]);
    expect(await ask(port, '/webhooks/support', signed(bytes))).toMatchObject({ status: 200, text: 'ok' });
    expect(captured).toEqual([bytes]);
  });

  test('is answered only after the capture has resolved', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    let entered = () => {};
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const { port } = await startServer({
      capture: async () => {
        entered();
        await gate;
      },
    });
    let answered = false;
    const answer = ask(port, '/webhooks/support', signed(body)).then((one) => {
      answered = true;
      return one;
    });
    await inside;
    expect(answered).toBe(false);
    release();
    expect((await answer).status).toBe(200);
  });

  test.each([
    ['no signature', {}],
    ['a wrong signature', { 'x-hub-signature-256': sign('other') }],
    ['the signature of a body that was changed on the way', { 'x-hub-signature-256': sign(`${body} `) }],
    ['a signature without its prefix', { 'x-hub-signature-256': sign(body).slice(7) }],
  ])('with %s is answered 401 and not captured', async (_case, headers) => {
    const { port, captured } = await startServer();
    const answer = await ask(port, '/webhooks/support', { method: 'POST', body, headers });
    expect(answer.status).toBe(401);
    expect(captured).toEqual([]);
  });

  test('whose signature cannot even be checked is answered 401', async () => {
    const throwing = {
      ...signedSource,
      verify: () => {
        throw new Error('unreadable');
      },
    };
    const { port } = await startServer({ webhooks: new Map([['support', throwing]]) });
    expect((await ask(port, '/webhooks/support', signed(body))).status).toBe(401);
  });

  test.each(['/webhooks/other', '/webhooks/__proto__', '/webhooks/constructor', '/webhooks/', '/webhooks'])(
    'for an unknown source (%s) is answered 404',
    async (path) => {
      const { port, captured } = await startServer();
      expect((await ask(port, path, signed(body))).status).toBe(404);
      expect(captured).toEqual([]);
    },
  );

  test('that the ledger cannot take is answered 503, with the time to come again and nothing of it in the log', async () => {
    const { port, logged } = await startServer({
      capture: () => Promise.reject(new Error('no connection for +14155550100')),
    });
    const answer = await ask(port, '/webhooks/support', signed(body));
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(logged.join('')).toContain('no connection');
    expect(logged.join('')).not.toMatch(/14155550100|whatsapp_business_account/);
  });

  test('that the ledger neither takes nor refuses is answered 503 before the provider gives up', async () => {
    const { port } = await startServer({ capture: () => new Promise(() => undefined), patienceMs: 20 });
    const answer = await ask(port, '/webhooks/support', signed(body));
    expect(answer).toMatchObject({ status: 503, text: 'not recorded, send again' });
  });

  test.each([
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'not a content type',
    ';;;',
  ])('is taken with the content type "%s"', async (type) => {
    const { port, captured } = await startServer();
    expect((await ask(port, '/webhooks/support', signed(body, { 'content-type': type }))).status).toBe(200);
    expect(captured).toEqual([Buffer.from(body)]);
  });

  test('is taken without a content type, and sent in chunks', async () => {
    const { port, captured } = await startServer();
    const headers = { 'x-hub-signature-256': sign(body), 'transfer-encoding': 'chunked' };
    expect((await ask(port, '/webhooks/support', { method: 'POST', body, headers })).status).toBe(200);
    expect(captured).toEqual([Buffer.from(body)]);
  });

  test('without a body is checked like any other', async () => {
    const { port, captured } = await startServer();
    expect((await ask(port, '/webhooks/support', { method: 'POST' })).status).toBe(401);
    expect((await ask(port, '/webhooks/support', signed(''))).status).toBe(200);
    expect(captured).toEqual([Buffer.alloc(0)]);
  });

  test('of exactly 3 MiB is taken', async () => {
    const { port, captured } = await startServer();
    const large = Buffer.alloc(maxWebhookBytes, 0x20);
    expect((await ask(port, '/webhooks/support', signed(large))).status).toBe(200);
    expect(captured[0]?.length).toBe(maxWebhookBytes);
  });

  test.each([
    ['announced', {}],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('over 3 MiB, %s, is answered 413 and not captured', async (_case, headers) => {
    const { port, captured } = await startServer();
    const large = Buffer.alloc(maxWebhookBytes + 1, 0x20);
    expect(
      (await ask(port, '/webhooks/support', signed(large, headers as Record<string, string>))).status,
    ).toBe(413);
    expect(captured).toEqual([]);
  });

  test.each([
    ['nothing but brackets', '['.repeat(200_000)],
    ['no JSON', '\0\0\0'],
    ['a prototype', '{"__proto__":{"polluted":true}}'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0xed, 0xa0, 0x80])],
  ])('of hostile content (%s) never makes a 500', async (_case, hostile) => {
    const { port } = await startServer();
    expect((await ask(port, '/webhooks/support', signed(hostile))).status).toBe(200);
    const unsigned = await ask(port, '/webhooks/support', { method: 'POST', body: hostile });
    expect(unsigned.status).toBe(401);
  });

  test('whose sender breaks off is not captured, and the server lives on', async () => {
    const { port, captured, app } = await startServer();
    const aborted = new Promise<void>((resolve) =>
      app.server.prependOnceListener('request', (incoming) => incoming.once('close', () => resolve())),
    );
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /webhooks/support HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf');
    await once(app.server, 'request');
    socket.destroy();
    await aborted;
    expect((await ask(port, '/webhooks/support', signed(body))).status).toBe(200);
    expect(captured).toEqual([Buffer.from(body)]);
  });

  test('that was answered leaves no line in the log at level info', async () => {
    const { port, logged } = await startServer();
    await ask(port, '/webhooks/support', signed(body));
    await ask(port, '/webhooks/support', { method: 'POST', body });
    expect(logged).toEqual([]);
  });
});

test.each(['/%', '/webhooks/%E0%A4%A', '/api/%zz'])(
  'an address that cannot be read (%s) is a 4xx',
  async (path) => {
    const { port } = await startServer();
    const answer = await ask(port, path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  },
);
