import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../support/ports.ts';
import { makeTempFolder } from '../support/temp.ts';

const folder = makeTempFolder('cli');
afterAll(() => folder.remove());

/** Runs the program in a process of its own, as an operator would, with nothing in its environment but this. */
async function wcs(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(
    process.execPath,
    ['--import', './test/support/run-ts.mjs', 'src/cli/wcs.ts', ...args],
    {
      env: { PATH: process.env.PATH, DATA_DIR: join(folder.path, 'data'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let notes = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (notes += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, notes };
}

function writeSettings(name: string, text: string): string {
  const path = join(folder.path, name);
  writeFileSync(path, text);
  return path;
}

const settingsFor = (port: number) => `
sources:
  - { id: support, type: whatsapp-cloud, appSecret: hidden-app, verifyToken: v, businessNumbers: all }
destinations:
  - id: sales
    type: salesforce
    loginUrl: http://127.0.0.1:${port}
    auth: { flow: client-credentials, clientId: i, clientSecret: hidden-secret }
  - { id: marketing, type: hubspot, apiUrl: 'http://127.0.0.1:${port}', accessToken: hidden-token }
routes:
  - { source: support, destinations: [sales, marketing] }
`;

describe('the program wcs', () => {
  test('begins so that a shell can run it', () => {
    expect(readFileSync('src/cli/wcs.ts', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  test('shows its help on stdout, without colour in a pipe, and ends with 0', async () => {
    const { code, out, notes } = await wcs(['--help']);
    expect([code, notes]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: wcs/);
    expect(out).not.toContain('\u001b');
  });

  test('tells its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await wcs(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
  });

  test('ends with 2 and writes to stderr only when it is used wrongly', async () => {
    const { code, out, notes } = await wcs(['repport']);
    expect([code, out]).toEqual([2, '']);
    expect(notes).toMatch(/unknown command 'repport'[\s\S]*Did you mean report/);
  });

  test('names every mistake of the settings: 2, but 1 from check, which looks for them', async () => {
    const SETTINGS = writeSettings('wrong.yaml', 'sources: []\nextra: 1\n');
    const status = await wcs(['status'], { SETTINGS });
    expect([status.code, status.out]).toEqual([2, '']);
    const check = await wcs(['check', '--json'], { SETTINGS });
    expect(check.code).toBe(1);
    const { settings } = JSON.parse(check.out) as { settings: { mistakes: string[] } };
    for (const place of ['sources', 'destinations', 'routes', 'extra']) {
      expect(status.notes).toMatch(new RegExp(`^ {2}${place}: `, 'm'));
      expect(settings.mistakes).toContainEqual(expect.stringMatching(new RegExp(`^${place}: `)));
    }
  });

  test('names the mistakes of the environment', async () => {
    expect(await wcs(['status'], { PORT: 'http' })).toMatchObject({
      code: 2,
      notes: expect.stringContaining('PORT: must be a port number'),
    });
  });

  test('check tells a CRM that is not there from one that refuses, and shows no secret', async () => {
    const SETTINGS = writeSettings('dead.yaml', settingsFor(await freePort()));
    const { code, out, notes } = await wcs(['check', '--json'], { SETTINGS });
    expect(code).toBe(1);
    const { destinations } = JSON.parse(out) as {
      destinations: { destination: string; findings: { level: string; code?: string }[] }[];
    };
    expect(destinations.map((one) => one.destination)).toEqual(['sales', 'marketing']);
    for (const { findings } of destinations) {
      expect(findings).toContainEqual(expect.objectContaining({ level: 'error', code: 'unavailable' }));
    }
    expect(out + notes).not.toContain('hidden');
  }, 30_000);

  test('setup against a CRM that is not there ends with 1', async () => {
    const SETTINGS = writeSettings('dead.yaml', settingsFor(await freePort()));
    const { code, out } = await wcs(['setup', 'marketing'], { SETTINGS });
    expect(code).toBe(1);
    expect(out).toContain('(unavailable)');
  }, 30_000);

  test('opens the embedded ledger itself when no worker runs', async () => {
    const SETTINGS = writeSettings('dead.yaml', settingsFor(await freePort()));
    const { code, out } = await wcs(['report', '--json'], { SETTINGS });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ totals: { received: 0 }, rows: [] });
    const table = await wcs(['status'], { SETTINGS, FORCE_COLOR: '1' });
    expect(table.code).toBe(0);
    expect(table.out).toMatch(/^sales +salesforce +running/m);
    expect(table.out).not.toContain('\u001b');
  }, 60_000);
});
