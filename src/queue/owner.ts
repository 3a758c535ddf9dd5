import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

const place = createHash('sha256')
  .update(
    [
      hostname(),
      read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
      read(() => readlinkSync('/proc/self/ns/pid')),
    ].join('\n'),
  )
  .digest('hex')
  .slice(0, 12);

/**
 * Name of this process as the holder of jobs: `<place>.<pid>.<random>`. The place is the machine, its boot and the pid
 * namespace, because a pid means something only there.
 */
export const thisOwner = `${place}.${process.pid}.${randomBytes(4).toString('hex')}`;

/**
 * Is the process with that name surely dead? True only where it can be known: it ran in this place and its pid is unused,
 * or is ours by now. Everything else (another machine or container, a pid in use again) is false.
 */
export function isOwnerDead(owner: string): boolean {
  const [itsPlace, itsPid] = owner.split('.');
  const pid = Number(itsPid);
  if (itsPlace !== place || owner === thisOwner || !Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function read(source: () => string): string {
  try {
    return source();
  } catch {
    return '';
  }
}
