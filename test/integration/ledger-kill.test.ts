import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openLedger } from '../../src/ledger/open.ts';
import { makeTempFolder } from '../support/temp.ts';

const support = join(process.cwd(), 'test', 'support');

/** A writer in a process of its own; `acknowledged` fills up with the names that it says. */
function startWriter(folder: string, round: number, acknowledged: string[]): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      '--import',
      join(support, 'run-ts.mjs'),
      join(support, 'ledger-writer.ts'),
      folder,
      `${round}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout! });
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writer ended before it was killed')));
    lines.on('line', (line) => {
      if (line === 'open') resolve(child);
      else acknowledged.push(line);
    });
  });
}

async function killAfter(child: ChildProcess, enough: () => boolean): Promise<void> {
  while (!enough()) await once(child.stdout!, 'data');
  child.kill('SIGKILL');
  // `close` comes when the last of its output has been read, so that no acknowledgement is overlooked.
  await once(child, 'close');
}

describe('kill -9 of the process that has the embedded ledger', () => {
  const folder = makeTempFolder('kill');
  afterAll(() => folder.remove());

  it('loses no acknowledged event, and the next start takes the stale lock over', async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const before = acknowledged.length;
      const wanted = 50 + Math.floor(Math.random() * 600);
      const child = await startWriter(folder.path, round, acknowledged);
      await killAfter(child, () => acknowledged.length - before >= wanted);
    }
    const { ledger, sql } = await openLedger({ dataDir: folder.path });
    try {
      const rows = await sql.query<{ provider_id: string }>('select provider_id from wcs.events');
      const kept = new Set(rows.map((row) => row.provider_id));
      expect(acknowledged.length).toBeGreaterThanOrEqual(200);
      expect(acknowledged.filter((name) => !kept.has(name))).toEqual([]);
      const [inbox] = await sql.query<{ count: string }>('select count(*) as count from wcs.inbox');
      expect(Number(inbox!.count)).toBe(rows.length);
    } finally {
      await ledger.close();
    }
  }, 90_000);
});
