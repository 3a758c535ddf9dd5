import { Worker } from 'node:worker_threads';

/**
 * A loop that never ends cannot be broken off from inside. A thread watches the one that runs the cases: when it has not
 * said anything for too long, the thread tells which case it was and ends this process.
 */
const blockedMs = 90_000;

const source = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  let what, since;
  parentPort.on('message', (told) => { what = told; since = Date.now(); });
  setInterval(() => {
    if (what === undefined || Date.now() - since < workerData.blockedMs) return;
    writeSync(2, 'fuzz: hangs for good: ' + what + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }, 1_000);`;

let worker: Worker | undefined;

/** @param what the case, as it shall be told @returns to be called when it has ended */
export function watchOver(what: string): () => void {
  worker ??= new Worker(source, { eval: true, workerData: { blockedMs } });
  worker.unref();
  const tell = (told?: string) => worker?.postMessage(told, []);
  tell(what);
  return () => tell();
}

/** Ends the thread: a test file that began it calls this last. */
export async function stopWatching(): Promise<void> {
  await worker?.terminate();
  worker = undefined;
}
