import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const program = `
  import { createLog } from './src/observe/log.ts';
  const log = createLog('info');
  process.on('SIGTERM', () => {
    for (let line = 0; line < 100; line += 1) log.info({}, 'stopping');
    process.exit(0);
  });
  setInterval(() => undefined, 1_000);
  log.info({}, 'ready');`;

test('a process ends as it was told to when nobody reads its log any more', async () => {
  const run = [
    '--no-warnings',
    '--import',
    './test/support/run-ts.mjs',
    '--input-type=module',
    '-e',
    program,
  ];
  const child = spawn(process.execPath, run, {
    cwd: join(import.meta.dirname, '..', '..'),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
