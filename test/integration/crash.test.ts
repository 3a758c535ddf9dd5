import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { makeTempFolder } from '../support/temp.ts';

const root = join(import.meta.dirname, '..', '..');
const folder = makeTempFolder('crash');
afterAll(() => folder.remove());

/** What an HTTP client throws: the request with its token and its body hangs on it. */
const throwing = `Object.assign(new Error('refused at https://a:zz-login@crm.example/?access_token=zz-query for +14155550100'), {
  config: { headers: { Authorization: 'Bearer zz-token-of-the-request' }, data: 'zz-text-of-a-person' },
  cause: new Error('zz-secret-of-the-settings was refused'),
})`;

function crash(how: string, args: readonly string[] = []) {
  const script = `
    import { endOnCrash } from './src/observe/crash.ts';
    import { createLog } from './src/observe/log.ts';
    endOnCrash((err) => createLog('fatal', undefined, ['zz-secret-of-the-settings']).fatal({ err }, 'the process ends'));
    setInterval(() => undefined, 1_000);
    ${how}`;
  const run = [
    '--no-warnings',
    ...args,
    '--import',
    './test/support/run-ts.mjs',
    '--input-type=module',
    '-e',
    script,
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, run, {
    cwd: root,
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env['PATH'], ZZ_SECRET: 'zz-in-the-environment' },
  });
  return { status, stdout, stderr };
}

describe('a process that an error ends says so in one line, without what hangs on the error', () => {
  test.each([
    ['thrown', `setImmediate(() => { throw ${throwing}; });`],
    ['rejected', `void Promise.reject(${throwing});`],
  ])('%s', (_how, script) => {
    const { status, stdout, stderr } = crash(script);
    expect([status, stderr]).toEqual([1, '']);
    const line = JSON.parse(stdout) as {
      level: string;
      msg: string;
      err: { message: string; cause: object };
    };
    expect(line).toMatchObject({
      level: 'fatal',
      msg: 'the process ends',
      err: {
        message: 'refused at https://[removed]@crm.example/?access_token=[removed] for +1 415 ••• 0100',
        cause: { message: '[removed] was refused' },
      },
    });
    expect(stdout).not.toContain('zz-');
  });

  test('what is thrown need not be an error', () => {
    const { status, stdout, stderr } = crash(`setImmediate(() => { throw { token: 'zz-token' }; });`);
    expect([status, stderr]).toEqual([1, '']);
    expect(JSON.parse(stdout)).toMatchObject({ level: 'fatal', err: 'object' });
  });

  test('a diagnostic report that Node was asked for holds no environment', () => {
    const reports = join(folder.path, 'reports');
    mkdirSync(reports);
    const asked = ['--report-uncaught-exception', '--report-on-signal', '--report-on-fatalerror'];
    crash(`process.kill(process.pid, 'SIGUSR2'); setTimeout(() => { throw new Error('end'); }, 300);`, [
      ...asked,
      `--report-dir=${reports}`,
    ]);
    const written = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
    expect(written.filter((text) => text.includes('zz-in-the-environment'))).toEqual([]);
  });
});
