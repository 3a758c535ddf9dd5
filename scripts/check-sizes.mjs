// Fails on source files that have grown too long to be read in one sitting.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const most = 350;
const folders = ['src', 'workers', 'config'];

const files = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name)),
);
const tooLong = files
  .map((file) => ({ file, lines: readFileSync(file, 'utf8').trimEnd().split('\n').length }))
  .filter(({ lines }) => lines > most);
for (const { file, lines } of tooLong) console.error(`${file}: ${lines} lines, at most ${most}`);
console.log(`sizes: ${files.length} files, ${tooLong.length} too long`);
process.exitCode = tooLong.length > 0 ? 1 : 0;
