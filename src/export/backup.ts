import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewAuditEntry } from '../ledger/ledger.ts';
import { BackupRefused, type BackupOperations, type BackupSummary } from '../pipeline/backup-operations.ts';
import type { ExportSink } from '../pipeline/export-operations.ts';
import { zipOf } from './zip.ts';

/** What a backup needs. */
interface BackupDeps {
  readonly version: string;
  readonly dataDir: string;
  /** copies the embedded database as it is at one moment into a new folder; undefined: it is on a server */
  readonly snapshot: ((folder: string) => Promise<void>) | undefined;
  keepAudit(entry: NewAuditEntry): Promise<void>;
}

const serverText =
  'The ledger is on a PostgreSQL server, which has its own tools: `pg_dump --format=custom --file=wcs.dump "$DATABASE_URL"`, ' +
  'and after it a copy of the folder media in DATA_DIR. docs/operation.md has the whole procedure.';

const runningText = 'Another backup is being made. Try again when it is done.';

/** Backups of the embedded ledger in this process, which alone has it open. One at a time: they share a folder. */
export function backupOperations(deps: BackupDeps): BackupOperations {
  let isRunning = false;
  const mayBegin = () => {
    if (deps.snapshot === undefined) throw new BackupRefused('not-embedded', serverText);
    if (isRunning) throw new BackupRefused('backup-running', runningText);
    return deps.snapshot;
  };
  const make = async (by: string, sink: ExportSink) => {
    const snapshot = mayBegin();
    isRunning = true;
    try {
      return await write(deps, snapshot, by, sink);
    } finally {
      isRunning = false;
    }
  };
  return {
    zip: async (by) => {
      mayBegin();
      return zipOf((sink) => make(by, sink));
    },
    writeTo: make,
    noteRestored: ({ id, madeAt }, by) =>
      deps.keepAudit({ actor: by, action: 'backup.restore', subject: '', detail: { backup: id, madeAt } }),
  };
}

/**
 * The database first, as it is at one moment; then the files, of which those that it names are there already. The manifest
 * is the last: a backup without one was not finished.
 */
async function write(
  deps: BackupDeps,
  snapshot: (folder: string) => Promise<void>,
  by: string,
  sink: ExportSink,
): Promise<BackupSummary> {
  const { dataDir, version, keepAudit } = deps;
  const id = randomUUID();
  const entry = { actor: by, action: 'backup.take', subject: '' } as const;
  await keepAudit({ ...entry, detail: { backup: id, state: 'begun' } });
  const staging = join(dataDir, 'backups', id);
  const lines: string[] = [];
  let bytes = 0;
  const add = async (path: string, place: string) => {
    const line = await hand(sink, path, place);
    bytes += line.size;
    lines.push(JSON.stringify(line));
  };
  try {
    // What a backup that was killed has left is nobody's.
    await rm(join(dataDir, 'backups'), { recursive: true, force: true });
    await mkdir(staging, { recursive: true, mode: 0o700 });
    await snapshot(join(staging, 'database'));
    const madeAt = new Date().toISOString();
    // PostgreSQL does not start without folders of its own in which nothing is.
    const folders: string[] = [];
    const onEmpty = (empty: string) => folders.push(`database/${empty}`);
    for await (const path of filesIn(join(staging, 'database'), { onEmpty }))
      await add(`database/${path}`, join(staging, 'database', path));
    let media = 0;
    for await (const path of filesIn(join(dataDir, 'media'), { mayVanish: true })) {
      if (path.startsWith('incoming/')) continue;
      const place = join(dataDir, 'media', path);
      // A rule may have destroyed it since it was listed.
      if ((await stat(place).catch(() => undefined)) === undefined) continue;
      await add(`media/${path}`, place);
      media += 1;
    }
    const product = `whatsapp-crm-sync ${version}`;
    const counts = { files: lines.length, bytes, media };
    const summary: BackupSummary = { format: 'wcs-backup-1', product, id, madeAt, by, counts };
    const head = JSON.stringify({ ...summary, folders }, null, 1).slice(0, -2);
    const manifest = Buffer.from(`${head},\n "files": [\n  ${lines.join(',\n  ')}\n ]\n}\n`);
    await sink.add('manifest.json', once(manifest));
    const sha256 = createHash('sha256').update(manifest).digest('hex');
    await keepAudit({ ...entry, detail: { backup: id, state: 'finished', manifest: sha256, counts } });
    return summary;
  } finally {
    await rm(join(dataDir, 'backups'), { recursive: true, force: true });
  }
}

/** A file as the manifest tells it. */
interface BackupFile {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

async function hand(sink: ExportSink, path: string, place: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  let size = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of createReadStream(place) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  await sink.add(path, counted());
  return { path, size, sha256: hash.digest('hex') };
}

interface Walk {
  /** told of each empty folder */
  readonly onEmpty?: (path: string) => void;
  /** what is gone meanwhile is passed over */
  readonly mayVanish?: boolean;
}

/** Paths of the files below a folder, with `/`. */
async function* filesIn(folder: string, walk: Walk, below = ''): AsyncIterable<string> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
    if (walk.mayVanish === true && (error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  if (entries.length === 0) walk.onEmpty?.(below);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(folder, walk, path);
    else if (entry.isFile()) yield path;
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
