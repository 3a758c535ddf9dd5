import { statfsSync } from 'node:fs';
import { SqlError } from './sql-error.ts';

/** Left for the database itself: a part of its log has 16 MB, and it needs a few of them to start again and to tidy up. */
const keptBytes = 64 * 1024 * 1024;

/**
 * PGlite cannot go on when its write-ahead log finds no room: it loops within this thread for ever, and so would the
 * whole process. So nothing is begun while the disk is nearly full; when there is room again, it goes on.
 *
 * @throws SqlError 53100 (disk full)
 */
export function assertRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const left = bavail * bsize;
  if (left >= keptBytes) return;
  const megabytes = (bytes: number) => Math.floor(bytes / (1024 * 1024));
  throw new SqlError(
    `the disk of the data folder is full: ${megabytes(left)} MB are left, and ${megabytes(keptBytes)} MB are kept for the database itself`,
    '53100',
  );
}
