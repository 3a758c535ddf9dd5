import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startProgram } from '../support/program.ts';
import { settingsFor, startCrms, type Crms } from '../support/spine.ts';
import { makeTempFolder } from '../support/temp.ts';
import { appSecret, mixedWebhooks } from '../support/traffic.ts';
import { postWebhook, reportTotals, startWorker, until } from '../support/worker.ts';

describe('a worker on the embedded stores, whose machine fails it', () => {
  const folder = makeTempFolder('ground');
  let crms: Crms;
  beforeAll(async () => {
    crms = await startCrms(5);
  });
  afterAll(async () => {
    await crms.close();
    folder.remove();
  });

  test('ends when its database cannot write its log, and has everything that it acknowledged', async () => {
    const options = { folder: folder.path, settings: settingsFor(crms) };
    const worker = await startWorker(options);
    const bodies = mixedWebhooks(40, 5);
    const answers: number[] = [];
    for (const [nth, body] of bodies.entries()) {
      // From now on every write to a file fails (EFBIG).
      if (nth === 20) spawnSync('prlimit', ['--pid', String(worker.pid), '--fsize=0'], { stdio: 'inherit' });
      answers.push(await postWebhook(worker.url, 'support', body, appSecret));
    }
    const acknowledged = answers.filter((status) => status === 200).length;
    expect(acknowledged).toBeGreaterThanOrEqual(20);
    expect(acknowledged).toBeLessThan(40);
    await until(() =>
      fetch(worker.url).then(
        () => false,
        () => true,
      ),
    );
    expect(worker.output()).toContain('the database cannot write its log; nothing more is recorded');
    const again = await startWorker(options);
    expect((await reportTotals(again.url)).received).toBe(acknowledged);
    expect(await again.stop()).toBe(0);
  }, 120_000);

  test('says which port another program has, and leaves the data folder free', async () => {
    const other: Server = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const program = startProgram(['dist/workers/start.js'], {
      SETTINGS: `${folder.path}/settings.yaml`,
      DATA_DIR: `${folder.path}/data`,
      PORT: String(port),
    });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain(`Port ${port} of`);
    expect(program.output()).toContain('is in use by another program: stop that one, or set PORT.');
    other.close();
    const worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
    expect(await worker.stop()).toBe(0);
  }, 120_000);

  test('stops at once and in order though somebody has opened a connection in advance', async () => {
    const worker = await startWorker({ folder: folder.path, settings: settingsFor(crms) });
    const { hostname, port } = new URL(worker.url);
    const early = connect(Number(port), hostname);
    await once(early, 'connect');
    const closed = once(early, 'close');
    // The worker has accepted it when it has answered somebody who came later.
    expect((await fetch(`${worker.url}/health/live`)).status).toBe(200);
    const began = performance.now();
    expect([await worker.stop(), worker.output()]).toEqual([
      0,
      expect.not.stringContaining('not everything'),
    ]);
    expect(performance.now() - began).toBeLessThan(12_000);
    early.destroy();
    await closed;
  }, 60_000);
});
