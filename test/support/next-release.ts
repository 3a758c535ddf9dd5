import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { migrations } from '../../src/ledger/migrations/index.ts';

/**
 * Puts this build, with one more step of the schema, into a folder: the release that comes next.
 *
 * @param isAdditive the step says that this release works with it
 */
export function makeNextRelease(folder: string, isAdditive: boolean): void {
  for (const name of ['src', 'workers', 'config', 'package.json', 'scripts'])
    cpSync(resolve(name), join(folder, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const file = join(folder, 'src/ledger/migrations/index.ts');
  const version = migrations.length + 1;
  const script = 'alter table wcs.pings add column more text; create table wcs.later (id int);';
  const worksFrom = isAdditive ? `, worksFrom: ${migrations.length}` : '';
  const step = `{ version: ${version}, name: 'next', script: '${script}'${worksFrom} },`;
  const text = readFileSync(file, 'utf8');
  const end = text.lastIndexOf('];');
  if (end < 0) throw new Error('the list of migrations ends otherwise by now');
  writeFileSync(file, `${text.slice(0, end)}${step}\n${text.slice(end)}`);
  execFileSync(process.execPath, ['scripts/bundle.mjs'], { cwd: folder });
}
