import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './ports.ts';
import { makeTempFolder } from './temp.ts';

/** A PostgreSQL server of our own, in a temporary folder, on 127.0.0.1, without a password. */
export interface PostgresServer {
  /** of the database `postgres` */
  readonly url: string;
  /** where its files are */
  readonly folder: string;
  /** makes an empty database and gives its address */
  createDatabase(): Promise<string>;
  /** stops it as a crash would (SIGKILL to the server and, by that, its children) */
  kill(): Promise<void>;
  /** starts it again on the same port, after `kill` or while it runs */
  restart(): Promise<void>;
  /** writes everything into the files of the tables */
  checkpoint(): Promise<void>;
  stop(): Promise<void>;
}

/** @param env of the server, besides that of this process */
export async function startPostgres(env: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const bin = programFolder();
  const { path: folder, remove } = makeTempFolder('postgres');
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'],
    {
      ...user,
      cwd: folder,
      encoding: 'utf8',
    },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  let server = await launch(bin, data, folder, port, user, env);
  let databases = 0;
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill(signal);
    await gone;
  };
  return {
    url,
    folder: data,
    checkpoint: () => withClient(url, async (client) => void (await client.query('checkpoint'))),
    async createDatabase() {
      databases += 1;
      const name = `wcs_${databases}`;
      await withClient(url, (client) => client.query(`create database ${name}`));
      return url.replace(/postgres$/, name);
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGINT');
      server = await launch(bin, data, folder, port, user, env);
    },
    async stop() {
      await end('SIGINT');
      remove();
    },
  };
}

async function launch(
  bin: string,
  data: string,
  folder: string,
  port: number,
  user: { uid: number; gid: number } | undefined,
  env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`];
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
    ...user,
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  for (let tries = 0; tries < 300; tries += 1) {
    if (server.exitCode !== null) throw new Error(`postgres did not start: ${said}`);
    if (await answers(url)) return server;
    await sleep(50);
  }
  throw new Error(`postgres did not answer: ${said}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('select 1'));
    return true;
  } catch {
    return false;
  }
}

/**
 * A pool for a test's own statements. `end` of a pool does not wait until its connections are closed: they may hear that
 * their server is stopped right after it, and what nobody listens for would fail the test that made the connection.
 */
export function openPool(url: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, ...options });
  pool.on('error', () => undefined);
  return pool;
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or else as `nobody`. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const id = (flag: string) => spawnSync('id', [flag, name], { encoding: 'utf8' });
    const uid = id('-u');
    if (uid.status === 0) return { uid: Number(uid.stdout), gid: Number(id('-g').stdout) };
  }
  throw new Error('no user to run postgres as: neither postgres nor nobody exists');
}

/** Not through `findProgram`: benches start a server too, outside of jest. */
function programFolder(): string {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (found === undefined) throw new Error('postgres is not installed (Debian: apt-get install postgresql)');
  return found;
}
