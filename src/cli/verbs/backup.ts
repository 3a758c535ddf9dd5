import { resolve } from 'node:path';
import type { Command } from 'commander';
import { BackupRefused, type BackupSummary } from '../../pipeline/backup-operations.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { assertFree, writeWhole } from '../export-target.ts';
import { UsageError } from '../usage-error.ts';

interface Options {
  readonly json?: true;
}

/** `wcs backup`: a copy of the embedded ledger and its files, while the worker runs or not. */
export function addBackup(program: Command, context: Context): void {
  const command = program
    .command('backup <folder>')
    .description('copies the embedded ledger and its files, also while the worker runs; a folder or a .zip');
  common(command, 'wcs backup /backups/2026-03-01').action((folder: string, options: Options) =>
    backup(context, folder, options),
  );
}

async function backup(context: Context, out: string, { json }: Options): Promise<void> {
  assertFree(out);
  const by = systemUser();
  try {
    const summary = await withOperations(context, ({ backup: { zip, writeTo } }) =>
      writeWhole<BackupSummary>(
        { zip: () => zip(by), ...(writeTo !== undefined && { writeTo: (sink) => writeTo(by, sink) }) },
        { out, onBytes: () => undefined },
      ),
    );
    const { madeAt, counts } = summary;
    if (json) printJson(context, { out: resolve(out), ...summary });
    else
      context.terminal.out(
        `${resolve(out)} has the ledger as it was at ${madeAt}: ${counts.files} files (${counts.media} of messages), ` +
          `${megabytes(counts.bytes)} MB.\nMaster keys, settings and copies of seals are not in it: keep them elsewhere.`,
      );
  } catch (error) {
    throw error instanceof BackupRefused ? new UsageError(error.message) : error;
  }
}

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);

/** `wcs restore`: an empty data folder goes on from a backup. */
export function addRestore(program: Command, context: Context): void {
  const command = program
    .command('restore <folder>')
    .description(
      'puts a backup into the empty folder DATA_DIR, after comparing every file with its checksum',
    );
  common(command, 'DATA_DIR=/data wcs restore /backups/2026-03-01').action(
    (folder: string, options: Options) => restore(context, folder, options),
  );
}

async function restore(context: Context, from: string, { json }: Options): Promise<void> {
  const { services, terminal } = context;
  const env = services.readEnv();
  if (env.databaseUrl !== undefined)
    throw new UsageError(
      'DATABASE_URL is set: a server is restored with `pg_restore` into an empty database (docs/operation.md).',
    );
  // A mistake in them is told before anything is written.
  services.readSettings(env);
  const restored = await services.restoreBackup(from, env.dataDir);
  await withOperations(context, async ({ backup: { noteRestored } }) =>
    noteRestored?.(restored, systemUser()),
  );
  if (json) printJson(context, { dataDir: resolve(env.dataDir), ...restored });
  else
    terminal.out(
      `${resolve(env.dataDir)} has the ledger as it was at ${restored.madeAt}: ${restored.files} files, ` +
        `${megabytes(restored.bytes)} MB, each as it was written.\n` +
        'Next: start the worker, then `wcs verify`, `wcs reconcile` and `wcs report --missing` (docs/operation.md).',
    );
}
