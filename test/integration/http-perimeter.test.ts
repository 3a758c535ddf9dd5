import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { ask, consolePages, startServer, stopServers, type Running } from '../support/http.ts';
import {
  startIdentityProvider,
  clientId,
  clientSecret,
  type IdentityProvider,
} from '../support/identity-provider.ts';
import { fakeOperations, fileHash, key } from '../support/operations.ts';

const adminToken = 'a-token-of-the-admin';
let provider: IdentityProvider;
let running: Running;
let port: number;
const asked: unknown[][] = [];
/** what somebody calls a file that he sends */
const sent = { fileName: '', mimeType: '' };

beforeAll(async () => {
  provider = await startIdentityProvider();
  const operations = fakeOperations(asked);
  const stream = () => Readable.from([Buffer.from('file')]);
  running = await startServer({
    adminToken,
    operations: {
      ...operations,
      chats: {
        ...operations.chats,
        file: async () => ({ ...sent, stream: stream(), size: 4, conversation: key }) as never,
      },
    },
    console: {
      folder: consolePages,
      publicUrl: 'http://console.example',
      secret: 'a-secret-of-the-console',
      provider: {
        issuer: provider.issuer,
        clientId,
        clientSecret,
        scope: 'openid',
        rolesClaim: 'groups',
        roles: { viewer: ['*'], admin: [], compliance: [] },
      },
    },
  });
  port = running.port;
});
afterAll(async () => {
  await stopServers();
  await provider.close();
});

/** Everything that is answered to these bytes until the server cuts them off. */
async function raw(bytes: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}

function expectSecurityHeaders(headers: Record<string, unknown>): void {
  expect(String(headers['content-security-policy'])).toMatch(/^default-src 'none'; base-uri 'none'; /);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  for (const name of ['server', 'x-powered-by']) expect(headers).not.toHaveProperty(name);
}

const bearer = { authorization: `Bearer ${adminToken}` };
const json = { 'content-type': 'application/json' };

describe('security headers', () => {
  test.each([
    ['GET', '/', 200, {}, ''],
    ['HEAD', '/', 200, {}, ''],
    ['GET', '/assets/app.js', 200, {}, ''],
    ['GET', '/assets/none.js', 404, {}, ''],
    ['GET', '/none', 404, {}, ''],
    ['OPTIONS', '/api/status', 404, {}, ''],
    ['TRACE', '/api/status', 404, {}, ''],
    ['GET', '/%', 400, {}, ''],
    ['GET', '/auth/callback', 303, {}, ''],
    ['GET', '/api/status', 401, {}, ''],
    ['POST', '/api/session', 415, { 'content-type': 'text/plain' }, 'x'],
    ['POST', '/api/session', 413, json, JSON.stringify({ token: 'x'.repeat(9_000) })],
    ['POST', '/webhooks/support', 401, {}, '{}'],
    ['GET', '/api/shared/x', 404, {}, ''],
    ['GET', '/api/interactions?limit=0', 400, bearer, ''],
  ])('are on the answer to %s %s (%i)', async (method, path, status, headers, body) => {
    const answer = await ask(port, path, {
      method,
      headers: headers as Record<string, string>,
      ...(body !== '' && { body }),
    });
    expect(answer.status).toBe(status);
    expectSecurityHeaders(answer.headers);
    expect(answer.text).not.toMatch(/fastify|node_modules|node:|at .*\.[jt]s:/i);
  });

  test.each([
    ['is none', 'GARBAGE\r\n\r\n', 400],
    [
      'has two lengths',
      'POST /webhooks/support HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\n{}{}',
      400,
    ],
    ['has a header without end', `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}`, 431],
    ['names no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['has a NUL in a header', 'GET / HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n', 400],
    [
      'has a broken chunk',
      'POST /webhooks/support HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
  ])('are on the answer to a request that %s', async (_what, bytes, status) => {
    const text = await raw(bytes);
    const [head = ''] = text.split('\r\n\r\n');
    const [line, ...lines] = head.split('\r\n');
    expect(line).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const headers = Object.fromEntries(
      lines.map((one) => [one.slice(0, one.indexOf(':')).toLowerCase(), one.slice(one.indexOf(':') + 2)]),
    );
    expect(headers['connection']).toBe('close');
    // Without a host Node itself answers, and nothing else.
    if (!bytes.startsWith('GET / HTTP/1.1\r\n\r\n')) expectSecurityHeaders(headers);
  });
});

describe('a second request hidden in the first', () => {
  const hidden = `GET /api/status HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${adminToken}\r\n\r\n`;
  const start = 'POST /webhooks/support HTTP/1.1\r\nhost: x\r\n';

  test.each([
    [
      'behind a length and chunks',
      `${start}content-length: ${hidden.length + 5}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    [
      'behind chunks and a length',
      `${start}transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    [
      'behind an encoding with a blank',
      `${start}transfer-encoding : chunked\r\ncontent-length: 0\r\n\r\n${hidden}`,
    ],
    [
      'behind an unknown encoding',
      `${start}transfer-encoding: xchunked\r\ncontent-length: 0\r\n\r\n${hidden}`,
    ],
    [
      'behind a folded header',
      `${start}transfer-encoding:\r\n chunked, identity\r\ncontent-length: 0\r\n\r\n${hidden}`,
    ],
    ['behind a length with a sign', `${start}content-length: +0\r\n\r\n${hidden}`],
    [
      'behind a bare line feed',
      `${start}content-length: 0\r\nx: y\ntransfer-encoding: chunked\r\n\r\n${hidden}`,
    ],
  ])('is not answered: %s', async (_where, bytes) => {
    asked.length = 0;
    const text = await raw(bytes);
    expect(text.match(/^HTTP\/1\.1 /gm) ?? []).toHaveLength(1);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(asked).toEqual([]);
  });
});

describe('whoever takes his time', () => {
  test('over the head of a request, or its body, is cut off', async () => {
    const { server } = running.app;
    const before = { head: server.headersTimeout, whole: server.requestTimeout };
    expect(before).toEqual({ head: 20_000, whole: 60_000 });
    Object.assign(server, { headersTimeout: 50, requestTimeout: 100 });
    const texts = await Promise.all([
      raw('GET / HTTP/1.1\r\nhost: x\r\nx-slow'),
      raw('POST /webhooks/support HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{'),
    ]);
    Object.assign(server, { headersTimeout: before.head, requestTimeout: before.whole });
    expect(texts[0]).toMatch(/^HTTP\/1\.1 408 /);
    expect(texts[1]).toMatch(/^HTTP\/1\.1 40[08] /);
    expect(running.captured).toEqual([]);
  });

  test('is refused before anybody waits for his body, where he may not send one', async () => {
    const text = await raw(
      'POST /api/failed/replay HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4000000\r\nconnection: close\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('a method', () => {
  test('is the one of the request, whatever its headers or its address say', async () => {
    asked.length = 0;
    for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
      const headers = { ...bearer, [name]: 'POST' };
      expect((await ask(port, '/api/failed/replay?_method=POST', { headers })).status).toBe(404);
    }
    expect(asked).toEqual([]);
  });
});

describe('a value that goes into a header', () => {
  test.each([
    ['a\r\nset-cookie: wcs_session=x', 'image/png'],
    ['a"; filename="b.html', 'image/png'],
    ['lone \ud800 half', 'image/png'],
    ['‮gpj.exe', 'audio/ogg\r\nset-cookie: a=b'],
    ['x', 'text/html'],
    ['x', 'image/svg+xml'],
    ['', ''],
  ])('is no header of its own: %j, %j', async (fileName, mimeType) => {
    await expectHarmless(fileName, mimeType);
  });

  test('is not longer than a header may be', async () => {
    await expectHarmless('\u{1F600}'.repeat(5_000), 'a'.repeat(5_000));
  });

  async function expectHarmless(fileName: string, mimeType: string): Promise<void> {
    Object.assign(sent, { fileName, mimeType });
    const answer = await ask(port, `/api/interactions/${key}/files/${fileHash}`, { headers: bearer });
    expect([answer.status, answer.text]).toEqual([200, 'file']);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers['content-type']).toBe(
      mimeType === 'image/png' ? mimeType : 'application/octet-stream',
    );
    expect(answer.headers['content-disposition']).toMatch(
      /^(inline|attachment); filename\*=UTF-8''[\w.!~*()%-]*$/,
    );
    expectSecurityHeaders(answer.headers);
  }
});

describe('the way back after signing in', () => {
  test.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/%0d%0aset-cookie:a=b',
    '/.//evil.example',
    '/..//evil.example',
    '/@evil.example',
    '/x?to=//evil.example',
    'https:evil.example',
    '\\\\evil.example',
    ' //evil.example',
    '/a#//evil.example',
  ])('stays here: %j', async (to) => {
    const started = await ask(port, `/auth/start?to=${encodeURIComponent(to)}`);
    const cookie = (started.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
    const there = await fetch(String(started.headers.location), { redirect: 'manual' });
    const { search } = new URL(there.headers.get('location') ?? '');
    const done = await ask(port, `/auth/callback${search}`, { headers: { cookie } });
    expect(done.status).toBe(303);
    expect(new URL(String(done.headers.location), 'http://console.example/auth/callback').host).toBe(
      'console.example',
    );
    expect((done.headers['set-cookie'] ?? []).every((one) => /^wcs_(session|sign_in)=/.test(one))).toBe(true);
    // What was begun is used up: with the same cookie and answer nobody comes in again.
    const again = await ask(port, `/auth/callback${search}`, { headers: { cookie } });
    expect(again.headers.location).toBe('/sign-in?problem=refused');
  });
});

describe('a path', () => {
  test.each([
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/..\\index.html',
    '/assets/%5c..%5cindex.html',
    '/assets/....//index.html',
    '/assets/%00app.js',
    '/assets/app.js%00.css',
    '/assets//etc/passwd',
    '/assets/%2fetc%2fpasswd',
    '/assets/.',
    '/assets/..;/index.html',
    '/assets/%252e%252e/index.html',
    '//etc/passwd',
    'http://x/assets/../index.html',
  ])('leads to no file but those of the page: %s', async (path) => {
    const answer = await ask(port, path);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toMatch(/<html|root:|"dependencies"/);
  });
});
