import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { AttachFile, AttachItem } from '../../src/destinations/destination.ts';
import type { SalesforceOptions } from '../../src/sandbox/salesforce/index.ts';
import { client, closeAll, query, start, task } from './salesforce-client.ts';
import { makeItem, startPair, type Pair } from './salesforce-support.ts';

const megabyte = 1_048_576;

describe('files on Salesforce tasks', () => {
  let pair: Pair & { close(): Promise<void> };
  let contact: string;
  afterEach(() => pair.close());

  const begin = async (options: SalesforceOptions = {}) => {
    pair = await startPair(options);
    contact = pair.sandbox.addContact({ LastName: 'Silva', Phone: '+14155550100' });
  };
  const file = (content: string, name = `${content.slice(0, 9)}.jpg`): AttachFile => ({
    name,
    mimeType: 'image/jpeg',
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
    read: async () => Buffer.from(content),
  });
  const record = async (word: string, ...files: AttachFile[]): Promise<AttachItem> => {
    const item = makeItem(word, contact);
    const [outcome] = await pair.destination.deliver([item]);
    if (outcome?.kind !== 'delivered') throw new Error('not delivered');
    const { key } = item;
    return { key, kind: 'message', recordId: outcome.recordId, contact: item.contact, files, attached: {} };
  };
  const attachments = (recordId: string) =>
    pair.sandbox.timeline(contact).find(({ id }) => id === recordId)?.files ?? [];
  const operations = () => pair.counted.map((one) => one.split(' ')[0]);

  it('cost one query and one call for many small files', async () => {
    await begin();
    const items: AttachItem[] = [];
    for (let index = 0; index < 20; index += 1) items.push(await record(`m${index}`, file(`f${index}`)));
    pair.counted.length = 0;
    const outcomes = await pair.destination.attach(items);
    expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
    expect(pair.counted).toEqual(['query 200', 'create-many 200']);
    for (const { recordId } of items) expect(attachments(recordId)).toHaveLength(1);
  });

  it('go alone, by a form, when they are large, and not twice when the answer is lost', async () => {
    await begin();
    const large = file('x'.repeat(9 * megabyte), 'film.mp4');
    const item = await record('a film', file('small'), large);
    pair.counted.length = 0;
    pair.sandbox.faults.add({ kind: 'lost-answer' }, { operation: 'create' });
    expect(await pair.destination.attach([item])).toMatchObject([{ kind: 'failed', code: 'answer-lost' }]);
    expect(operations()).toEqual(['query', 'create-many', 'create']);
    expect(await pair.destination.attach([item])).toMatchObject([{ kind: 'done' }]);
    expect(attachments(item.recordId).map(({ name, size }) => [name, size])).toEqual([
      ['small.jpg', 5],
      ['film.mp4', large.size],
    ]);
    expect(operations().slice(3)).toEqual(['query']);
  });

  it('are sent again whole when the token ran out on the way', async () => {
    await begin();
    const content = 'y'.repeat(4 * megabyte);
    const item = await record('a film', file(content, 'film.mp4'));
    pair.sandbox.faults.add({ kind: 'expired' }, { operation: 'create' });
    const [outcome] = await pair.destination.attach([item]);
    expect(outcome).toMatchObject({ kind: 'done' });
    const id = Object.values(outcome?.attached ?? {})[0] ?? '';
    expect(Buffer.from(pair.sandbox.file(id)?.content ?? []).toString() === content).toBe(true);
  });

  it('keep no more than a few megabytes in one call', async () => {
    await begin();
    const items: AttachItem[] = [];
    for (const letter of 'abcd') {
      items.push(await record(letter, file(letter.repeat(2 * megabyte), `${letter}.jpg`)));
    }
    pair.counted.length = 0;
    await pair.destination.attach(items);
    expect(operations()).toEqual(['query', ...Array(4).fill('create-many')]);
  });

  it('have a title for people and a marker that nobody sees', async () => {
    await begin();
    const offer = file('offer', `${'long '.repeat(60)}offer.pdf`);
    await pair.destination.attach([await record('an offer', offer, file('v', 'voice.ogg'))]);
    const versions = pair.sandbox.rows('ContentVersion');
    expect(versions.map(({ Title }) => Title)).toEqual([offer.name.slice(0, 255), 'voice']);
    expect(versions.map(({ PathOnClient }) => PathOnClient)).toEqual([
      `${offer.sha256.slice(0, 32)}-${offer.name}`,
      expect.stringMatching(/^[0-9a-f]{32}-voice\.ogg$/),
    ]);
    expect(versions.map(({ SharingPrivacy }) => SharingPrivacy)).toEqual(['N', 'N']);
  });

  it('are found on a record whose id is known in its short form', async () => {
    await begin();
    const item = await record('a message', file('one'));
    const [first] = await pair.destination.attach([item]);
    const [second] = await pair.destination.attach([{ ...item, recordId: item.recordId.slice(0, 15) }]);
    expect(second).toEqual(first);
    expect(pair.sandbox.rows('ContentVersion')).toHaveLength(1);
  });

  it('stop where there is no room, and say so; so does the check', async () => {
    await begin({ fileStorage: 2 * megabyte });
    const items = [
      await record('a', file('a'.repeat(megabyte + 1))),
      await record('b', file('b'.repeat(megabyte + 2))),
      await record('c', file('c'.repeat(megabyte + 3))),
    ];
    const outcomes = await pair.destination.attach(items);
    expect(outcomes).toMatchObject([
      { kind: 'done' },
      { kind: 'failed', code: 'storage-full' },
      { kind: 'failed', code: 'storage-full' },
    ]);
    const findings = await pair.destination.check();
    expect(findings.find(({ subject }) => subject === 'file storage')).toMatchObject({ level: 'warning' });
  });

  it('are not called attached when the answer names fewer', async () => {
    await begin();
    const items = [await record('a', file('a')), await record('b', file('b'))];
    pair.sandbox.faults.add({ kind: 'truncated' }, { operation: 'collections-create' });
    for (const outcome of await pair.destination.attach(items)) {
      expect(outcome).toMatchObject({ kind: 'failed', code: 'not-named', attached: {} });
    }
    expect((await pair.destination.attach(items)).map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(pair.sandbox.rows('ContentVersion')).toHaveLength(2);
  });

  it('are tried one by one when the call is refused as a whole', async () => {
    await begin();
    const items = [await record('a', file('a')), await record('b', file('b'))];
    const body = [{ errorCode: 'UNKNOWN_EXCEPTION', message: 'about secret.jpg' }];
    pair.sandbox.faults.add(
      { kind: 'status', status: 400, body },
      { operation: 'collections-create', times: 2 },
    );
    const outcomes = await pair.destination.attach(items);
    expect(outcomes).toMatchObject([{ kind: 'failed', code: 'refused' }, { kind: 'done' }]);
  });
});

describe("the look-alike's files", () => {
  afterEach(closeAll);

  it('need a content, a path and a record that is there', async () => {
    const sandbox = await start();
    const call = await client(sandbox);
    const { body: made } = await call('POST', '/sobjects/Task', task('k', { Subject: 'x' }));
    const version = {
      PathOnClient: 'a.txt',
      VersionData: Buffer.from('hello').toString('base64'),
      FirstPublishLocationId: made.id,
    };
    const { status, body } = await call('POST', '/sobjects/ContentVersion', version);
    expect(status).toBe(201);
    const codeOf = async (changed: object) =>
      (await call('POST', '/sobjects/ContentVersion', { ...version, ...changed })).body[0].errorCode;
    expect(await codeOf({ PathOnClient: null })).toBe('REQUIRED_FIELD_MISSING');
    expect(await codeOf({ VersionData: null })).toBe('REQUIRED_FIELD_MISSING');
    expect(await codeOf({ VersionData: 'not base64!' })).toBe('JSON_PARSER_ERROR');
    sandbox.remove(made.id);
    expect(await codeOf({})).toBe('ENTITY_IS_DELETED');
    const found = await call(
      'GET',
      query(`SELECT Id, Title, Checksum, ContentSize FROM ContentVersion WHERE Id = '${body.id}'`),
    );
    expect(found.body.records).toMatchObject([
      { Title: 'a', Checksum: createHash('md5').update('hello').digest('hex'), ContentSize: 5 },
    ]);
    const links = (where: string) =>
      call('GET', query(`SELECT Id, ShareType FROM ContentDocumentLink ${where}`));
    expect((await links('')).body[0].errorCode).toBe('MALFORMED_QUERY');
    expect((await links(`WHERE LinkedEntityId = '${made.id}'`)).body.records).toMatchObject([
      { ShareType: 'V' },
    ]);
  });
});
