import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis } from '../../support/redis.ts';
import type { Scenario } from '../scenario.ts';
import type { World } from '../world.ts';

/** Harm to Redis. Nothing that it keeps is needed: what it loses is found again in the ledger by the next tick. */

const small = { stores: 'servers', interactions: 100, perSecond: 30 } as const;
const queueTrouble = /the queue cannot be reached, or takes nothing/;
const redisOf = (world: World) => world.servers?.redis as NonNullable<World['servers']>['redis'];

/** A connection past the proxy. */
async function direct(world: World, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(redisOf(world).url, { maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  try {
    await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Some keys go, as under an eviction policy that nobody should have set. */
async function evict(world: World): Promise<void> {
  await direct(world, async (redis) => {
    const names = await redis.keys('wcs:*');
    const gone = names.toSorted().filter(() => world.random.next() < 0.5);
    if (gone.length > 0) await redis.del(...gone);
  });
}

/** A replica takes over behind the same address; what had not reached it is lost. */
async function failOver(world: World): Promise<void> {
  const first = redisOf(world);
  const second = await startRedis();
  world.after(() => second.close());
  const redis = new Redis(second.url);
  try {
    await redis.replicaof('127.0.0.1', first.port);
    await world.until(
      async () => (await redis.info('replication')).includes('master_link_status:up'),
      'the replica follows',
    );
    // The replica is cut off first: what comes between now and its promotion is lost.
    await redis.replicaof('127.0.0.1', 1);
    // Behind the one address is the replica before anybody has promoted it: it answers, and refuses what is written.
    world.network.redis?.aim(second.port);
    world.network.redis?.cut();
    await first.kill();
    await world.untilHealthSays(queueTrouble);
    await redis.replicaof('NO', 'ONE');
  } finally {
    redis.disconnect();
    await first.start();
    await direct(world, (old) => old.flushall());
  }
}

export const redisScenarios: readonly Scenario[] = [
  {
    ...small,
    name: 'redis-flushed',
    title: 'FLUSHALL twice, and keys that are evicted at random in between',
    harm: async (world) => {
      await direct(world, (redis) => redis.flushall());
      await sleep(300);
      await evict(world);
      await sleep(300);
      await direct(world, (redis) => redis.flushall());
    },
  },
  {
    ...small,
    name: 'redis-restarted',
    title: 'Redis is stopped, started, killed with -9 and started, and its connections are cut',
    harm: async (world) => {
      const redis = redisOf(world);
      await redis.stop();
      await world.untilHealthSays(queueTrouble);
      await redis.start();
      await world.traffic.until(0.5);
      await redis.kill();
      await world.untilHealthSays(queueTrouble);
      await redis.start();
      for (let nth = 0; nth < 4; nth += 1) {
        await direct(world, (one) => one.call('client', 'kill', 'type', 'normal', 'skipme', 'yes'));
        await sleep(world.random.between(50, 300));
      }
    },
  },
  {
    ...small,
    name: 'redis-away-at-start',
    title:
      'a worker that is killed while Redis is down does not start without it, says so, and starts when it is back',
    harm: async (world) => {
      await redisOf(world).stop();
      await world.kill();
      const error = await world.start().catch((refused: Error) => refused);
      if (!(error instanceof Error) || !error.message.includes('Redis cannot be reached')) {
        throw new Error(`it should not have started: ${String(error)}`);
      }
      await redisOf(world).start();
      await world.start();
    },
  },
  {
    ...small,
    name: 'redis-frozen',
    title: 'Redis is frozen for longer than any time-out, and thaws',
    harm: async (world) => {
      redisOf(world).freeze(true);
      try {
        await world.untilHealthSays(queueTrouble);
        await sleep(16_000);
      } finally {
        redisOf(world).freeze(false);
      }
    },
  },
  {
    ...small,
    name: 'redis-full',
    title: 'Redis is out of memory and evicts nothing, then it gets more',
    harm: async (world) => {
      await direct(world, (redis) => redis.config('SET', 'maxmemory', '1kb'));
      try {
        await world.untilHealthSays(queueTrouble);
        await world.traffic.until(0.6);
      } finally {
        await direct(world, (redis) => redis.config('SET', 'maxmemory', '0'));
      }
    },
  },
  {
    ...small,
    name: 'redis-failed-over',
    title: 'the primary dies, and a replica that lags behind is promoted, later than it is reached',
    harm: failOver,
  },
  {
    ...small,
    name: 'redis-silent',
    title: 'packets to Redis are dropped for a while: connections of before are dead and nobody says so',
    harm: async (world) => {
      world.network.redis?.blackHole(true);
      await world.untilHealthSays(queueTrouble);
      await sleep(2_000);
      world.network.redis?.blackHole(false);
    },
  },
];
