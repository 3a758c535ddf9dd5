import { once } from 'node:events';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startRedis } from '../../test/support/redis.ts';
import { personNumber } from '../../test/support/traffic.ts';
import type { Answers } from '../load/figures.ts';
import { openNaive } from './naive.ts';

/** A BullMQ job for each message, ten at a time, each with its three calls to HubSpot. @returns how many */
export async function logEach(
  addresses: Answers['addresses'],
  count: number,
  people: number,
): Promise<number> {
  const redis = await startRedis();
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  const naive = await openNaive(addresses);
  const queue = new Queue('messages', { connection });
  const worker = new Worker<{ phone: string; text: string }>(
    'messages',
    ({ data: { phone, text } }) => naive.hubspot(phone, text),
    { connection, concurrency: 10, removeOnComplete: { count: 0 } },
  );
  let failed: Error | undefined;
  worker.on('failed', (_job, error) => (failed = error));
  await queue.addBulk(
    Array.from({ length: count }, (_, index) => ({
      name: 'message',
      data: { phone: personNumber(index % people), text: `message ${index}` },
    })),
  );
  await once(worker, 'drained');
  await worker.close();
  await queue.close();
  connection.disconnect();
  await redis.close();
  if (failed !== undefined) throw failed;
  return count;
}
