import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it } from '@jest/globals';

export type Need = 'redis-server' | 'postgres' | 'chromium';

/** Debian packages that bring them. */
const packages: Readonly<Record<Need, string>> = {
  'redis-server': 'redis-server',
  postgres: 'postgresql',
  chromium: 'chromium',
};

/** Path of a program that some suites need, or undefined where this machine does not have it. */
export function findProgram(need: Need): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  if (need === 'postgres') folders.push(...postgresFolders());
  return folders.map((folder) => join(folder, need)).find((path) => existsSync(path));
}

/**
 * `describe` for suites that need a server program. Where it is missing the suite is left out, which is said aloud and
 * shows as skipped; under CI=true it fails.
 */
export function describeWith(need: Need, name: string, fn: () => void): void {
  if (findProgram(need) !== undefined) {
    describe(name, fn);
    return;
  }
  const how = `${need} is not installed (Debian and Ubuntu: apt-get install ${packages[need]})`;
  if (process.env['CI'] === 'true') {
    describe(name, () => {
      it(`has ${need} on this machine`, () => {
        throw new Error(how);
      });
    });
    return;
  }
  process.stderr.write(`\nLEFT OUT: ${name}: ${how}\n`);
  describe(name, () => it.todo(how));
}

/** Newest first; Debian keeps the server's programs off the PATH. */
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'));
}
