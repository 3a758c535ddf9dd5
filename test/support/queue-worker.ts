import { openEmbedded } from '../../src/ledger/embedded.ts';
import { openEmbeddedQueue, openPostgresQueue, openRedisQueue } from '../../src/queue/bullmq.ts';
import type { Queue } from '../../src/queue/queue.ts';

// A process that works on `deliver` of `sales` and never gets done with it: to be ended by force. Says "running" then.
const [store = '', where = ''] = process.argv.slice(2);

async function open(): Promise<Queue> {
  if (store === 'redis') return openRedisQueue({ url: where });
  if (store === 'postgres') return openPostgresQueue({ url: where });
  return openEmbeddedQueue({ pglite: (await openEmbedded(where)).pglite });
}

const queue = await open();
await queue.work({
  deliver: async () => {
    process.stdout.write('running\n');
    await new Promise(() => undefined);
  },
});
await queue.wake({ kind: 'deliver', subject: 'sales' });
