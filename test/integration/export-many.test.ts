import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeExport } from '../../src/cli/export-target.ts';
import { openBrowser } from '../support/browser.ts';
import { fillLedger } from '../support/export-fill.ts';
import { openHistory, type ExportHistory } from '../support/export-history.ts';
import { describeLong } from '../support/require.ts';

const events = 100_000;
/** Megabytes that are in use, without what only waits to be collected: other tests left some of that too. */
function liveHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** messages of one chat more */
const longChat = 1_200;

describeLong('chromium', 'an export of very many messages', () => {
  let history: ExportHistory;
  let out: string;
  let progress: number[];
  /** more megabytes in use than before, at each quarter of the way */
  let grown: number[];

  beforeAll(async () => {
    history = await openHistory();
    await fillLedger(history.parts, { from: 0, count: events, perChat: 5 });
    await fillLedger(history.parts, { from: 10_000_000, count: longChat, perChat: 10_000_000 });
    out = join(history.folder.path, 'many');
    [progress, grown] = [[], []];
    const before = liveHeap();
    await writeExport(
      history.parts.operations.records,
      { formats: ['html', 'json', 'csv'], by: 'eve' },
      {
        out,
        onProgress: ({ done, total }) => {
          progress.push(done / total);
          if (done / total >= (grown.length + 1) / 4) grown.push(liveHeap() - before);
        },
        onBytes: () => undefined,
      },
    );
  }, 900_000);

  afterAll(() => history.close());

  it('has all of them, verifies, and needs no more memory for more', () => {
    const rows = readFileSync(join(out, 'interactions.jsonl'), 'utf8').trim().split('\n');
    expect(rows).toHaveLength(events + longChat + 12);
    const { status, stdout } = spawnSync(process.execPath, ['docs/verify.mjs', out], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^All fits/)]);
    expect(grown).toHaveLength(4);
    expect(Math.max(...grown)).toBeLessThan(150);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  }, 300_000);

  it('has lists of chats and pages of a long one, which lead to each other', async () => {
    const chats = readdirSync(join(out, 'conversations'), { withFileTypes: true }).filter((one) =>
      one.isDirectory(),
    );
    const long = chats.find(({ name }) => readdirSync(join(out, 'conversations', name)).length > 1);
    expect(readdirSync(join(out, 'conversations', long?.name ?? ''))).toHaveLength(3);
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(join(out, 'index.html')).href);
      await page.getByRole('link', { name: `${chats.length} chats` }).click();
      expect(await page.locator('tbody tr').count()).toBe(300);
      await page.getByRole('link', { name: 'Older' }).first().click();
      await page.locator('tbody a').first().click();
      expect(await page.locator('.msg').count()).toBe(5);
      await page.goto(pathToFileURL(join(out, 'conversations', long?.name ?? '', '002.html')).href);
      expect(await page.locator('.msg').count()).toBe(500);
      await page.getByRole('link', { name: 'Later' }).first().click();
      expect(await page.locator('.msg').count()).toBe(200);
    } finally {
      await browser.close();
    }
  }, 60_000);
});
