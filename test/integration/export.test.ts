import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { openPromise } from 'yauzl';
import { writeExport } from '../../src/cli/export-target.ts';
import { remoteOperations } from '../../src/cli/remote.ts';
import {
  exportFormats,
  type ExportChoice,
  type ExportOperations,
  type ExportSummary,
} from '../../src/pipeline/export-operations.ts';
import { incoming, only, text } from '../fixtures/whatsapp/bodies.ts';
import { findings, openBrowser } from '../support/browser.ts';
import {
  anaNumber,
  bensWords,
  nasty,
  openHistory,
  settingsText,
  type ExportHistory,
} from '../support/export-history.ts';
import { startServer, stopServers } from '../support/http.ts';
import { until } from '../support/worker.ts';
import { describeWith } from '../support/require.ts';

let history: ExportHistory;
let whole: string;
let summary: ExportSummary;

const quiet = { onProgress: () => undefined, onBytes: () => undefined };

async function exportTo(
  name: string,
  choice: ExportChoice = {},
  records: ExportOperations = history.parts.operations.records,
): Promise<{ path: string; summary: ExportSummary }> {
  const path = join(history.folder.path, name);
  const request = { ...choice, formats: exportFormats, by: 'eve' };
  return { path, summary: await writeExport(records, request, { out: path, ...quiet }) };
}

/** The verifier of the docs, which knows nothing of this program. */
function verify(...args: string[]): { code: number | null; out: string } {
  const run = spawnSync(process.execPath, ['docs/verify.mjs', ...args], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return { code: run.status, out: run.stdout };
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const read = (folder: string, name: string): string => readFileSync(join(folder, name), 'utf8');
const lines = (folder: string, name: string): Record<string, unknown>[] =>
  read(folder, name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

function chatPages(folder: string): string[] {
  return filesIn(folder).filter((name) => /^conversations\/[0-9a-f]{32}\//.test(name));
}

beforeAll(async () => {
  history = await openHistory();
  ({ path: whole, summary } = await exportTo('whole'));
}, 60_000);

afterAll(async () => {
  await stopServers();
  await history.close();
});

describe('an export of everything', () => {
  it('verifies with the trusted copies of its seals and the key, and says that it is whole', () => {
    const trusted = join(history.folder.path, 'data', 'seals');
    const { code, out } = verify(whole, '--seals', trusted, '--public-key', history.publicKeyPath);
    expect([code, out]).toEqual([0, expect.stringMatching(/^All fits: \d+ records, 1 seals/)]);
    expect(summary).toMatchObject({
      whole: true,
      by: 'eve',
      problems: [],
      counts: { interactions: 12, files: 3 },
    });
  });

  it('has every message as a line, as a table that no spreadsheet runs, and with what the CRM has of it', () => {
    expect(lines(whole, 'interactions.jsonl')).toHaveLength(12);
    const rows = parse(read(whole, 'interactions.csv'), { columns: true }) as Record<string, string>[];
    const said = rows.map((row) => row['text']);
    expect(said).toContain(`'${nasty.formula}`);
    expect(said).toContain(nasty.markup);
    expect(said).toContain(nasty.arabic);
    expect(rows.find((row) => row['text'] === 'at 6 pm')).toMatchObject({ original: 'at 5 pm', edits: '1' });
    expect(rows.find((row) => row['text'] === 'forget what I said')?.['deletedAt']).toMatch(/^2026-06-01/);
    const activities = parse(read(whole, 'activities.csv'), { columns: true }) as Record<string, string>[];
    expect(activities).toHaveLength(12);
    expect(activities[0]).toMatchObject({
      destination: 'sales',
      state: 'delivered',
      receiptOutcome: 'delivered',
    });
    expect(activities[0]?.['recordId']).toMatch(/^00T/);
  });

  it('has files under names that open nothing which could run', () => {
    const names = filesIn(whole).filter((name) => /^media\/[0-9a-f]/.test(name));
    expect(names.map((name) => name.split('.')[1]).sort()).toEqual(['bin', 'pdf', 'png']);
    const index = parse(read(whole, 'media/index.csv'), { columns: true }) as Record<string, string>[];
    expect(index.map((row) => row['name'])).toContain('a "b" <c>.html');
  });

  it('has each message as an e-mail, answers under what they answer', () => {
    const mails = filesIn(whole)
      .filter((name) => name.startsWith('eml/'))
      .map((name) => read(whole, name));
    expect(mails).toHaveLength(12);
    const answer = mails.find((mail) => mail.includes('In-Reply-To:')) ?? '';
    expect(answer).toMatch(/^From: "carla@example\.com" <\+15550783881@whatsapp\.invalid>\r$/m);
    expect(answer).toMatch(/^Date: Mon, 01 Jun 2026 10:01:00 \+0000\r$/m);
    const bens = mails.find((mail) => mail.includes('+14155550199@whatsapp.invalid')) ?? '';
    expect(bens).toMatch(/^From: =\?UTF-8\?/m);
    expect(mails.every((mail) => !/[^\r]\n/.test(mail))).toBe(true);
    const picture = mails.find((mail) => mail.includes('Content-Type: image/png')) ?? '';
    expect(picture).toMatch(/Content-Disposition: attachment;/);
  });

  it('has each chat and day as one e-mail for an archive', () => {
    const mails = filesIn(whole).filter((name) => name.startsWith('global-relay/'));
    expect(mails).toHaveLength(3);
    const first = mails.map((name) => read(whole, name)).find((mail) => mail.includes('Events: 8')) ?? '';
    expect(first).toMatch(/^X-GlobalRelay-MsgType: WhatsApp\r$/m);
    expect(first).toMatch(/^To: "carla@example\.com" <carla@example\.com>\r$/m);
  });

  it('is kept in the audit log: that it began before anything went out, and what was in it', async () => {
    const { items } = await history.parts.store.ledger.audit({ action: 'records.export', limit: 10 });
    const own = items.filter(({ detail }) => detail['export'] === summary.id).toReversed();
    expect(own.map(({ actor, detail }) => [actor, detail['state']])).toEqual([
      ['eve', 'begun'],
      ['eve', 'finished'],
    ]);
    expect(own[1]?.detail['manifest']).toBe(read(whole, 'manifest.sha256').slice(0, 64));
    expect(lines(whole, 'audit.jsonl').map(({ action }) => action)).toContain('records.export');
  });

  it('is found out when any bit of any file is another one', () => {
    const files = filesIn(whole).filter((name) => readFileSync(join(whole, name)).length > 0);
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 0, max: 7 }), (nth, place, bit) => {
        const path = join(whole, files[nth % files.length] ?? '');
        const bytes = readFileSync(path);
        const at = place % bytes.length;
        const altered = Buffer.from(bytes);
        altered[at] = (bytes[at] ?? 0) ^ (1 << bit);
        writeFileSync(path, altered);
        const { code } = verify(whole);
        writeFileSync(path, bytes);
        expect(code).toBe(1);
      }),
      { numRuns: 15 },
    );
    expect(verify(whole).code).toBe(0);
  });

  it('is found out when a file is added, or one is taken away', () => {
    writeFileSync(join(whole, 'note.txt'), 'x');
    expect(verify(whole)).toMatchObject({
      code: 1,
      out: expect.stringContaining('note.txt: is not in the manifest'),
    });
    spawnSync('rm', [join(whole, 'note.txt')]);
    const sig = read(whole, 'manifest.sig');
    spawnSync('rm', [join(whole, 'manifest.sig')]);
    expect(verify(whole).code).toBe(1);
    writeFileSync(join(whole, 'manifest.sig'), sig);
    expect(verify(whole).code).toBe(0);
  });

  it('is refused wherever its making was broken off', () => {
    const { files } = JSON.parse(read(whole, 'manifest.json')) as { files: { path: string }[] };
    const order = [...files.map(({ path }) => path), 'manifest.json', 'manifest.sig'];
    for (const count of [1, 4, 5, Math.floor(order.length / 2), files.length, order.length - 1]) {
      const cut = join(history.folder.path, `cut-${count}`);
      for (const path of order.slice(0, count)) {
        mkdirSync(join(cut, path, '..'), { recursive: true });
        copyFileSync(join(whole, path), join(cut, path));
      }
      expect([count, verify(cut).code]).toEqual([count, 1]);
    }
  });
});

describe('an export of one person', () => {
  let part: string;

  beforeAll(async () => {
    ({ path: part } = await exportTo('part', { person: anaNumber }));
  });

  it('has nothing of anybody else: no word, name or number', () => {
    for (const name of filesIn(part)) {
      const content = readFileSync(join(part, name));
      for (const word of bensWords) expect([name, word, content.includes(word)]).toEqual([name, word, false]);
      expect(name).not.toMatch(/4155550199/);
    }
    expect(chatPages(part)).toHaveLength(1);
  });

  it('has the deeds that concern them, and what people changed of the product', () => {
    const actors = lines(part, 'audit.jsonl').map(({ actor }) => actor);
    expect(actors).toEqual(expect.arrayContaining(['viewer-of-ana', 'carla']));
    expect(actors).not.toContain('viewer-of-Ben');
  });

  it('proves each row by its way to a seal, and every row of theirs is in it', () => {
    const { code, out } = verify(part, '--public-key', history.publicKeyPath);
    expect([code, out]).toEqual([0, expect.stringMatching(/^All fits/)]);
    const rows = lines(part, 'records.jsonl') as { record: string[]; proof?: object }[];
    expect(rows.every(({ proof }) => proof !== undefined)).toBe(true);
    const hers = lines(whole, 'records.jsonl').filter((line) => {
      const found = lines(whole, 'interactions.jsonl').find(
        ({ interaction }) =>
          (interaction as { key: string }).key === (line as { record: string[] }).record[7],
      );
      return (
        (found?.['interaction'] as { person: { phone: string } } | undefined)?.person.phone === anaNumber
      );
    });
    const events = rows.filter(({ record }) => record[0] === 'events');
    expect(events).toHaveLength(hers.length);
  });

  it('is found out when a row says something else, though the manifest was made anew', () => {
    const forged = join(history.folder.path, 'forged');
    for (const path of filesIn(part).filter((name) => /^(records|seals)/.test(name))) {
      mkdirSync(join(forged, path, '..'), { recursive: true });
      writeFileSync(join(forged, path), read(part, path).replace('"message"', '"revoke"'));
    }
    expect(verify(forged)).toMatchObject({ code: 1, out: expect.stringMatching(/is not part of its seal/) });
  });

  it.each([
    ['their user id', { person: 'US.100' }, 10],
    ['the id of their contact', { person: '003ANA' }, 10],
    ['a number with spaces', { person: '+1 415 555 0100' }, 10],
    ['who held the number first', { owner: 'Carla@example.com' }, 10],
    ['who held it later', { owner: 'dora@example.com' }, 2],
    ['a day', { from: '2026-06-02', to: '2026-06-02' }, 2],
    ['a number and a person', { number: '+15550783881', person: '+14155550199' }, 2],
    ['another number', { number: '+15550000000' }, 0],
  ])('is found by %s', async (name, choice, count) => {
    const found = await exportTo(`by ${name}`, choice);
    expect(found.summary.counts.interactions).toBe(count);
    expect(verify(found.path)).toMatchObject({ code: 0 });
  });

  it('is refused for who is not there', async () => {
    await expect(exportTo('nobody', { person: '+19995550000' })).rejects.toThrow('nothing of this person');
    await expect(exportTo('nobody', { owner: 'x@example.com' })).rejects.toThrow('never held a number');
    expect(existsSync(join(history.folder.path, 'nobody.part'))).toBe(false);
  });
});

describe('what comes while an export is made', () => {
  it('is in none of its files: not half of a message, not one more', async () => {
    const edit = { type: 'edit', edit: { original_message_id: 'wamid.hi', message: text('said later') } };
    const late = [
      only(incoming({ id: 'wamid.late', ...text('said later') })),
      only(incoming({ id: 'wamid.late2', timestamp: '1780309000', ...edit })),
    ];
    const { records } = history.parts.operations;
    const path = join(history.folder.path, 'meanwhile');
    const during: ExportOperations = {
      ...records,
      writeTo: (request, sink) =>
        records.writeTo!(request, {
          add: async (name, content) => {
            // Everything is sealed when the records begin.
            if (name === 'records.jsonl') await history.append(...late);
            await sink.add(name, content);
          },
        }),
    };
    await writeExport(during, { formats: exportFormats, by: 'eve' }, { out: path, ...quiet });
    expect(verify(path).code).toBe(0);
    const holding = filesIn(path).filter((name) => read(path, name).includes('said later'));
    expect(holding).toEqual([]);
    expect(read(path, chatPages(path)[0] ?? '')).toContain('can you send the offer?');
  });
});

describe('an export through a running worker', () => {
  it('is the same as that of the ledger itself, as a zip and as a folder', async () => {
    const { url } = await startServer({ operations: history.parts.operations });
    const { records } = remoteOperations(url, undefined);
    const local = await exportTo('local', { person: anaNumber });
    const remote = await exportTo('remote', { person: anaNumber }, records);
    const packed = await exportTo('remote.zip', { person: anaNumber }, records);
    expect(verify(remote.path).code).toBe(0);
    // These tell of the export itself, which is another one.
    const own = /^(index\.html|manifest\.|audit\.jsonl|records\.jsonl|seals\/)/;
    const same = filesIn(local.path).filter((name) => !own.test(name));
    expect(filesIn(remote.path)).toEqual(filesIn(local.path));
    for (const name of same) expect(read(remote.path, name)).toBe(read(local.path, name));
    const zip = await openPromise(packed.path, { autoClose: false });
    const names: string[] = [];
    for await (const entry of zip.eachEntry()) names.push(entry.fileName);
    zip.close();
    expect(names.sort()).toEqual(filesIn(local.path));
    expect(remote.summary.counts.interactions).toBe(packed.summary.counts.interactions);
    await expect(exportTo('gone', { person: '+19995550000' }, records)).rejects.toThrow(
      'nothing of this person',
    );
  });

  it('that breaks off leaves nothing that could be taken for one', async () => {
    const broken: ExportOperations = {
      zip: async () =>
        (async function* () {
          yield Buffer.from('PK');
          throw new Error('the database is gone');
        })(),
    };
    const { url } = await startServer({ operations: { ...history.parts.operations, records: broken } });
    const { records } = remoteOperations(url, undefined);
    await expect(exportTo('broken.zip', {}, records)).rejects.toThrow('broke it off');
    expect(readdirSync(history.folder.path).filter((name) => name.startsWith('broken'))).toEqual([]);
  });
});

describe('wcs export', () => {
  const env = (dataDir: string) => {
    const settings = join(dataDir, 'settings.yaml');
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(settings, settingsText.replace(/seals:[\s\S]*/, ''));
    return { PATH: process.env['PATH'], DATA_DIR: dataDir, SETTINGS: settings };
  };

  it('that is killed half-way leaves what nobody takes for an export, and does not write over it', async () => {
    const stalled: ExportOperations = {
      zip: async () =>
        (async function* () {
          yield Buffer.from('PK');
          await new Promise(() => undefined);
        })(),
    };
    const { url } = await startServer({ operations: { ...history.parts.operations, records: stalled } });
    const dataDir = join(history.folder.path, 'elsewhere');
    const out = join(history.folder.path, 'killed');
    const options = { env: env(dataDir), stdio: 'ignore' as const };
    writeFileSync(join(dataDir, 'server.json'), JSON.stringify({ pid: process.pid, url }));
    const args = ['--import', './test/support/run-ts.mjs', 'src/cli/wcs.ts', 'export', '--all', '--out', out];
    const child = spawn(process.execPath, args, options);
    await until(async () => existsSync(join(`${out}.part`, 'download.zip')));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(out)).toBe(false);
    expect(readdirSync(`${out}.part`).sort()).toEqual(['UNFINISHED.txt', 'download.zip']);
    expect(verify(`${out}.part`)).toMatchObject({
      code: 1,
      out: expect.stringContaining('was not finished'),
    });
    const again = spawn(process.execPath, args, options);
    expect(await once(again, 'exit')).toEqual([2, null]);
  });
});

describeWith('chromium', 'the pages of an export in a browser', () => {
  it('show the chat, run nothing, and can be read with a screen reader', async () => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('request', (request) => {
        if (!request.url().startsWith('file:')) complaints.push(request.url());
      });
      const anas = chatPages(whole).find((name) => read(whole, name).includes('Ana Silva')) ?? '';
      await page.goto(pathToFileURL(join(whole, anas)).href);
      expect(await page.title()).toBe('Ana Silva: WhatsApp chat with +15550783881');
      expect(await page.locator('.msg').count()).toBe(10);
      expect(await page.locator('.msg.out').count()).toBe(1);
      expect(await page.locator('.msg.out .said').textContent()).toBe(nasty.markup);
      expect(await page.locator('.msg .said').allTextContents()).toContain(nasty.arabic);
      expect(await page.locator('.gone .said').textContent()).toBe('forget what I said');
      expect(await page.locator('.changes').allTextContents()).toEqual([
        expect.stringContaining('🎉'),
        expect.stringContaining('earlier: at 5 pm'),
      ]);
      expect(await page.evaluate('document.images[0].naturalWidth')).toBe(8);
      expect(complaints.splice(0)).toEqual([]);
      // What looks for barriers fetches style sheets itself, and the page lets nothing be fetched.
      expect(await findings(page)).toEqual([]);
      await page.getByRole('link', { name: 'All of this export' }).click();
      expect(await page.locator('h1').textContent()).toBe('WhatsApp records');
      expect(await findings(page)).toEqual([]);
    } finally {
      await browser.close();
    }
  }, 60_000);
});
