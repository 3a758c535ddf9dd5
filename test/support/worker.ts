import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { copyDatabase } from './template.ts';

/** A worker as an operator starts it: the built program in a process of its own. */
export interface WorkerProcess {
  readonly url: string;
  readonly pid: number;
  /** ends it as an operator would; resolves with the exit code */
  stop(): Promise<number | null>;
  /** ends it as a power cut would */
  kill(): Promise<void>;
  /** everything it wrote */
  output(): string;
}

export interface WorkerOptions {
  /** folder for settings and data */
  readonly folder: string;
  readonly settings: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** of Node itself, before the program */
  readonly nodeArgs?: readonly string[];
  /** told of the process's id before it is ready */
  readonly onSpawn?: (pid: number) => void;
  /** id of the user as whom it runs; the folder becomes that user's. Only root can do so */
  readonly user?: number;
  /** folder of the built program; default: this one's */
  readonly program?: string;
}

/**
 * A worker of a test lives for seconds: nothing is compiled a second time for it, to run faster in the minutes to come. That
 * saves a third of the processor's time that a start and a first delivery take.
 */
const shortLived = ['--liftoff-only', '--wasm-lazy-compilation', '--no-opt', '--max-semi-space-size=64'];

/** Starts `dist/workers/start.js` and resolves when it says it is ready. @throws when it ends before */
export async function startWorker(options: WorkerOptions): Promise<WorkerProcess> {
  mkdirSync(options.folder, { recursive: true });
  const settingsPath = join(options.folder, 'settings.yaml');
  writeFileSync(settingsPath, options.settings);
  if (options.env?.DATABASE_URL === undefined) copyDatabase(join(options.folder, 'data'));
  const { user, program = '.', nodeArgs = shortLived, args = [] } = options;
  if (user !== undefined) giveTo(options.folder, user);
  const child = spawn(process.execPath, [...nodeArgs, join(program, 'dist/workers/start.js'), ...args], {
    ...(user !== undefined && { uid: user, gid: user }),
    env: {
      PATH: process.env.PATH,
      SETTINGS: settingsPath,
      DATA_DIR: join(options.folder, 'data'),
      PORT: '0',
      LOG_LEVEL: 'info',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  options.onSpawn?.(child.pid as number);
  let written = '';
  child.stderr.on('data', (chunk: Buffer) => (written += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      written += `${line}\n`;
      if (line.includes('"msg":"ready"')) resolve((JSON.parse(line) as { url: string }).url);
    });
    child.once('exit', (code) =>
      reject(new Error(`the worker ended with ${code} before it was ready:\n${written}`)),
    );
  });
  return {
    url,
    pid: child.pid as number,
    stop: () => end(child, 'SIGTERM'),
    kill: async () => void (await end(child, 'SIGKILL')),
    output: () => written,
  };
}

function giveTo(folder: string, user: number): void {
  const inside = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const path of [folder, ...inside.map((one) => join(folder, one))]) chownSync(path, user, user);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exit)[0];
}

/** Posts a body as Meta does: signed over exactly these bytes. @returns the status, or 0 when nobody answered */
export async function postWebhook(
  url: string,
  source: string,
  body: unknown,
  appSecret: string,
): Promise<number> {
  const raw = typeof body === 'string' ? body : JSON.stringify(body);
  const signature = createHmac('sha256', appSecret).update(raw).digest('hex');
  try {
    const answer = await fetch(`${url}/webhooks/${source}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` },
      body: raw,
      signal: AbortSignal.timeout(20_000),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

export interface ReportTotals {
  readonly received: number;
  readonly logged: number;
  readonly pending: number;
  readonly parked: number;
  readonly excluded: number;
  readonly ignored: number;
  readonly failed: number;
  readonly withoutContent: number;
}

/** Totals over all days, from the API. */
export async function reportTotals(url: string): Promise<ReportTotals> {
  const answer = await fetch(`${url}/api/report?from=1970-01-01&to=2100-12-31`);
  const { totals } = (await answer.json()) as { totals: ReportTotals };
  return totals;
}

/**
 * Asks for the totals until `done`; the worker gives no event for "nothing waits any more". Most of the time it is left
 * alone, so that asking does not hold up what is waited for. @throws after `withinMs`, with the last totals
 */
export async function untilTotals(
  url: string,
  done: (totals: ReportTotals) => boolean,
  withinMs = 60_000,
  everyMs = 200,
): Promise<ReportTotals> {
  const end = Date.now() + withinMs;
  for (;;) {
    const asked = performance.now();
    const totals = await reportTotals(url);
    if (done(totals)) return totals;
    if (Date.now() > end) throw new Error(`still ${JSON.stringify(totals)}`);
    const pause = Math.max(everyMs, 4 * (performance.now() - asked));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Asks until the answer is yes; for what gives no event. @throws after `withinMs` */
export async function until(isDone: () => Promise<boolean>, withinMs = 60_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await isDone())) {
    if (Date.now() > end) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface StatusAnswer {
  readonly destinations: readonly {
    destination: string;
    state: string;
    code?: string;
    directoryPulledAt?: string;
  }[];
}

async function statusOf(url: string): Promise<StatusAnswer> {
  return (await (await fetch(`${url}/api/status`)).json()) as StatusAnswer;
}

/** `running`, `waiting <code>` or `stopped <code>` per destination. */
export async function destinationStates(url: string): Promise<Record<string, string>> {
  const { destinations } = await statusOf(url);
  return Object.fromEntries(
    destinations.map(({ destination, state, code }) => [
      destination,
      state === 'running' ? state : `${state} ${code}`,
    ]),
  );
}

/** Resolves when these destinations' directories have been pulled once. */
export async function untilDirectoryPulled(
  url: string,
  destinations: readonly string[],
  withinMs = 30_000,
): Promise<void> {
  await until(async () => {
    const status = await statusOf(url);
    const pulled = status.destinations.filter((one) => one.directoryPulledAt !== undefined);
    return destinations.every((id) => pulled.some((one) => one.destination === id));
  }, withinMs);
}
