import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { SourceError } from '../../src/core/source-errors.ts';
import { checkAddress, isPublic, publicLookup, type Resolve } from '../../src/sources/addresses.ts';
import { openDownload, type DownloadRequest } from '../../src/sources/download.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

interface Local {
  readonly url: string;
  readonly port: number;
  readonly seen: IncomingMessage[];
}

async function serve(listener: RequestListener): Promise<Local> {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    listener(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, seen };
}

const secret = 'Bearer very-secret';

function requestOf(url: string, configured: readonly string[], more: Partial<DownloadRequest> = {}) {
  return {
    url,
    configured,
    headers: { authorization: secret },
    hosts: ['cdn.example.com', '.files.example.com'],
    maxBytes: 1_000,
    signal: new AbortController().signal,
    ...more,
  };
}

async function failureOf(request: DownloadRequest): Promise<SourceError> {
  const outcome = await openDownload(request)
    .then(
      ({ stream }) => buffer(stream).then(() => undefined),
      (error: unknown) => error,
    )
    .catch((error: unknown) => error);
  if (outcome === undefined) throw new Error('the file came');
  return outcome as SourceError;
}

/** Resolves names as told, one answer after the other. */
function resolver(...answers: readonly (readonly string[])[]): Resolve & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (host, callback) => {
    const answer = answers[asked.length] ?? answers.at(-1) ?? [];
    asked.push(host);
    callback(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return Object.assign(resolve, { asked });
}

describe('which addresses may be asked for a file', () => {
  const allowed = {
    hosts: ['cdn.example.com', '.files.example.com'],
    configured: ['http://10.0.0.5:8080/x'],
  };
  const isAllowed = (url: string) => {
    try {
      checkAddress(new URL(url), allowed);
      return true;
    } catch {
      return false;
    }
  };

  test.each([
    'https://cdn.example.com/a?b=c',
    'https://CDN.example.com:443/a',
    'https://eu.files.example.com/',
    'http://10.0.0.5:8080/other',
  ])('%s may', (url) => expect(isAllowed(url)).toBe(true));

  test.each([
    'http://cdn.example.com/',
    'https://cdn.example.com:8443/',
    'https://cdn.example.com.evil.org/',
    'https://evilcdn.example.com/',
    'https://files.example.com/',
    'https://evilfiles.example.com/',
    'https://user:password@cdn.example.com/',
    'ftp://cdn.example.com/',
    'file:///etc/passwd',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'http://10.0.0.5:8081/',
    'https://10.0.0.5:8080/',
    'http://user@10.0.0.5:8080/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://cdn.example.com@127.0.0.1/',
    'https://cdn.example.com%2f@127.0.0.1/',
    'https://127.0.0.1\\@cdn.example.com/',
    'https://cdn.example.com./',
    'https://169.254.169.254.nip.io/',
    'gopher://cdn.example.com/',
    'data:text/plain,x',
    'javascript:alert(1)',
  ])('%s may not', (url) => expect(isAllowed(url)).toBe(false));

  test.each([
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '192.168.1.1'],
    ['loopback', '127.1.2.3'],
    ['loopback', '::1'],
    ['link-local', '169.254.169.254'],
    ['link-local', 'fe80::1'],
    ['unique local', 'fd00::1'],
    ['shared (CGNAT)', '100.64.0.1'],
    ['multicast', '224.0.0.1'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '::'],
    ['IPv4 in disguise', '::ffff:8.8.8.8'],
    ['translated', '64:ff9b::7f00:1'],
    ['tunnelled', '2002:7f00:1::'],
    ['no', 'cdn.example.com'],
  ])('a %s address is not public: %s', (_what, address) => expect(isPublic(address)).toBe(false));

  test('others are', () => expect([isPublic('157.240.1.1'), isPublic('2a03:2880::1')]).toEqual([true, true]));
});

describe('a download', () => {
  test('gives the bytes, their type and size, and asks with the credentials', async () => {
    const { url, seen } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': 3 }).end('abc');
    });
    const { stream, mimeType, size } = await openDownload(requestOf(`${url}/f`, [url]));
    expect([await buffer(stream), mimeType, size]).toEqual([Buffer.from('abc'), 'image/png', 3]);
    expect(seen[0]?.headers.authorization).toBe(secret);
  });

  test.each([
    [401, 'source-auth-failed'],
    [403, 'source-permission-missing'],
    [404, 'media-expired'],
    [410, 'media-expired'],
    [429, 'source-throttled'],
    [500, 'source-unavailable'],
    [503, 'source-unavailable'],
    [204, 'source-answer-unreadable'],
  ])('answered with %i is %s', async (status, code) => {
    const { url } = await serve((_request, response) => response.writeHead(status).end());
    const error = await failureOf(requestOf(`${url}/f?token=hidden`, [url]));
    expect(error).toMatchObject({ code });
    expect(error.message).not.toMatch(/hidden|secret|127\.0\.0\.1/);
  });

  test('tells how long it is asked to wait', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end(),
    );
    expect(await failureOf(requestOf(url, [url]))).toMatchObject({ retryAfterMs: 7_000 });
  });

  test('takes a page for the one that asks to log in, unless the file is one', async () => {
    const { url } = await serve((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
    );
    expect(await failureOf(requestOf(url, [url]))).toMatchObject({ code: 'source-auth-failed' });
    const { stream } = await openDownload(requestOf(url, [url], { html: true }));
    expect(String(await buffer(stream))).toBe('<html>');
  });

  test('is refused when it says that it is too large, and cut when it does not say so', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/said') response.setHeader('content-length', 2_000);
      response.end(Buffer.alloc(2_000));
    });
    expect(await failureOf(requestOf(`${url}/said`, [url]))).toMatchObject({ code: 'media-too-large' });
    expect(await failureOf(requestOf(`${url}/not`, [url]))).toMatchObject({ code: 'media-too-large' });
  });

  test('that stalls, breaks off or is never answered is an outage', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/never') return;
      response.writeHead(200, { 'content-length': 10 });
      response.write('abc', () => request.url === '/breaks' && response.destroy());
    });
    for (const path of ['/never', '/stalls', '/breaks']) {
      const error = await failureOf(requestOf(url + path, [url], { idleMs: 100 }));
      expect(error).toMatchObject({ code: 'source-unavailable' });
    }
  });

  test('nobody listens for is an outage, whose error names no address', async () => {
    const { url } = await serve(() => undefined);
    const [server] = servers.splice(0);
    server?.close();
    const error = await failureOf(requestOf(`${url}/f`, [url]));
    expect(error).toMatchObject({ code: 'source-unavailable' });
    expect(error.message).not.toContain('127.0.0.1');
  });

  test('ends with its signal, before and after it was answered', async () => {
    const control = new AbortController();
    const { url, seen } = await serve((request, response) => {
      if (request.url === '/open') response.writeHead(200).write('abc');
      else control.abort();
    });
    const { stream } = await openDownload(requestOf(`${url}/open`, [url], { signal: control.signal }));
    const read = buffer(stream).then(
      () => 'whole',
      () => 'broken',
    );
    const error = await failureOf(requestOf(`${url}/never`, [url], { signal: control.signal }));
    expect([error.name, await read, seen.length]).toEqual(['AbortError', 'broken', 2]);
  });
});

describe('a redirect', () => {
  const redirectTo = (location: string, status = 302) =>
    serve((request, response) => {
      if (request.url === '/end') response.writeHead(200).end('here');
      else response.writeHead(status, { location }).end();
    });

  test('on the same host is followed with the credentials', async () => {
    const { url, seen } = await redirectTo('/end');
    const { stream } = await openDownload(requestOf(url, [url]));
    expect(String(await buffer(stream))).toBe('here');
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([secret, secret]);
  });

  test('to another host that is allowed is followed without them', async () => {
    const other = await serve((_request, response) => response.end('there'));
    const { url } = await redirectTo(`${other.url}/f`);
    const { stream } = await openDownload(requestOf(url, [url, other.url]));
    expect(String(await buffer(stream))).toBe('there');
    expect(other.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test('whose signed link is refused there says nothing about our credentials', async () => {
    const other = await serve((_request, response) => response.writeHead(403).end());
    const { url } = await redirectTo(`${other.url}/f`);
    expect(await failureOf(requestOf(url, [url, other.url]))).toMatchObject({ code: 'source-unavailable' });
  });

  test.each([
    'http://169.254.169.254/latest/meta-data/iam',
    'https://127.0.0.1/',
    'https://evil.example.org/',
    'http://cdn.example.com/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:6379/_FLUSHALL',
    '//127.0.0.1/',
    '///127.0.0.1/',
    'http://2130706433/',
    'http://[::ffff:127.0.0.1]/',
    'http://[',
  ])('to %s is refused', async (location) => {
    const { url, seen } = await redirectTo(location);
    const error = await failureOf(requestOf(url, [url]));
    expect([error.code, seen.length]).toEqual(['media-address-refused', 1]);
  });

  test('to another port of this machine is refused, and nobody is asked there', async () => {
    const other = await serve((_request, response) => response.end('inside'));
    const { url } = await redirectTo(other.url);
    expect(await failureOf(requestOf(url, [url]))).toMatchObject({ code: 'media-address-refused' });
    expect(other.seen).toEqual([]);
  });

  test('that never ends is given up after five', async () => {
    const { url, seen } = await redirectTo('/again', 307);
    expect(await failureOf(requestOf(url, [url]))).toMatchObject({ code: 'media-address-refused' });
    expect(seen).toHaveLength(6);
  });

  test('is mapped before it is asked', async () => {
    const { url, seen } = await redirectTo('https://lookaside.example.net/end?x=1');
    const map = (to: URL) => new URL(to.pathname.replace('?', ''), url);
    const { stream } = await openDownload(requestOf(url, [url], { map }));
    expect(String(await buffer(stream))).toBe('here');
    expect(seen.map((request) => request.url)).toEqual(['/', '/end']);
  });
});

describe('a name', () => {
  test.each([
    ['leads to this machine', ['127.0.0.1']],
    ['has one private address among public ones', ['157.240.1.1', '10.0.0.1']],
    ['leads nowhere', []],
  ])('that %s is refused', async (_what, addresses) => {
    const resolve = resolver(addresses);
    const error = await failureOf(requestOf('https://cdn.example.com/f', [], { resolve }));
    expect([error.code, resolve.asked]).toEqual(['media-address-refused', ['cdn.example.com']]);
  });

  test('that changes its mind between two requests is looked at each time', async () => {
    const resolve = resolver(['127.0.0.1']);
    const first = await serve((_request, response) =>
      response.writeHead(302, { location: 'https://cdn.example.com/f' }).end(),
    );
    const error = await failureOf(requestOf(first.url, [first.url], { resolve }));
    expect([error.code, resolve.asked]).toEqual(['media-address-refused', ['cdn.example.com']]);
  });

  test('is connected to at the very addresses that were looked at', async () => {
    // What a rebinding name says: a public address first, and this machine to whoever asks again.
    const resolve = resolver(['157.240.1.1', '2a03:2880::1'], ['127.0.0.1']);
    const given: unknown[] = [];
    const lookup = publicLookup(() => given.push('refused'), resolve);
    lookup('cdn.example.com', { all: true }, (...answer) => void given.push(answer));
    expect([given, resolve.asked.length]).toEqual([
      [
        [
          null,
          [
            { address: '157.240.1.1', family: 4 },
            { address: '2a03:2880::1', family: 6 },
          ],
        ],
      ],
      1,
    ]);
    lookup('cdn.example.com', { all: false }, (error) => void given.push(error?.message));
    expect(given.slice(1)).toEqual(['refused', 'the address is not public']);
  });

  test('that cannot be resolved is an outage', async () => {
    const resolve: Resolve = (_host, callback) =>
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), []);
    const error = await failureOf(requestOf('https://cdn.example.com/f', [], { resolve }));
    expect([error.code, error.message]).toEqual([
      'source-unavailable',
      'The source did not answer or said it is down. ENOTFOUND',
    ]);
  });
});
