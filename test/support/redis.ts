import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from './ports.ts';
import { makeTempFolder } from './temp.ts';

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Ends the process; the folder stays, so that `start` goes on with what was kept. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends the process as a crash would. */
  kill(): Promise<void>;
  /** Freezes (true) or thaws the process. */
  freeze(frozen: boolean): void;
  /** Ends it for good and removes its folder. */
  close(): Promise<void>;
}

/** A redis-server of its own on a free port and a temporary folder, as compose.yaml configures it. */
export async function startRedis(): Promise<RedisServer> {
  const folder = makeTempFolder('redis');
  const port = await freePort();
  let server: ChildProcess | undefined = await spawnRedis(port, folder.path);
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const running = server;
    server = undefined;
    if (!running) return;
    const ended = once(running, 'exit');
    running.kill('SIGCONT');
    running.kill(signal);
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => stop(),
    kill: () => stop('SIGKILL'),
    start: async () => {
      server ??= await spawnRedis(port, folder.path);
    },
    freeze: (frozen) => void server?.kill(frozen ? 'SIGSTOP' : 'SIGCONT'),
    close: async () => {
      await stop();
      folder.remove();
    },
  };
}

async function spawnRedis(port: number, folder: string): Promise<ChildProcess> {
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'yes', logfile: '' };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  for await (const line of createInterface({ input: server.stdout })) {
    output += `${line}\n`;
    if (line.includes('Ready to accept connections')) {
      server.stdout.resume();
      return server;
    }
  }
  throw new Error(`redis-server did not start:\n${output}`);
}
