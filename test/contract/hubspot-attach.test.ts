import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AttachFile, AttachItem } from '../../src/destinations/destination.ts';
import { conflict, Refusal, refusalOf } from '../../src/sandbox/hubspot/errors.ts';
import { hubSpotStage, type HubSpotStage } from '../support/hubspot.ts';
import { recordIdOf } from './destination-harness.ts';

describe('files on HubSpot records', () => {
  let s: HubSpotStage;
  afterEach(() => s.close());

  const file = (content: string, name = `${content}.jpg`): AttachFile => ({
    name,
    mimeType: 'image/jpeg',
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    read: async () => Buffer.from(content),
  });
  const record = async (text: string, ...files: AttachFile[]): Promise<AttachItem> => {
    const item = s.item(text);
    const recordId = recordIdOf((await s.hubspot.deliver([item]))[0]);
    return { key: item.key, kind: 'message', recordId, contact: item.contact, files, attached: {} };
  };
  const idsOn = (recordId: string) =>
    s.sandbox.records('communications').find(({ id }) => id === recordId)?.values['hs_attachment_ids'];
  const isUpload = ({ operation }: { readonly operation: string }) => operation === 'files.upload';

  it('cost one upload each, and one read and one update for all records together', async () => {
    s = await hubSpotStage();
    const items: AttachItem[] = [];
    for (let index = 0; index < 8; index += 1) items.push(await record(`m ${index}`, file(`f ${index}`)));
    s.counted.length = 0;
    await s.hubspot.attach(items);
    expect(s.counted.toSorted()).toEqual([
      'communications.batch.read 200',
      'communications.batch.update 200',
      ...Array(8).fill('files.upload 201'),
    ]);
  });

  it('are uploaded once when the same picture was sent to several people', async () => {
    s = await hubSpotStage();
    const items = [await record('to Ana', file('flyer')), await record('to Ben', file('flyer'))];
    const outcomes = await s.hubspot.attach(items);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(s.sandbox.calls.byOperation['files.upload']).toBe(1);
    expect(idsOn(items[0]!.recordId)).toBe(idsOn(items[1]!.recordId));
  });

  it('leave what a person has attached, before and in between', async () => {
    s = await hubSpotStage();
    const item = await record('a message', file('one'));
    const set = (ids: string) => {
      const found = s.sandbox.records('communications').find(({ id }) => id === item.recordId);
      if (found) s.sandbox.store.update(found, { hs_attachment_ids: ids });
    };
    set('111');
    const [first] = await s.hubspot.attach([item]);
    const id = Object.values(first?.attached ?? {})[0] ?? '';
    expect(idsOn(item.recordId)).toBe(`111;${id}`);
    set('111;222');
    await s.hubspot.attach([
      { ...item, files: [...item.files, file('two')], attached: first?.attached ?? {} },
    ]);
    // the first one was taken off by a person, and stays off
    expect(idsOn(item.recordId)).toMatch(/^111;222;\d+$/);
    expect(idsOn(item.recordId)).not.toContain(id);
  });

  it('are private, in a folder of their own, under a name that begins with the hash', async () => {
    s = await hubSpotStage();
    await s.hubspot.attach([await record('a message', file('one', 'offer "7".jpg'))]);
    expect(s.sandbox.files).toMatchObject([
      {
        access: 'PRIVATE',
        folder: '/whatsapp',
        name: `${file('one').sha256.slice(0, 16)}-offer "7".jpg`,
        contentType: 'image/jpeg',
      },
    ]);
  });

  it('can be large', async () => {
    s = await hubSpotStage();
    const content = 'x'.repeat(12 * 1_048_576);
    const [outcome] = await s.hubspot.attach([await record('a film', file(content, 'film.mp4'))]);
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(s.sandbox.files[0]?.content.length).toBe(content.length);
  });

  it.each([
    ['too large', new Refusal(413, { message: 'File too large' }), 'file-refused'],
    ['refused as a duplicate', conflict('A duplicate exists'), 'file-refused'],
    [
      'sent to an endpoint that is not there',
      new Refusal(404, { message: 'No such endpoint' }),
      'address-wrong',
    ],
    ['answered by a gateway', refusalOf(502), 'answer-lost'],
  ])('say why when they are %s, without their names', async (_what, refusal, code) => {
    s = await hubSpotStage();
    s.sandbox.faults.status(refusal, 1, isUpload);
    const [outcome] = await s.hubspot.attach([await record('a message', file('secret plan'))]);
    expect(outcome).toMatchObject({ kind: 'failed', code, attached: {} });
    expect(JSON.stringify(outcome)).not.toContain('secret plan');
  });

  it('stop after two calls without an answer', async () => {
    s = await hubSpotStage();
    const items: AttachItem[] = [];
    for (let index = 0; index < 5; index += 1) items.push(await record(`m ${index}`, file(`f ${index}`)));
    s.sandbox.faults.drop(Infinity, isUpload);
    const outcomes = await s.hubspot.attach(items);
    expect(outcomes.map((one) => (one.kind === 'failed' ? one.code : one.kind))).toEqual(
      Array(5).fill('answer-lost'),
    );
    expect(s.sandbox.calls.byOperation['files.upload']).toBe(2);
  });

  it('are tried one by one when a batch is refused as a whole', async () => {
    s = await hubSpotStage();
    const items = [await record('good', file('one')), await record('bad', file('two'))];
    const bad = items[1]!.key;
    s.sandbox.faults.batch(
      (properties) => properties['hs_attachment_ids'] === '90000000002',
      () => new Refusal(400, { message: 'not allowed', category: 'VALIDATION_ERROR' }),
    );
    const outcomes = await s.hubspot.attach(items);
    expect(outcomes.map((one) => [one.key === bad, one.kind])).toEqual([
      [false, 'done'],
      [true, 'failed'],
    ]);
  });

  it('are not called attached when the answer does not name the record', async () => {
    s = await hubSpotStage();
    const item = await record('a message', file('one'));
    s.sandbox.faults.truncate(0, 1, ({ operation }) => operation === 'communications.batch.update');
    expect(await s.hubspot.attach([item])).toMatchObject([
      { kind: 'failed', code: 'not-named', attached: {} },
    ]);
    s.sandbox.faults.truncate(0, 1, ({ operation }) => operation === 'communications.batch.read');
    expect(await s.hubspot.attach([item])).toMatchObject([
      { kind: 'failed', code: 'not-named', attached: {} },
    ]);
    expect(await s.hubspot.attach([item])).toMatchObject([{ kind: 'done' }]);
  });

  it('are refused by the look-alike in the wrong form', async () => {
    s = await hubSpotStage();
    const send = async (parts: Record<string, string | Blob>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(parts)) form.append(name, value);
      const response = await fetch(`${s.sandbox.url}/files/2026-09/files`, {
        method: 'POST',
        headers: { authorization: `Bearer ${s.sandbox.accessToken}` },
        body: form,
      });
      return response.status;
    };
    const good = {
      file: new File(['x'], 'x.txt'),
      folderPath: '/whatsapp',
      options: JSON.stringify({ access: 'PRIVATE' }),
    };
    expect(await send(good)).toBe(201);
    expect(await send({ ...good, options: '{}' })).toBe(400);
    expect(await send({ ...good, options: JSON.stringify({ access: 'PRIVATE', strategy: 'NONE' }) })).toBe(
      400,
    );
    expect(await send({ ...good, folderId: '1' })).toBe(400);
    expect(await send({ ...good, other: 'x' })).toBe(400);
    expect(await send({ ...good, file: new File([], 'x.txt') })).toBe(400);
    expect(s.sandbox.files).toHaveLength(1);
    expect(await send({ ...good, file: new File(['y'], 'x.txt') })).toBe(201);
    expect(s.sandbox.files.map(({ name }) => name)).toEqual(['x.txt', 'x-1.txt']);
  });
});
