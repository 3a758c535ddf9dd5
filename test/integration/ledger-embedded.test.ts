import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { openEmbedded } from '../../src/ledger/embedded.ts';
import { FolderLockedError, lockFolder } from '../../src/ledger/folder-lock.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { eventOf } from '../support/ledger-data.ts';
import { makeTempFolder } from '../support/temp.ts';

describe('the embedded database', () => {
  const folder = makeTempFolder('embedded');
  afterAll(() => folder.remove());

  it('flushes each commit to the disk before it is acknowledged', async () => {
    let flushes = 0;
    const { ledger, sql } = await openLedger({
      dataDir: folder.path,
      embedded: { onFsync: () => (flushes += 1) },
    });
    try {
      const settings = await sql.query<{ name: string; setting: string }>(
        `select name, setting from pg_settings
         where name in ('fsync', 'synchronous_commit', 'wal_sync_method', 'shared_buffers') order by name`,
      );
      expect(settings.map(({ name, setting }) => `${name} ${setting}`)).toEqual([
        'fsync on',
        'shared_buffers 4096',
        'synchronous_commit on',
        'wal_sync_method fsync',
      ]);
      for (let nth = 0; nth < 5; nth += 1) {
        const before = flushes;
        await ledger.append([eventOf(`n${nth}`)], []);
        expect(flushes).toBeGreaterThan(before);
      }
      const before = flushes;
      await Promise.all(Array.from({ length: 200 }, (_, nth) => ledger.append([eventOf(`m${nth}`)], [])));
      expect(flushes - before).toBeLessThan(10);
    } finally {
      await ledger.close();
    }
  }, 60_000);

  it('refuses a second opener and names the process that has it', async () => {
    const first = await openEmbedded(folder.path);
    try {
      const refused = await openEmbedded(folder.path).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(FolderLockedError);
      expect((refused as Error).message).toContain(`process ${process.pid} `);
      expect((refused as Error).message).toContain('DATABASE_URL');
    } finally {
      await first.close();
    }
    await (await openEmbedded(folder.path)).close();
  });

  it('gives the event loop a turn between statements', async () => {
    const sql = await openEmbedded(folder.path);
    try {
      let turns = 0;
      const count = () => {
        turns += 1;
        timer = setImmediate(count);
      };
      let timer = setImmediate(count);
      for (let nth = 0; nth < 50; nth += 1) await sql.query('select 1');
      clearImmediate(timer);
      expect(turns).toBeGreaterThanOrEqual(49);
    } finally {
      await sql.close();
    }
  });

  it('keeps its write-ahead log and dead rows small by itself', async () => {
    const errors: Error[] = [];
    const sql = await openEmbedded(folder.path, {
      maintainAfterBytes: 200_000,
      onError: (error) => errors.push(error),
    });
    try {
      await sql.exec('create table if not exists public.churn (id int primary key, body text)');
      await sql.query(`insert into public.churn select n, repeat('x', 500) from generate_series(1, 2000) n`);
      const read = async () => {
        const [row] = await sql.query<{ redo: string; analyzed: boolean }>(
          `select redo_lsn::text as redo, (select reltuples > 0 from pg_class where relname = 'churn') as analyzed
           from pg_control_checkpoint()`,
        );
        return row!;
      };
      const before = await read();
      let after = before;
      for (let tries = 0; tries < 100 && (after.redo === before.redo || !after.analyzed); tries += 1) {
        await sleep(100);
        after = await read();
      }
      expect(after.redo).not.toBe(before.redo);
      expect(after.analyzed).toBe(true);
      expect(errors).toEqual([]);
    } finally {
      await sql.close();
    }
  }, 30_000);

  it('starts over when its first creation was cut off', async () => {
    const half = makeTempFolder('half');
    mkdirSync(join(half.path, 'database.new'));
    writeFileSync(join(half.path, 'database.new', 'PG_VERSION'), '18\n');
    const sql = await openEmbedded(half.path);
    try {
      expect(await sql.query('select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await sql.close();
      half.remove();
    }
  }, 60_000);
});

describe('the lock on a folder', () => {
  const folder = makeTempFolder('lock');
  const lockIn = (name: string) => join(folder.path, name);
  afterAll(() => folder.remove());

  const holderFile = (path: string) => join(path, readdirSync(path).sort().at(-1)!);
  const change = (path: string, changes: object) => {
    const file = holderFile(path);
    writeFileSync(
      file,
      JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...changes }),
    );
  };
  /** the pid of a process that is dead */
  const deadPid = async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    return child.pid;
  };

  it('is free again after its release', async () => {
    const path = lockIn('release');
    (await lockFolder(path)).release();
    (await lockFolder(path)).release();
    expect(readdirSync(path)).toHaveLength(1);
  });

  it('is taken over from a dead process', async () => {
    const path = lockIn('dead');
    await lockFolder(path, { heartbeatMs: 60_000 });
    change(path, { pid: await deadPid() });
    (await lockFolder(path)).release();
  });

  it("is taken over when another process has got the dead one's number", async () => {
    const path = lockIn('reused');
    await lockFolder(path, { heartbeatMs: 60_000 });
    change(path, { startedAt: '1' });
    (await lockFolder(path)).release();
  });

  it('goes to exactly one of many takers', async () => {
    const path = lockIn('many');
    await lockFolder(path, { heartbeatMs: 60_000 });
    change(path, { pid: await deadPid() });
    const takers = await Promise.allSettled(Array.from({ length: 10 }, () => lockFolder(path)));
    const winners = takers.flatMap((taker) => (taker.status === 'fulfilled' ? [taker.value] : []));
    expect(winners).toHaveLength(1);
    winners[0]!.release();
  });

  it('of a holder in another container is taken over only when its heartbeat has stopped', async () => {
    const path = lockIn('elsewhere');
    const alive = await lockFolder(path, { heartbeatMs: 50 });
    change(path, { place: 'another container' });
    await expect(lockFolder(path, { silenceMs: 1_000 })).rejects.toThrow(FolderLockedError);
    alive.release();
    const silent = lockIn('silent');
    await lockFolder(silent, { heartbeatMs: 60_000 });
    change(silent, { place: 'another container' });
    (await lockFolder(silent, { silenceMs: 500 })).release();
  });

  it('tells its holder when it was taken over', async () => {
    const path = lockIn('lost');
    const frozen = await lockFolder(path, { heartbeatMs: 20 });
    frozen.check();
    change(path, { pid: await deadPid() });
    const next = await lockFolder(path);
    await sleep(60);
    expect(() => frozen.check()).toThrow(FolderLockedError);
    frozen.release();
    await expect(lockFolder(path)).rejects.toThrow(FolderLockedError);
    next.release();
  });
});
