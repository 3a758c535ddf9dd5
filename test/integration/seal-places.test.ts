import { createHash, createHmac } from 'node:crypto';
import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeSeal, type Seal } from '../../src/core/seal.ts';
import { createBucketPlace } from '../../src/seals/bucket-place.ts';
import { createFolderPlace } from '../../src/seals/folder-place.ts';
import { readSeal } from '../../src/seals/place.ts';
import { createWebhookPlace } from '../../src/seals/webhook-place.ts';
import { makeTempFolder } from '../support/temp.ts';

const sealOf = (number: number): Seal =>
  makeSeal(
    {
      ranges: [{ table: 'events', after: 0, upTo: 2, count: 2 }],
      records: [1, 2].map((id) => ({ table: 'events', id, fields: ['a', null, id] })),
    },
    { number, at: '2026-03-01T10:00:00.000Z', previous: '' },
  );

describe('a folder', () => {
  const folder = makeTempFolder('places');
  afterEach(folder.remove);

  test('keeps each seal once, readable and not writable, and leaves nothing half-written', async () => {
    const path = join(folder.path, 'deep', 'seals');
    const place = createFolderPlace(path);
    await place.put(sealOf(1));
    await place.put({ ...sealOf(1), root: 'another' });
    expect(await place.get?.(1)).toEqual(sealOf(1));
    expect(await place.get?.(2)).toBeUndefined();
    expect(readdirSync(path)).toEqual(['seal-00000001.json']);
    expect(statSync(join(path, 'seal-00000001.json')).mode & 0o777).toBe(0o444);
  });

  test('says when a copy is no seal', async () => {
    const place = createFolderPlace(folder.path);
    await place.put(sealOf(1));
    const path = join(folder.path, 'seal-00000001.json');
    chmodSync(path, 0o644);
    writeFileSync(path, '{"number": 1}');
    await expect(place.get?.(1)).rejects.toThrow('This is no seal.');
  });
});

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe('places in the network', () => {
  let server: Server;
  let base: string;
  let asked: Asked[];
  let answer: { status: number; body?: string };
  beforeEach(async () => {
    asked = [];
    answer = { status: 200 };
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
      asked.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      response.writeHead(answer.status);
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  test('a webhook gets the whole seal, signed, and may get it again', async () => {
    const place = createWebhookPlace({ url: `${base}/seals`, secret: 'shared' });
    await place.put(sealOf(1));
    const [request] = asked;
    expect(readSeal(request?.body ?? '')).toEqual(sealOf(1));
    const mac = createHmac('sha256', 'shared')
      .update(request?.body ?? '')
      .digest('hex');
    expect(request?.headers).toMatchObject({
      'x-wcs-signature': `sha256=${mac}`,
      'idempotency-key': sealOf(1).hash,
    });
    answer = { status: 500 };
    await expect(place.put(sealOf(2))).rejects.toThrow('answered 500');
    expect(place.get).toBeUndefined();
  });

  const bucket = (lockDays?: number) =>
    createBucketPlace({
      url: `${base}/firm-seals/emea/`,
      region: 'eu-central-1',
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'secret',
      ...(lockDays !== undefined && { lockDays }),
    });

  test('a bucket gets each seal locked against everybody, with a checksum, and never over another one', async () => {
    await bucket(365).put(sealOf(7));
    const [request] = asked;
    expect([request?.method, request?.url]).toEqual(['PUT', '/firm-seals/emea/seal-00000007.json']);
    expect(request?.headers).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2027-03-01T10:00:00.000Z',
      'x-amz-checksum-sha256': createHash('sha256')
        .update(request?.body ?? '')
        .digest('base64'),
      'if-none-match': '*',
    });
    expect(request?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/s3\/aws4_request, SignedHeaders=\S*x-amz-object-lock-mode\S*, Signature=[0-9a-f]{64}$/,
    );
    expect(JSON.stringify(asked)).not.toContain('"secret"');
    answer = { status: 412 };
    await expect(bucket().put(sealOf(7))).resolves.toBeUndefined();
    answer = { status: 403 };
    await expect(bucket().put(sealOf(7))).rejects.toThrow('answered 403');
  });

  test('a bucket is read back, and what it does not have is missing, not an error', async () => {
    const place = bucket();
    await place.put(sealOf(7));
    answer = { status: 200, body: asked[0]?.body ?? '' };
    expect(await place.get?.(7)).toEqual(sealOf(7));
    answer = { status: 404 };
    expect(await place.get?.(8)).toBeUndefined();
    answer = { status: 403 };
    await expect(place.get?.(8)).rejects.toThrow('answered 403');
  });
});
