import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openFolderStore } from '../../src/files/folder-store.ts';
import type { FoldSubject, Folded, Ledger } from '../../src/ledger/ledger.ts';
import type { Sql } from '../../src/ledger/sql.ts';
import { openLedger, type OpenLedger } from '../../src/ledger/open.ts';
import { removeDoomed } from '../../src/pipeline/retention.ts';
import { sealAll } from '../../src/pipeline/seal.ts';
import { verifySeals } from '../../src/pipeline/verify.ts';
import { claimOf, deliveredAs, eventOf, foldWith, keyOf } from '../support/ledger-data.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { describeWith } from '../support/require.ts';
import { makeTempFolder } from '../support/temp.ts';

/** What must not be anywhere any more: a text, a name, a number, a provider's id and the content of a file. */
const gone = ['Zebrafinken', 'Quillfeather', '14155550142', 'wamid.Umbrageous', 'Kaleidoskop'];
const kept = 'Hippogriff';
const order = { rule: 'old', kind: 'retention' as const, actor: 'retention' };
const log = { warn: () => undefined };

/** Names of files under a folder that hold one of these texts. */
function filesWith(folder: string, texts: readonly string[]): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      return texts.filter((text) => bytes.includes(text)).map((text) => `${text} in ${path}`);
    });
}

const rebuildWith =
  (sha256: string) =>
  (subject: FoldSubject): Folded => {
    const folded = foldWith()(subject);
    const { interaction } = folded;
    if (subject.key !== keyOf('wamid.Umbrageous') || interaction.kind !== 'message') return folded;
    const result = { state: 'stored' as const, sha256, size: 9 };
    return {
      ...folded,
      links: [{ kind: 'same', a: '+14155550142', b: 'US.14155550142', at: '2026-03-01T10:00:00.000Z' }],
      interaction: {
        ...interaction,
        person: { ...interaction.person, name: 'Quillfeather' },
        content: { type: 'text', text: 'about Zebrafinken', media: [{ id: '1', result }] },
      },
    };
  };

async function flush(sql: Sql): Promise<void> {
  await sql.query('vacuum analyze');
  await sql.query('checkpoint');
}

/** A history with one person's message, a file and others' messages; then only the others are left. */
async function writeThenDestroy(ledger: Ledger, dataDir: string, flush: () => Promise<unknown>) {
  const files = await openFolderStore(join(dataDir, 'media'));
  const { sha256 } = await files.put(Readable.from(['Kaleidoskop']), 1_000);
  const phone = '+14155550142';
  await ledger.append(
    [
      eventOf('wamid.Umbrageous', { text: 'about Zebrafinken, says Quillfeather', phone }),
      ...Array.from({ length: 40 }, (_, at) => eventOf(`m${at}`, { text: `${kept} ${at}` })),
    ],
    [],
  );
  await ledger.fold(100, rebuildWith(sha256));
  const subjects = await ledger.matchSubjects(100);
  await ledger.settleMatches(
    subjects.map(({ destination, key }, at) => {
      const contact = {
        type: 'contact',
        id: `${at}`,
        name: key === keyOf('wamid.Umbrageous') ? 'Quillfeather' : '',
      };
      return { destination, key, to: 'ready', contact, reason: 'test' };
    }),
  );
  const { items } = await ledger.claim(claimOf(50));
  await ledger.settle(
    'sales',
    items.map((item) => deliveredAs(item)),
    'one',
  );
  await ledger.append([eventOf('wamid.Umbrageous', { step: 'edit', text: 'Zebrafinken again', phone })], []);
  await ledger.fold(100, rebuildWith(sha256));
  await sealAll({ ledger, places: [], log });
  await flush();
  return {
    destroy: async () => {
      await ledger.purge({ keys: [keyOf('wamid.Umbrageous')] }, order);
      await removeDoomed({ ledger, files });
      return ledger.scrub({ fullBelow: 1e9, actor: 'retention' });
    },
  };
}

async function allIsSealed(ledger: Ledger): Promise<void> {
  await sealAll({ ledger, places: [], log });
  expect(await verifySeals({ ledger, places: [] })).toMatchObject({ ok: true, purged: 2 });
  expect(await ledger.retentionState()).toEqual({ scrubbedAt: expect.any(String) });
}

describe('after content was destroyed and wiped, no byte of it is left', () => {
  it('in the data folder of the embedded store', async () => {
    const folder = makeTempFolder('scrub');
    const { ledger, sql } = await openLedger({ dataDir: folder.path });
    const { destroy } = await writeThenDestroy(ledger, folder.path, () => flush(sql));
    // The search finds what is there.
    for (const text of gone) expect(filesWith(folder.path, [text])).not.toEqual([]);
    const report = await destroy();
    expect(report).toMatchObject({ rewritten: report.tables, left: [] });
    expect(filesWith(folder.path, gone)).toEqual([]);
    await allIsSealed(ledger);
    await ledger.close();
    expect(filesWith(folder.path, gone)).toEqual([]);
    expect(filesWith(folder.path, [kept])).not.toEqual([]);
    folder.remove();
  }, 60_000);
});

describeWith('postgres', 'after content was destroyed and wiped, no byte of it is left', () => {
  const folder = makeTempFolder('scrub');
  let server: PostgresServer;
  let opened: OpenLedger;

  beforeAll(async () => {
    server = await startPostgres();
    opened = await openLedger({ dataDir: '', databaseUrl: await server.createDatabase() });
  }, 60_000);
  afterAll(async () => {
    await opened.ledger.close();
    await server.stop();
    folder.remove();
  });

  it('in the folder of a PostgreSQL server that does not recycle its log, which is told otherwise', async () => {
    const { ledger, sql } = opened;
    const { destroy } = await writeThenDestroy(ledger, folder.path, () => flush(sql));
    const [row] = await sql.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
    const data = row?.folder ?? '';
    const { left } = await ledger.scrub({ fullBelow: 1e9, actor: 'retention' });
    expect(left).toEqual([expect.stringContaining('wal_recycle')]);
    for (const text of gone.slice(0, 4)) expect(filesWith(data, [text])).not.toEqual([]);
    await sql.query('alter system set wal_recycle = off');
    await sql.query('select pg_reload_conf()');
    const report = await destroy();
    expect(report).toMatchObject({ rewritten: report.tables, left: [] });
    expect(filesWith(data, gone)).toEqual([]);
    expect(filesWith(folder.path, gone)).toEqual([]);
    await allIsSealed(ledger);
    expect(filesWith(data, [kept])).not.toEqual([]);
  }, 60_000);

  it('for as long as a table is in use it waits, and tells which one it could not have', async () => {
    const { ledger, sql } = opened;
    const { left } = await sql.transaction(async (tx) => {
      await tx.query('select from wcs.group_names');
      return ledger.scrub({ fullBelow: 1e9, actor: 'retention' });
    });
    expect(left).toEqual(['wcs.group_names could not be written anew: its free space was not wiped']);
  }, 60_000);
});
