import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where this run keeps what its workers start from; made by global-setup.mjs, which removes it again. */
const folder = process.env.WCS_TEST_TEMPLATES;

/** Makes the embedded database with the queue's tables as a worker does at its first start, by the same code. */
const create = `
  import { openLedger } from './src/ledger/open.ts';
  import { openPgliteEngine } from './src/queue/postgres-engine.ts';
  const { ledger, sql } = await openLedger({ dataDir: process.argv[1] });
  await openPgliteEngine(sql.pglite);
  await ledger.close();`;

/**
 * Puts an empty database of the embedded store into a worker's data folder, where there is none: to make one takes three
 * seconds of a processor, to copy one a fraction. What happens at a first start has tests of its own
 * (integration/ledger-embedded).
 */
export function copyDatabase(dataDir: string): void {
  if (folder === undefined || existsSync(join(dataDir, 'database'))) return;
  const template = join(folder, 'data');
  if (!existsSync(template)) {
    const draft = mkdtempSync(join(folder, 'draft-'));
    const runTs = ['--import', './test/support/run-ts.mjs'];
    execFileSync(process.execPath, [...runTs, '--input-type=module', '-e', create, '--', draft]);
    try {
      renameSync(draft, template);
    } catch {
      // Another runner was faster.
      rmSync(draft, { recursive: true, force: true });
    }
  }
  cpSync(join(template, 'database'), join(dataDir, 'database'), { recursive: true });
}
