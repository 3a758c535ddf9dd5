import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { openRedisQueue } from '../../src/queue/bullmq.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';
import { queueSuite } from './queue-suite.ts';

describeWith('redis-server', 'the queue on Redis', () => {
  queueSuite(async () => {
    const server = await startRedis();
    const redis = new Redis(server.url);
    return {
      open: (options) => openRedisQueue({ url: server.url, ...options }),
      wipe: async () => void (await redis.flushall()),
      dump: () => dumpRedis(redis),
      close: async () => {
        redis.disconnect();
        await server.close();
      },
    };
  });

  describe('when Redis is away', () => {
    let server: RedisServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server.close());

    it('refuses to open, and says why', async () => {
      const error = await openRedisQueue({ url: 'redis://:hunter2@127.0.0.1:1' }).catch(
        (reason: Error) => reason,
      );
      expect(String(error)).toMatch(/Redis cannot be reached.*ECONNREFUSED/);
      expect(String(error)).not.toContain('hunter2');
    });

    it('fails a wake-up and a ping at once, and works again when it is back', async () => {
      const queue = await openRedisQueue({ url: server.url });
      const ran: (string | undefined)[] = [];
      let told: () => void = () => undefined;
      const once = new Promise<void>((resolve) => (told = resolve));
      await queue.work({
        deliver: async (subject) => {
          ran.push(subject);
          told();
        },
      });
      await server.stop();
      const before = performance.now();
      await expect(queue.wake({ kind: 'deliver', subject: 'lost' })).rejects.toThrow();
      await expect(queue.ping()).rejects.toThrow();
      expect(performance.now() - before).toBeLessThan(1_000);

      await server.start();
      for (;;) {
        const sent = await queue.wake({ kind: 'deliver', subject: 'kept' }).then(
          () => true,
          () => false,
        );
        if (sent) break;
      }
      await once;
      expect(ran).toEqual(['kept']);
      await queue.close();
    });

    it('does not hang on a Redis that hangs', async () => {
      const queue = await openRedisQueue({ url: server.url });
      server.freeze(true);
      const asked = [queue.wake({ kind: 'process' }), queue.ping()];
      for (const answer of asked) await expect(answer).rejects.toThrow('did not answer');
      server.freeze(false);
      await queue.close();
    });
  });
});

async function dumpRedis(redis: Redis): Promise<string> {
  const lines: string[] = [];
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    if (type === 'hash') lines.push(`${key} ${JSON.stringify(await redis.hgetall(key))}`);
    else if (type === 'string') lines.push(`${key} ${await redis.get(key)}`);
    else if (type === 'stream') lines.push(`${key} ${JSON.stringify(await redis.xrange(key, '-', '+'))}`);
    else if (type === 'zset') {
      const members = await redis.zrange(key, '0', '-1');
      const finished = /:(completed|failed)$/.test(key) && members.length > 0;
      lines.push(`${finished ? 'completed_job ' : ''}${key} ${members.join(' ')}`);
    } else lines.push(`${key} ${type}`);
  }
  return lines.join('\n').replaceAll('\\"', '"');
}
