import { createHash } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { AttachFile, AttachItem, AttachOutcome } from '../../src/destinations/destination.ts';
import { codes, recordIdOf } from './destination-harness.ts';
import type { MakeStage, Stage } from './destination-suite.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function fileOf(name: string, content = `content of ${name}`): AttachFile {
  return {
    name,
    mimeType: name.endsWith('.ogg') ? 'audio/ogg' : 'image/jpeg',
    size: Buffer.byteLength(content),
    sha256: sha256(content),
    read: async () => Buffer.from(content),
  };
}

const namesOf = (files: readonly { readonly name: string }[]): string[] =>
  files.map(({ name }) => name.replace(/^[0-9a-f]{16}-/, '')).toSorted();

/** A delivered record and what is to be attached to it. */
async function recordWith(
  s: Stage,
  text: string,
  files: readonly AttachFile[],
  kind: 'message' | 'call' = 'message',
): Promise<AttachItem> {
  const item = s.item(text, s.ana, { kind });
  const recordId = recordIdOf((await s.destination.deliver([item]))[0]);
  return { key: item.key, kind, recordId, contact: s.ana, files, attached: {} };
}

function expectDone(outcome: AttachOutcome | undefined, item: AttachItem): void {
  expect(outcome).toMatchObject({ kind: 'done', key: item.key });
  expect(Object.keys(outcome?.attached ?? {}).toSorted()).toEqual(
    [...new Set(item.files.map((file) => file.sha256))].toSorted(),
  );
}

/** Files on records, whatever the CRM. */
export function attachCases(stage: MakeStage): void {
  it('attaches several files to messages and calls, each under its name and with its content', async () => {
    const s = await stage();
    const message = await recordWith(s, 'a message', [fileOf('image.jpg'), fileOf('voice.ogg')]);
    const call = await recordWith(s, 'a call', [fileOf('recording "1".ogg')], 'call');
    const outcomes = await s.destination.attach([message, call]);
    expectDone(outcomes[0], message);
    expectDone(outcomes[1], call);
    expect(namesOf(s.filesOn('message', message.recordId))).toEqual(['image.jpg', 'voice.ogg']);
    expect(s.filesOn('call', call.recordId)).toMatchObject([{ content: 'content of recording "1".ogg' }]);
  });

  it('attaches a file once, however often it is asked to', async () => {
    const s = await stage();
    const item = await recordWith(s, 'a message', [fileOf('image.jpg'), fileOf('image.jpg')]);
    const [first] = await s.destination.attach([item]);
    const before = s.calls();
    const [known] = await s.destination.attach([{ ...item, attached: first?.attached ?? {} }]);
    expect(s.calls()).toBe(before);
    expect(known).toEqual(first);
    const [forgotten] = await s.destination.attach([item]);
    expect(forgotten).toEqual(first);
    expect(s.filesOn('message', item.recordId)).toHaveLength(1);
    expect(s.fileCount()).toBe(1);
  });

  it('attaches once when the answer is lost, or the request never arrives', async () => {
    const s = await stage();
    for (const fail of [() => s.loseNextUpload(), () => s.dropNextUpload()]) {
      const item = await recordWith(s, `message ${s.fileCount()}`, [fileOf(`image ${s.fileCount()}.jpg`)]);
      const files = s.fileCount();
      fail();
      const [lost] = await s.destination.attach([item]);
      expect(lost).toMatchObject({ kind: 'failed', code: 'answer-lost', attached: {} });
      expectDone((await s.destination.attach([item]))[0], item);
      expect(s.filesOn('message', item.recordId)).toHaveLength(1);
      expect(s.fileCount()).toBe(files + 1);
    }
  });

  it('attaches once when the answer of the last step is lost', async () => {
    const s = await stage();
    const item = await recordWith(s, 'a message', [fileOf('image.jpg')]);
    s.loseNextAnswer();
    await s.destination.attach([item]);
    expectDone((await s.destination.attach([item]))[0], item);
    expect(s.filesOn('message', item.recordId)).toHaveLength(1);
    expect(s.fileCount()).toBe(1);
  });

  it('adds a later file beside the first one', async () => {
    const s = await stage();
    const item = await recordWith(s, 'a call', [fileOf('recording.ogg')], 'call');
    const [first] = await s.destination.attach([item]);
    const more = {
      ...item,
      files: [...item.files, fileOf('transcript.json')],
      attached: first?.attached ?? {},
    };
    expectDone((await s.destination.attach([more]))[0], more);
    expect(namesOf(s.filesOn('call', item.recordId))).toEqual(['recording.ogg', 'transcript.json']);
  });

  it('says that a record is gone for that record alone', async () => {
    const s = await stage();
    const kept = await recordWith(s, 'kept', [fileOf('kept.jpg')]);
    const gone = await recordWith(s, 'gone', [fileOf('gone.jpg')]);
    s.deleteRecord('message', gone.recordId);
    const [first, second] = await s.destination.attach([gone, kept]);
    expect(first).toMatchObject({ kind: 'failed', key: gone.key, code: 'record-gone' });
    expectDone(second, kept);
  });

  it('lets a file that the CRM does not take fail alone', async () => {
    const s = await stage();
    const mixed = await recordWith(s, 'mixed', [fileOf('good.jpg'), fileOf('bad.jpg')]);
    const other = await recordWith(s, 'other', [fileOf('other.jpg')]);
    s.refuseFileOnce('bad.jpg');
    const [first, second] = await s.destination.attach([mixed, other]);
    expect(first).toMatchObject({ kind: 'failed', key: mixed.key, code: 'file-refused' });
    expect(Object.keys(first?.attached ?? {})).toEqual([fileOf('good.jpg').sha256]);
    expectDone(second, other);
    expect(namesOf(s.filesOn('message', mixed.recordId))).toEqual(['good.jpg']);
  });

  it('lets a file that cannot be read fail alone', async () => {
    const s = await stage();
    const unreadable = { ...fileOf('lost.jpg'), read: () => Promise.reject(new Error('no such file')) };
    const mixed = await recordWith(s, 'mixed', [unreadable, fileOf('good.jpg')]);
    const [outcome] = await s.destination.attach([mixed]);
    expect(outcome).toMatchObject({ kind: 'failed', code: 'file-unreadable' });
    expect(namesOf(s.filesOn('message', mixed.recordId))).toEqual(['good.jpg']);
  });

  it('waits when the CRM asks to slow down, and does not go on asking', async () => {
    const s = await stage();
    const items = [
      await recordWith(s, 'one', [fileOf('one.jpg')]),
      await recordWith(s, 'two', [fileOf('two.jpg')]),
    ];
    s.throttleNextUpload();
    const outcomes = await s.destination.attach(items);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        kind: 'failed',
        code: expect.stringMatching(/^(rate-limited|quota-used-up)$/),
      });
    }
    expect(s.fileCount()).toBe(0);
    const again = await s.destination.attach(items);
    expect(again.map(({ kind }) => kind)).toEqual(['done', 'done']);
  });

  it('tells wrong credentials and an outage from each other, and never throws', async () => {
    const s = await stage();
    const item = await recordWith(s, 'a message', [fileOf('image.jpg')]);
    s.unavailable(true);
    const [down] = await s.destination.attach([item]);
    expect(down).toMatchObject({
      kind: 'failed',
      code: expect.stringMatching(/^(unavailable|answer-lost)$/),
    });
    s.unavailable(false);
    s.breakToken();
    expect(await s.destination.attach([item])).toMatchObject([{ kind: 'failed', code: 'auth-failed' }]);
  });

  it('says that files may not be uploaded, in its check too, and writes records nonetheless', async () => {
    const s = await stage();
    const item = await recordWith(s, 'a message', [fileOf('image.jpg')]);
    s.forbidFiles();
    expect(await s.destination.attach([item])).toMatchObject([
      { kind: 'failed', code: 'permission-missing', attached: {} },
    ]);
    const findings = (await s.destination.check()).filter((one) => one.code === 'permission-missing');
    expect(findings.map((one) => one.level)).toEqual(['warning']);
    expect(codes(findings)).toEqual(['permission-missing']);
    expect(await s.destination.deliver([s.item('another', s.ana)])).toMatchObject([{ kind: 'delivered' }]);
  });
}
