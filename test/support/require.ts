import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, it, test } from '@jest/globals';

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

/** Known to scripts/ci-counts.mjs: what is left out for another reason is a failure of the check. */
const withLong = 'runs with npm run test:long';

/** The same for what takes minutes: it runs with `npm run test:long` and shows as to do otherwise. */
export function describeLong(need: Need, name: string, fn: () => void): void {
  if (process.env['WCS_LONG'] === '1') describeWith(need, name, fn);
  else describe(name, () => it.todo(withLong));
}

/** One test of several of its kind, each with a worker of its own: `npm test` runs the others. */
export function testLong(name: string, fn: () => Promise<void>, timeoutMs?: number): void {
  if (process.env['WCS_LONG'] === '1') test(name, fn, timeoutMs);
  else test.todo(`${name} (${withLong})`);
}

/** Newest first; Debian keeps the server's programs off the PATH. */
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(root, version, 'bin'));
}
