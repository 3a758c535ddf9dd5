import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Init = Parameters<NodeFS['init']>;

interface Stream {
  readonly nfd?: number;
  readonly path?: string;
}

interface StreamOperations {
  fsync?: (stream: Stream) => number;
  write(stream: Stream, ...what: unknown[]): number;
}

/** Ends the process, as a server ends itself (PANIC); a test hears of it instead. */
const die = (why: string): void => {
  process.stderr.write(`${why}\n`);
  process.exit(1);
};

/**
 * PGlite's file system on a folder, with the one operation that it lacks: fsync. Without it PGlite takes every commit for
 * durable while the operating system still holds it in memory (PGlite 0.5, NODEFS has no `fsync` stream operation).
 */
export class DurableNodeFS extends NodeFS {
  readonly #onFsync: (() => void) | undefined;
  readonly #die: (why: string) => void;

  constructor(dataDir: string, onFsync?: () => void, onBroken = die) {
    super(dataDir);
    this.#onFsync = onFsync;
    this.#die = onBroken;
  }

  override async init(...[pglite, options]: Init): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(pglite, options);
    const preRun = emscriptenOpts.preRun ?? [];
    const addFsync = (module: { NODEFS: unknown }) => {
      const operations = (module.NODEFS as { stream_ops: StreamOperations }).stream_ops;
      operations.fsync = (stream) => this.#fsync(stream);
      const { write } = operations;
      operations.write = (stream, ...what) => {
        try {
          return write(stream, ...what);
        } catch (error) {
          this.#failed(stream);
          throw error;
        }
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [addFsync, ...preRun] } };
  }

  #fsync(stream: Stream): number {
    if (stream.nfd === undefined) return 0;
    try {
      fsyncSync(stream.nfd);
    } catch (error) {
      // Folders cannot be synced everywhere; PostgreSQL itself passes over that (fsync_fname).
      if (!['EISDIR', 'EINVAL', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) {
        this.#failed(stream);
        return eio;
      }
    }
    this.#onFsync?.();
    return 0;
  }

  /**
   * Without its write-ahead log a server stops (PANIC), and nothing else is safe: what is in memory was not written. PGlite
   * does not stop, it loops within this thread. Other files may fail: then the statement fails, and no more.
   */
  #failed({ path = '' }: Stream): void {
    if (path.includes('/pg_wal/')) this.#die('the database cannot write its log; nothing more is recorded');
  }
}

/** WASI errno "I/O error" */
const eio = 29;

/** Flushes all files of a folder: a new database is written by a tool that does not. */
export function syncFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) syncFolder(path);
    else if (entry.isFile()) syncPath(path);
  }
  syncPath(folder);
}

/** Flushes one file or folder. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
