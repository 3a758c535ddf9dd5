/**
 * How long an export of very many events takes, and how much memory: `npm run bench:export -- 1000000 [zip|folder]`. The ledger is
 * filled by SQL, as the fold would leave it; nothing is measured of that. Then the verifier of the docs runs on the export.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { writeExport } from '../src/cli/export-target.ts';
import { exportFormats, type ExportFormat } from '../src/pipeline/export-operations.ts';
import { fillLedger } from '../test/support/export-fill.ts';
import { openHistory } from '../test/support/export-history.ts';

const [count = '100000', kind = 'folder', formats = 'html,json,csv'] = process.argv.slice(2);
const history = await openHistory();
const chosen = exportFormats.filter((format) => formats.split(',').includes(format)) satisfies ExportFormat[];
const say = (what: string, value: unknown) => process.stdout.write(`${what.padEnd(24)} ${String(value)}\n`);
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
try {
  let started = performance.now();
  await fillLedger(history.parts, { from: 0, count: Number(count), perChat: 50 });
  say('events', count);
  say('filled and sealed in', seconds(started));
  let [heap, rss] = [0, 0];
  const timer = setInterval(() => {
    const used = process.memoryUsage();
    [heap, rss] = [Math.max(heap, used.heapUsed), Math.max(rss, used.rss)];
  }, 100);
  global.gc?.();
  say('heap before', `${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MB`);
  started = performance.now();
  const before = process.cpuUsage();
  const out = join(history.folder.path, kind === 'zip' ? 'export.zip' : 'export');
  const target = { out, onProgress: () => undefined, onBytes: () => undefined };
  const summary = await writeExport(
    history.parts.operations.records,
    { formats: chosen, by: 'bench' },
    target,
  );
  clearInterval(timer);
  const { user, system } = process.cpuUsage(before);
  say('exported in', `${seconds(started)}, of it ${((user + system) / 1e6).toFixed(1)} s of a processor`);
  say('most heap', `${Math.round(heap / 2 ** 20)} MB`);
  say('most memory (with PGlite)', `${Math.round(rss / 2 ** 20)} MB`);
  say('counts', JSON.stringify(summary.counts));
  if (kind === 'zip') say('size', `${Math.round(statSync(out).size / 2 ** 20)} MB`);
  else {
    started = performance.now();
    const verifier = spawn(process.execPath, ['docs/verify.mjs', out], { stdio: 'inherit' });
    const [code] = (await once(verifier, 'exit')) as [number];
    say('verified in', `${seconds(started)}, exit ${code}`);
  }
} finally {
  await history.close();
}
