import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Who holds a lock, as written in its file. */
interface Holder {
  readonly token: string;
  readonly pid: number;
  /** start time of the process in clock ticks since boot, where the system tells: pids are used again */
  readonly startedAt: string;
  /** machine, boot and pid namespace: only there does the pid mean anything */
  readonly place: string;
  readonly host: string;
  readonly released?: true;
}

/** A lock that this process holds. */
export interface FolderLock {
  /** Throws when another process took the lock over (this one was frozen for too long). */
  check(): void;
  release(): void;
}

/** Times of the heartbeat; tests shorten them. */
export interface LockOptions {
  /** how often the holder touches its file; default 1,000 ms */
  readonly heartbeatMs?: number;
  /** a holder that cannot be asked (other container or machine) is dead after so long without a touch; default 10,000 ms */
  readonly silenceMs?: number;
}

/** The folder is in use by a living process. */
export class FolderLockedError extends Error {
  /** process id of the holder, 0 when it could not be read */
  readonly pid: number;

  constructor(folder: string, holder: Holder | undefined) {
    const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
    super(
      `The embedded ledger in ${folder} is in use by ${who}. Only one process may open it: stop that one, ` +
        'or set DATABASE_URL to share a PostgreSQL server.',
    );
    this.name = 'FolderLockedError';
    this.pid = holder?.pid ?? 0;
  }
}

/**
 * Takes the lock on a folder, which no two living processes hold at once. PGlite has none, and a second opener destroys
 * rows. A lock is a file `lock.<n>` made exclusively; the highest number holds. It is taken over by making the next
 * number, so that of several takers exactly one wins; the highest file always stays, so that no number comes twice.
 */
export async function lockFolder(folder: string, options: LockOptions = {}): Promise<FolderLock> {
  const { heartbeatMs = 1_000, silenceMs = 10_000 } = options;
  mkdirSync(folder, { recursive: true });
  const me: Holder = { token: randomUUID(), pid: process.pid, ...processIdentity(), host: hostname() };
  for (;;) {
    const highest = highestLock(folder);
    if (highest > 0) await waitForDeath(folder, highest, me, silenceMs);
    const mine = highest + 1;
    if (!createLock(folder, mine, me)) continue;
    if (highestLock(folder) === mine) return hold(folder, mine, me, heartbeatMs);
    rmSync(lockPath(folder, mine), { force: true });
  }
}

function hold(folder: string, number: number, me: Holder, heartbeatMs: number): FolderLock {
  const path = lockPath(folder, number);
  for (const old of lockNumbers(folder)) if (old < number) rmSync(lockPath(folder, old), { force: true });
  let lost = false;
  const timer = setInterval(() => {
    lost ||= !isMine(folder, number, me);
    if (lost) clearInterval(timer);
    else touch(path);
  }, heartbeatMs);
  timer.unref();
  return {
    check() {
      if (lost) throw new FolderLockedError(folder, currentHolder(folder));
    },
    release() {
      clearInterval(timer);
      if (isMine(folder, number, me)) writeFileSync(path, JSON.stringify({ ...me, released: true }));
    },
  };
}

/** A folder that is gone or cannot be read is nobody's. */
function isMine(folder: string, number: number, me: Holder): boolean {
  try {
    return highestLock(folder) === number && readHolder(folder, number)?.token === me.token;
  } catch {
    return false;
  }
}

function currentHolder(folder: string): ReturnType<typeof readHolder> {
  return existsSync(folder) ? readHolder(folder, highestLock(folder)) : undefined;
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The next heartbeat sees whether the file is gone.
  }
}

/** Returns when the holder is known to be dead or has released; throws when it lives. */
async function waitForDeath(folder: string, number: number, me: Holder, silenceMs: number): Promise<void> {
  const holder = readHolder(folder, number);
  if (holder?.released) return;
  if (holder && holder.place === me.place) {
    if (isAlive(holder)) throw new FolderLockedError(folder, holder);
    return;
  }
  // Not a process of ours to ask: only its heartbeat tells. Clocks may differ, so the change is watched, not the age.
  const before = touchedAt(folder, number);
  for (let waited = 0; waited < silenceMs; waited += 250) {
    await sleep(Math.min(250, silenceMs));
    if (touchedAt(folder, number) !== before) throw new FolderLockedError(folder, holder);
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return holder.startedAt === '' || startOf(holder.pid) === holder.startedAt;
}

function processIdentity(): Pick<Holder, 'startedAt' | 'place'> {
  const boot = readOr('/proc/sys/kernel/random/boot_id', '').trim();
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: the host's name has to do.
  }
  return { startedAt: startOf(process.pid), place: `${hostname()} ${boot} ${namespace}` };
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the command name before it may hold spaces and brackets. '' where unknown. */
function startOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`, '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie is dead: it only waits for its parent.
  return fields[0] === 'Z' ? 'dead' : (fields[19] ?? '');
}

function readHolder(folder: string, number: number): Holder | undefined {
  try {
    return JSON.parse(readOr(lockPath(folder, number), '')) as Holder;
  } catch {
    return undefined;
  }
}

function createLock(folder: string, number: number, holder: Holder): boolean {
  try {
    writeFileSync(lockPath(folder, number), JSON.stringify(holder), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function touchedAt(folder: string, number: number): number {
  return statSync(lockPath(folder, number), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function highestLock(folder: string): number {
  return Math.max(0, ...lockNumbers(folder));
}

function lockNumbers(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const match = /^lock\.(\d+)$/.exec(name);
    return match ? [Number(match[1])] : [];
  });
}

function lockPath(folder: string, number: number): string {
  return join(folder, `lock.${number}`);
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
