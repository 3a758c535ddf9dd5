import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { sourceErrorTable } from '../../src/core/source-errors.ts';
import type { OpenLedger } from '../../src/ledger/open.ts';
import { mediaRetryDelay } from '../../src/pipeline/media.ts';
import { SourcePause } from '../../src/pipeline/source-pause.ts';
import { demoMedia, startWhatsApp, type WhatsAppSandbox } from '../../src/sandbox/whatsapp/index.ts';
import type { SandboxMedia } from '../../src/sandbox/whatsapp/media.ts';
import { createWhatsAppMedia } from '../../src/sources/whatsapp-cloud/media-client.ts';
import { openEmptyLedger } from '../support/ledger.ts';
import { openMediaBench, type MediaBench } from '../support/media-bench.ts';
import { makeTempFolder } from '../support/temp.ts';

const secrets = { accessToken: 'good-access-token', apiKey: 'good-api-key' };
const day = 86_400_000;

const hashOf = (data: Buffer, encoding: 'hex' | 'base64' = 'base64') =>
  createHash('sha256').update(data).digest(encoding);
const fileOf = ({ id, mimeType, data }: SandboxMedia, more: object = {}) => ({
  id,
  mime_type: mimeType,
  sha256: hashOf(data),
  ...more,
});
const missing = (code: keyof typeof sourceErrorTable) => ({
  state: 'missing',
  code,
  text: sourceErrorTable[code].text,
});

const folder = makeTempFolder('media-ledger');
let store: OpenLedger;
let sandbox: WhatsAppSandbox;
let bench: MediaBench;
let clock = 0;

const cloud = (secret = secrets.accessToken) =>
  createWhatsAppMedia({
    id: 'support',
    kind: 'whatsapp-cloud',
    apiUrl: sandbox.url,
    apiVersion: 'v25.0',
    secret,
  });

beforeAll(async () => {
  store = await openEmptyLedger(folder.path);
});

afterAll(async () => {
  await store.ledger.close();
  folder.remove();
});

beforeEach(async () => {
  clock = Date.now();
  sandbox = await startWhatsApp({ ...secrets, now: () => clock });
  bench = await openMediaBench(store, cloud());
});

afterEach(async () => {
  expect(bench.logged.join('\n')).not.toMatch(/good-|http:|https:|lookaside|\+?14155550100/);
  bench.close();
  await sandbox.close();
});

/** A file of the look-alike that behaves as told, and its message. */
async function receiveOdd(more: Partial<SandboxMedia>, said: object = {}): Promise<string> {
  const media = { ...demoMedia.photo, id: '77', ...more };
  sandbox.addMedia(media);
  return bench.receive('wamid.odd', fileOf(media, said));
}

describe('a file of a message', () => {
  it('is kept by its hash and told as an event: a voice note', async () => {
    const { voice } = demoMedia;
    const key = await bench.receive('wamid.voice', fileOf(voice, { voice: true }), 'audio');
    await bench.fetch();
    const sha256 = hashOf(voice.data, 'hex');
    expect(await bench.results(key)).toEqual([
      { state: 'stored', sha256, size: voice.data.length, mimeType: voice.mimeType },
    ]);
    expect(await buffer(await bench.files.open(sha256))).toEqual(voice.data);
    const events = (await bench.ledger.interaction(key))?.events ?? [];
    expect(events.map(({ kind, providerId }) => [kind, providerId])).toEqual([
      ['message', 'wamid.voice'],
      ['media', 'wamid.voice'],
    ]);
    expect(await bench.row(key)).toMatchObject({ state: 'done' });
  });

  it('keeps its name; a hash in hex, as in history, is as good', async () => {
    const { offer } = demoMedia;
    const file = fileOf(offer, { filename: 'offer.pdf', sha256: hashOf(offer.data, 'hex').toUpperCase() });
    const key = await bench.receive('wamid.offer', file, 'document');
    await bench.fetch();
    expect(await bench.results(key)).toMatchObject([{ state: 'stored', fileName: 'offer.pdf' }]);
    expect(bench.logged.join()).not.toContain('offer.pdf');
  });

  it('is one file for several messages of the same content', async () => {
    const first = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    const second = await bench.receive('wamid.2', fileOf(demoMedia.photo));
    await bench.fetch();
    expect(await bench.results(second)).toEqual(await bench.results(first));
    expect(bench.kept()).toHaveLength(1);
  });

  it('comes from 360dialog by its key and its own host', async () => {
    const options = { id: 'support', kind: '360dialog' as const, apiUrl: sandbox.url };
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    await bench.fetch({ source: createWhatsAppMedia({ ...options, secret: secrets.apiKey }) });
    expect(await bench.results(key)).toMatchObject([{ state: 'stored' }]);
  });

  it('of a page is kept when the message says that it is one', async () => {
    const page = { id: '88', mimeType: 'text/html', data: Buffer.from('<html>') };
    sandbox.addMedia(page);
    const key = await bench.receive('wamid.page', fileOf(page), 'document');
    await bench.fetch();
    expect(await bench.results(key)).toMatchObject([{ state: 'stored', mimeType: 'text/html' }]);
  });

  it('whose event was appended before a kill is not told twice', async () => {
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    await bench
      .fetch({
        ledger: { ...bench.ledger, settleMedia: () => Promise.reject(new Error('killed')) },
      })
      .catch(() => undefined);
    await bench.ledger.releaseLeases('two');
    await bench.fetch({ owner: 'two' });
    const kinds = (await bench.ledger.interaction(key))?.events.map(({ kind }) => kind);
    expect([kinds, await bench.row(key)]).toMatchObject([['message', 'media'], { state: 'done' }]);
  });
});

describe('a file that will not come', () => {
  const asked = async (key: string) => [await bench.results(key), (await bench.row(key)).state];

  it('is told as expired at once, and asked for again while the provider should still have it', async () => {
    const key = await bench.receive('wamid.1', { id: '404', mime_type: 'image/png' });
    await bench.fetch();
    expect(await asked(key)).toEqual([[missing('media-expired')], 'waiting']);
    expect(await bench.ledger.alerts()).toMatchObject([{ subject: 'media', code: 'media-expired' }]);
    sandbox.addMedia({ ...demoMedia.photo, id: '404' });
    await bench.hurry();
    await bench.fetch();
    expect(await asked(key)).toMatchObject([[{ state: 'stored' }], 'done']);
  });

  it('is asked for with a new link when the first one has ended', async () => {
    let links = 0;
    const aged = createWhatsAppMedia({
      id: 'support',
      kind: 'whatsapp-cloud',
      apiUrl: sandbox.url,
      apiVersion: 'v25.0',
      secret: secrets.accessToken,
    });
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    await sandbox.close();
    sandbox = await startWhatsApp({
      ...secrets,
      port: Number(new URL(sandbox.url).port),
      // the clock jumps once, between the first link and its use
      now: () => (links++ === 1 ? clock + 10 * 60_000 : clock),
    });
    await bench.fetch({ source: aged });
    expect(await asked(key)).toMatchObject([[{ state: 'stored' }], 'done']);
    expect(sandbox.requests).toMatchObject({ media: 2, download: 2 });
  });

  it.each([
    ['the link says so', {}],
    ['nobody says so', { hidesSize: true }],
  ])('is told as too large when %s, and nothing of it is kept', async (_how, more) => {
    const key = await receiveOdd({ ...more, data: Buffer.alloc(5_000) });
    await bench.fetch({ maxBytes: 4_999 });
    expect(await asked(key)).toEqual([[missing('media-too-large')], 'done']);
    expect(bench.kept()).toEqual([]);
  });

  it('is not even asked for when its type is not wanted', async () => {
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    await bench.fetch({ types: ['audio/*', 'application/pdf'] });
    expect(await asked(key)).toEqual([[missing('media-type-refused')], 'done']);
    expect(sandbox.requests.media).toBe(0);
  });

  it.each([
    ['this machine', 'http://127.0.0.1:9/'],
    ['the cloud host’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['somebody else', 'https://files.example.org/x'],
  ])('is refused when its link leads to %s, and an admin hears of it', async (_whom, redirectTo) => {
    const key = await receiveOdd({ redirectTo });
    await bench.fetch();
    expect(await asked(key)).toEqual([[missing('media-address-refused')], 'done']);
    expect(await bench.alerts()).toMatchObject([{ subject: 'media', code: 'media-address-refused' }]);
  });
});

describe('a file with another hash than it was announced with', () => {
  it('is fetched again, and kept in the end with an alert', async () => {
    const wrong = hashOf(Buffer.from('something else'));
    const key = await receiveOdd({ sha256: wrong }, { sha256: wrong });
    await bench.fetch();
    expect(await bench.row(key)).toMatchObject({ attempts: 1, code: 'media-hash-wrong', due: false });
    await bench.hurry();
    await bench.fetch();
    expect([await bench.results(key), await bench.alerts()]).toEqual([[undefined], []]);
    await bench.hurry();
    await bench.fetch();
    const sha256 = hashOf(demoMedia.photo.data, 'hex');
    expect(await bench.results(key)).toMatchObject([{ state: 'stored', sha256 }]);
    expect(await bench.alerts()).toMatchObject([{ subject: 'media', code: 'media-hash-wrong' }]);
    await bench.receive('wamid.good', fileOf(demoMedia.voice), 'audio');
    await bench.fetch();
    expect(await bench.alerts()).toHaveLength(1);
  });

  it('is checked against the link too', async () => {
    const key = await receiveOdd(
      { sha256: hashOf(Buffer.from('x'), 'hex') },
      { sha256: hashOf(demoMedia.photo.data) },
    );
    await bench.fetch();
    expect(await bench.row(key)).toMatchObject({ code: 'media-hash-wrong' });
  });

  it('is not compared with what is no hash', async () => {
    const key = await receiveOdd({ sha256: '<SHA256>' }, { sha256: 'abc' });
    await bench.fetch();
    expect(await bench.results(key)).toMatchObject([{ state: 'stored' }]);
  });
});

describe('a source that does not give its files now', () => {
  it('with a dead token is left alone and told about, and the file comes when the token is renewed', async () => {
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    await bench.fetch({ source: cloud('bad-token') });
    expect([await bench.row(key), bench.pause.isOn]).toMatchObject([
      { attempts: 0, state: 'waiting', code: 'source-auth-failed', due: false },
      true,
    ]);
    expect(await bench.alerts()).toMatchObject([{ subject: 'media', code: 'source-auth-failed' }]);
    await bench.hurry();
    await bench.fetch();
    expect(await bench.row(key)).toMatchObject({ state: 'waiting' });
    await bench.fetch({ pause: new SourcePause() });
    expect([await bench.results(key), await bench.alerts()]).toMatchObject([[{ state: 'stored' }], []]);
  });

  it('that throttles waits for as long as it asks, and burns no attempt', async () => {
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    sandbox.failMedia('throttled');
    await bench.fetch();
    expect(await bench.row(key)).toMatchObject({ attempts: 0, code: 'source-throttled', due: false });
    const [row] = await bench.sql.query<{ seconds: number }>(
      'select extract(epoch from not_before - now())::float8 as seconds from wcs.media',
    );
    expect(row?.seconds).toBeGreaterThan(110);
    expect(await bench.alerts()).toEqual([]);
    sandbox.failMedia(undefined);
    await bench.hurry();
    await bench.fetch({ pause: new SourcePause() });
    expect(await bench.results(key)).toMatchObject([{ state: 'stored' }]);
  });

  it('that breaks off is asked again, and after eight tries the file is told as missing', async () => {
    const key = await receiveOdd({ breaksAfter: 10 });
    for (let attempt = 1; attempt < 8; attempt += 1) {
      await bench.fetch({ pause: new SourcePause() });
      expect(await bench.row(key)).toMatchObject({
        attempts: attempt,
        code: 'source-unavailable',
        due: false,
      });
      await bench.hurry();
    }
    expect(await bench.results(key)).toEqual([undefined]);
    await bench.fetch({ pause: new SourcePause() });
    expect(await bench.results(key)).toEqual([missing('media-unavailable')]);
    expect(bench.kept()).toEqual([]);
  });

  it('that is down as a whole burns no attempts of a file, however long', async () => {
    const keys: string[] = [];
    for (let nth = 0; nth < 6; nth += 1)
      keys.push(await bench.receive(`wamid.${nth}`, fileOf(demoMedia.photo)));
    sandbox.failMedia('down');
    await bench.fetch();
    expect(bench.pause.isOn).toBe(true);
    const attempts = await Promise.all(keys.map(async (key) => (await bench.row(key)).attempts));
    expect(attempts.reduce((sum, each) => sum + each, 0)).toBe(3);
    sandbox.failMedia(undefined);
    await bench.hurry();
    await bench.fetch({ pause: new SourcePause() });
    for (const key of keys) expect(await bench.results(key)).toMatchObject([{ state: 'stored' }]);
  });

  it('is given up for files that it does not keep so long', async () => {
    const key = await receiveOdd({ breaksAfter: 10 });
    await bench.sql.query(`update wcs.media set added_at = now() - interval '8 days'`);
    await bench.fetch();
    expect(await bench.results(key)).toEqual([missing('media-unavailable')]);
  });

  it('is left alone for half an hour by 360dialog’s rule after fifteen errors', async () => {
    const options = { id: 'support', kind: '360dialog' as const, apiUrl: sandbox.url };
    const dialog = createWhatsAppMedia({ ...options, secret: secrets.apiKey });
    for (let nth = 0; nth < 18; nth += 1) await bench.receive(`wamid.${nth}`, { id: `${900 + nth}` });
    await bench.fetch({ source: dialog });
    expect(sandbox.requests.media).toBeGreaterThanOrEqual(15);
    expect(sandbox.requests.media).toBeLessThan(20);
    expect(bench.pause.isOn).toBe(true);
  });
});

describe('what is no fault of a file', () => {
  it('a full disk holds all of them, and is told', async () => {
    const key = await bench.receive('wamid.1', fileOf(demoMedia.photo));
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    const files = { ...bench.files, put: () => Promise.reject(full) };
    await bench.fetch({ files });
    expect(await bench.row(key)).toMatchObject({ attempts: 0, state: 'waiting' });
    expect(await bench.alerts()).toEqual([
      { subject: 'media', code: 'file-store-failed', text: 'Files cannot be kept here: ENOSPC.' },
    ]);
    await bench.hurry();
    await bench.fetch({ pause: new SourcePause() });
    expect([await bench.results(key), await bench.alerts()]).toMatchObject([[{ state: 'stored' }], []]);
  });

  it('a file that takes too long is tried again', async () => {
    const key = await receiveOdd({ ready: new Promise(() => undefined) });
    await bench.fetch({ fileMs: 200 });
    expect(await bench.row(key)).toMatchObject({ attempts: 1, code: 'source-unavailable' });
  });

  it('eight tries of a file take more than three days and less than the seven that Meta keeps it', () => {
    const total = [1, 2, 3, 4, 5, 6, 7].reduce((sum, attempt) => sum + mediaRetryDelay(attempt), 0);
    expect(total).toBeGreaterThan(3 * day);
    expect(total).toBeLessThan(6 * day);
  });
});
