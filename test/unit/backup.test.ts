import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backupOperations } from '../../src/export/index.ts';
import type { ExportSink } from '../../src/pipeline/export-operations.ts';
import { makeTempFolder } from '../support/temp.ts';

/** A place for a backup that keeps the paths. */
function sinkOf(): ExportSink & { readonly paths: string[] } {
  const paths: string[] = [];
  return {
    paths,
    add: async (path, content) => {
      for await (const chunk of content) void chunk;
      paths.push(path);
    },
  };
}

describe('of two backups at once', () => {
  let folder: ReturnType<typeof makeTempFolder>;
  let copied: () => void = () => undefined;
  let isCopying: Promise<void>;
  let backups: ReturnType<typeof backupOperations>;

  beforeEach(() => {
    folder = makeTempFolder('backup');
    const goOn = new Promise<void>((resolve) => (copied = resolve));
    let begun: () => void = () => undefined;
    isCopying = new Promise((resolve) => (begun = resolve));
    backups = backupOperations({
      version: '1',
      dataDir: folder.path,
      snapshot: async (database) => {
        mkdirSync(join(database, 'base'), { recursive: true });
        writeFileSync(join(database, 'base', '1'), 'rows');
        begun();
        await goOn;
      },
      keepAudit: () => Promise.resolve(),
    });
  });
  afterEach(() => folder.remove());

  test('the second is refused, and takes nothing away from the first', async () => {
    const first = sinkOf();
    const making = backups.writeTo!('ann', first);
    await isCopying;
    await expect(backups.writeTo!('bob', sinkOf())).rejects.toMatchObject({ why: 'backup-running' });
    await expect(backups.zip('bob')).rejects.toMatchObject({ why: 'backup-running' });
    copied();
    expect((await making).counts.files).toBe(1);
    expect(first.paths).toEqual(['database/base/1', 'manifest.json']);
  });

  test('the second may begin when the first has failed', async () => {
    const failing = backups.writeTo!('ann', { add: () => Promise.reject(new Error('the disk is full')) });
    copied();
    await expect(failing).rejects.toThrow('the disk is full');
    const second = sinkOf();
    await backups.writeTo!('bob', second);
    expect(second.paths).toEqual(['database/base/1', 'manifest.json']);
  });
});
