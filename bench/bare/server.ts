import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startPostgres } from '../../test/support/postgres.ts';

/** nothing is kept; each webhook is a transaction; what comes while one runs goes into the next */
export type BareStore = 'none' | 'single' | 'grouped';

/** A server with nothing but signature, parse and store, in a process of its own. */
export async function startBare(store: BareStore): Promise<{ url: string; stop(): Promise<void> }> {
  const postgres = store === 'none' ? undefined : await startPostgres();
  const child = fork(join(import.meta.dirname, 'process.ts'), [store, postgres?.url ?? ''], {
    execArgv: ['--import', './test/support/run-ts.mjs'],
  });
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    async stop() {
      const exit = once(child, 'exit');
      child.disconnect();
      await exit;
      await postgres?.stop();
    },
  };
}
