import { afterAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { openFolderStore } from '../../src/files/folder-store.ts';
import type { Keyring } from '../../src/keys/keyring.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { EncryptionOffError, keyOperations } from '../../src/pipeline/key-operations.ts';
import { keyringOf } from '../support/keys.ts';
import { eventOf, foldAll, keyOf } from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';

describe('what was stored before encryption was on', () => {
  const folder = makeTempFolder('keys-encrypt');
  afterAll(() => folder.remove());
  const media = join(folder.path, 'media');

  async function open(keyring?: Keyring) {
    const { ledger, sql, fileKeys } = await openLedger({ dataDir: folder.path, keyring });
    const files = await openFolderStore(media, undefined, fileKeys);
    return { ledger, sql, files, keys: keyOperations({ ledger, files }) };
  }

  test('is encrypted by one command, files too, and the audit log says who did it', async () => {
    const content = Buffer.from('Zugspitze at noon');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const place = join(media, sha256.slice(0, 2), sha256.slice(2, 4), sha256);
    const before = await open();
    await before.ledger.append([eventOf('a'), eventOf('b', { phone: '+14155550999' })], []);
    await foldAll(before.ledger);
    await before.files.put(Readable.from([content]), 1_000);
    await expect(before.keys.encrypt({ after: '', by: 'ana' })).rejects.toThrow(EncryptionOffError);
    await before.ledger.close();

    const { ledger, sql, files, keys } = await open(keyringOf('one'));
    expect((await keys.status()).clear).toEqual({ events: 2, interactions: 2 });
    let changed = 0;
    let after: string | undefined = '';
    while (after !== undefined) {
      const step: { changed: number; next?: string } = await keys.encrypt({ after, by: 'ana' });
      changed += step.changed;
      after = step.next;
    }
    expect(changed).toBe(5);
    expect(await keys.status()).toMatchObject({
      masterKeys: [{ id: 'one', contentKeys: 2, fileKeys: 1 }],
      clear: { events: 0, interactions: 0 },
    });
    expect(
      JSON.stringify(await sql.query('select payload, document from wcs.events, wcs.interactions')),
    ).not.toContain('text of');
    expect(readFileSync(place).includes('Zugspitze')).toBe(false);
    expect(await buffer(await files.open(sha256))).toEqual(content);
    expect((await ledger.interaction(keyOf('a')))?.events[0]?.payload).toMatchObject({ text: 'text of a' });
    const { items } = await ledger.audit({ action: 'keys.encrypt', limit: 5 });
    expect(items.map(({ actor, subject, detail }) => ({ actor, subject, detail }))).toEqual([
      { actor: 'ana', subject: 'one', detail: { part: 'done' } },
      { actor: 'ana', subject: 'one', detail: { part: 'begun', events: 2, interactions: 2 } },
    ]);
    expect(await keys.encrypt({ after: '', by: 'ana' })).toEqual({ changed: 0 });
    await ledger.close();
  }, 60_000);
});
