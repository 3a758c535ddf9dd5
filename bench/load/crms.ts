import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Answers, Ask } from './figures.ts';

/** The sandbox CRMs, which run in a process of their own. */
export interface CrmsProcess {
  ask<K extends Ask['ask']>(ask: Extract<Ask, { ask: K }>): Promise<Answers[K]>;
  readonly addresses: Answers['addresses'];
  stop(): Promise<void>;
}

export interface CrmsProcessOptions {
  /** contacts in both */
  readonly people: number;
  /** milliseconds that each answer takes longer */
  readonly latencyMs?: number;
  /** takes more calls than the CRMs would, to see what the worker could send */
  readonly isUnlimited?: boolean;
}

export async function startCrmsProcess(options: CrmsProcessOptions): Promise<CrmsProcess> {
  const child = fork(join(import.meta.dirname, 'crms-process.ts'), [JSON.stringify(options)], {
    execArgv: ['--import', './test/support/run-ts.mjs', '--max-old-space-size=8192'],
    serialization: 'advanced',
  });
  const waiting = new Map<number, (answer: unknown) => void>();
  child.on('message', ({ nth, answer }: { nth: number; answer: unknown }) => {
    waiting.get(nth)?.(answer);
    waiting.delete(nth);
  });
  await new Promise((resolve, reject) => {
    waiting.set(0, resolve);
    child.once('exit', (code) => reject(new Error(`the CRMs ended with ${code}`)));
  });
  let asked = 0;
  const ask = (one: Ask): Promise<unknown> =>
    new Promise((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      child.send({ ...one, nth: asked });
    });
  return {
    ask: ask as CrmsProcess['ask'],
    addresses: (await ask({ ask: 'addresses' })) as Answers['addresses'],
    async stop() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
    },
  };
}
