import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { openLedger, type OpenLedger } from '../../src/ledger/open.ts';
import { openLimits } from '../../src/limits/open.ts';
import { openRedisQueue } from '../../src/queue/bullmq.ts';
import { TcpProxy } from '../chaos/tcp-proxy.ts';
import { eventOf } from '../support/ledger-data.ts';
import { startPostgres, type PostgresServer } from '../support/postgres.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { describeWith } from '../support/require.ts';

const limitMs = 30_000;

describeWith('postgres', 'a PostgreSQL server that says nothing', () => {
  let server: PostgresServer;
  let proxy: TcpProxy;
  let opened: OpenLedger;
  beforeAll(async () => {
    server = await startPostgres();
    const url = await server.createDatabase();
    proxy = await TcpProxy.open(Number(new URL(url).port));
    const through = url.replace(/:\d+\//, `:${proxy.port}/`);
    opened = await openLedger({ dataDir: '', databaseUrl: `${through}?query_timeout=1000` });
  }, limitMs);
  afterAll(async () => {
    await opened.ledger.close();
    await proxy.close();
    await server.stop();
  });

  it(
    'is given up, and used again on new connections',
    async () => {
      const { ledger, sql } = opened;
      await ledger.append([eventOf('before')], []);
      proxy.blackHole(true);
      const held = sql.transaction((tx) => tx.query('select 1'));
      const all = [ledger.append([eventOf('lost')], []), ledger.backlog(), held];
      const answers = await Promise.allSettled(all);
      proxy.heal();
      // Whoever gets no connection in time is told so; who has one is told that nothing comes.
      expect(answers).toEqual(
        all.map(() => ({
          status: 'rejected',
          reason: expect.objectContaining({ message: expect.stringMatching(/time/) as unknown }) as unknown,
        })),
      );
      await expect(ledger.append([eventOf('lost')], [])).resolves.toMatchObject({ appended: [{}] });
      await expect(ledger.backlog()).resolves.toBeDefined();
    },
    limitMs,
  );

  it('ends a statement that takes too long, and a transaction that stands still, also after a session', async () => {
    const { sql } = opened;
    const limits = (haste: 'urgent' | 'usual' | 'patient') =>
      sql.transaction(async (tx) => {
        const [row] = await tx.query<{ limits: string }>(
          `select current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout') as limits`,
        );
        return row?.limits;
      }, haste);
    await sql.session((session) => session.query('set lock_timeout = 1'));
    expect([await limits('urgent'), await limits('usual'), await limits('patient')]).toEqual([
      '5s 15s',
      '1min 15s',
      '0 15s',
    ]);
  });
});

describeWith('redis-server', 'a Redis that takes nothing', () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let direct: Redis;
  beforeAll(async () => {
    server = await startRedis();
    proxy = await TcpProxy.open(server.port);
    direct = new Redis(server.url);
  }, limitMs);
  afterAll(async () => {
    direct.disconnect();
    await proxy.close();
    await server.close();
  });
  const url = () => `redis://127.0.0.1:${proxy.port}`;

  it('is told by the ping: full, and read-only', async () => {
    const queue = await openRedisQueue({ url: url() });
    await direct.config('SET', 'maxmemory', '1kb');
    await expect(queue.ping()).rejects.toThrow('OOM');
    await direct.config('SET', 'maxmemory', '0');
    await queue.ping();
    await direct.replicaof('127.0.0.1', 1);
    await expect(queue.ping()).rejects.toThrow();
    await direct.replicaof('NO', 'ONE');
    await untilWell(() => queue.ping());
    await queue.close();
  });

  it(
    'is left for a new connection when it is silent; a delivery counts for itself meanwhile',
    async () => {
      const queue = await openRedisQueue({ url: url() });
      const limits = await openLimits({ kind: 'redis', url: url() }, () => undefined);
      const budget = limits.budget('sales', { share: 1, searchesPerSecond: 10 });
      await budget.take('search');
      proxy.blackHole(true);
      await Promise.all([budget.take('search'), expect(queue.ping()).rejects.toThrow()]);
      // From now on only new connections lead anywhere.
      proxy.heal();
      await untilWell(() => queue.ping());
      await queue.close();
      await limits.close();
    },
    limitMs,
  );
});

async function untilWell(ask: () => Promise<void>): Promise<void> {
  const end = Date.now() + 20_000;
  for (;;) {
    const error = await ask().catch((refused: Error) => refused);
    if (error === undefined) return;
    if (Date.now() > end) throw error;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
