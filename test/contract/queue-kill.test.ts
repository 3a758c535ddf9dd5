import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { openEmbedded } from '../../src/ledger/embedded.ts';
import { openEmbeddedQueue, openPostgresQueue, openRedisQueue } from '../../src/queue/bullmq.ts';
import type { Queue } from '../../src/queue/queue.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';
import { makeTempFolder } from '../support/temp.ts';

const runTs = fileURLToPath(new URL('../support/run-ts.mjs', import.meta.url));
const program = fileURLToPath(new URL('../support/queue-worker.ts', import.meta.url));

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

/** Starts a worker in a process of its own and resolves when it is inside its handler. */
async function startWorker(store: string, where: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--no-warnings', '--import', runTs, program, store, where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUp.push(() => child.kill('SIGKILL'));
  const [word] = (await once(child.stdout, 'data')) as [Buffer];
  expect(word.toString()).toBe('running\n');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Milliseconds until the subject that the other process holds, or held, runs here. */
async function takeOver(queue: Queue, meanwhile?: (runs: number) => Promise<void>): Promise<number> {
  cleanUp.push(() => queue.close());
  let runs = 0;
  let told: () => void = () => undefined;
  const running = new Promise<void>((resolve) => (told = resolve));
  const began = performance.now();
  await queue.work({
    deliver: async () => {
      runs += 1;
      told();
    },
  });
  await queue.wake({ kind: 'deliver', subject: 'sales' });
  await meanwhile?.(runs);
  await running;
  return performance.now() - began;
}

function conformance(store: string, start: () => Promise<{ url: string; open: () => Promise<Queue> }>): void {
  it('goes on at once in a new process on the same machine', async () => {
    const { url, open } = await start();
    await kill(await startWorker(store, url));
    expect(await takeOver(await open())).toBeLessThan(3_000);
  });

  it('leaves the job of a living process alone, and goes on within 15 s when that one is killed', async () => {
    const { url, open } = await start();
    const child = await startWorker(store, url);
    const waited = await takeOver(await open(), async (runs) => {
      expect(runs).toBe(0);
      await kill(child);
    });
    expect(waited).toBeGreaterThan(1_000);
    expect(waited).toBeLessThan(15_000);
  });
}

describeWith('redis-server', 'after kill -9 inside a handler, the queue on Redis', () => {
  conformance('redis', async () => {
    const server = await startRedis();
    cleanUp.push(() => server.close());
    return { url: server.url, open: () => openRedisQueue({ url: server.url }) };
  });
});

describeWith('postgres', 'after kill -9 inside a handler, the queue on PostgreSQL', () => {
  conformance('postgres', async () => {
    const server = await startPostgres();
    cleanUp.push(() => server.stop());
    return { url: server.url, open: () => openPostgresQueue({ url: server.url }) };
  });
});

describe('after kill -9 inside a handler, the queue on an embedded PostgreSQL', () => {
  it('goes on at once when the folder is opened again', async () => {
    const folder = makeTempFolder('queue');
    cleanUp.push(() => folder.remove());
    await kill(await startWorker('embedded', folder.path));
    const ledger = await openEmbedded(folder.path);
    cleanUp.push(() => ledger.close());
    expect(await takeOver(await openEmbeddedQueue({ pglite: ledger.pglite }))).toBeLessThan(3_000);
  });
});
