#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { ConfigError, readEnv } from '../config/env.ts';
import { secretsOf } from '../config/mask.ts';
import { readSettings } from '../config/settings.ts';
import { endOnCrash } from '../src/observe/crash.ts';
import { hideSecrets } from '../src/core/hide.ts';
import { createLog } from '../src/observe/log.ts';
import { run, roles, type Role } from './run.ts';
import { failureOf } from './start-failure.ts';

/**
 * `npm start`: all roles in one process, or those that `--role` names. Exit 0: stopped in order; 1: something failed or had
 * to be cut off; 2: somebody has to mend something before it can start.
 */

/** One Ctrl-C may come twice, from the terminal and from npm. */
const sameSignalMs = 500;

const starting = new AbortController();
let stoppingSince: number | undefined;
let dataDir: string | undefined;

// What nobody caught may have left anything half done: a new process begins from the ledger.
let secrets: readonly string[] = [];
endOnCrash((err) =>
  createLog('fatal', undefined, secrets).fatal({ err }, 'the process ends: an error that nobody caught'),
);

try {
  const env = readEnv();
  const settings = readSettings(env);
  secrets = secretsOf(env, settings);
  dataDir = env.dataDir;
  const worker = run(env, settings, rolesFrom(process.argv.slice(2)), starting.signal);
  const stop = (signal: string) => {
    if (stoppingSince !== undefined) {
      if (performance.now() - stoppingSince > sameSignalMs)
        leave(`a second signal (${signal}) ends it at once`);
      return;
    }
    stoppingSince = performance.now();
    // Whatever hangs, even the start itself.
    setTimeout(() => leave(`not stopped within ${env.stopLimitMs / 1_000} s`), env.stopLimitMs);
    starting.abort();
    // A start that the signal ended has let go of what it had, and ends below.
    void worker
      .then((started) => started.stop(signal).catch(() => ['an error']))
      .then(
        (cut) => process.exit(cut.length === 0 ? 0 : 1),
        () => undefined,
      );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  await worker;
} catch (error) {
  const { text, code } = failureOf(error, dataDir);
  process.stderr.write(`${hideSecrets(text, secrets)}\n`);
  process.exit(stoppingSince === undefined ? code : 0);
}

function leave(why: string): void {
  createLog('info').error({}, why);
  process.exit(1);
}

function rolesFrom(args: string[]): Role[] {
  const { values } = parseArgs({ args, options: { role: { type: 'string', multiple: true } } });
  if (values.role === undefined) return [...roles];
  const named = values.role
    .flatMap((list) => list.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = named.filter((name) => !(roles as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw new ConfigError('--role', [
      `there is no role ${unknown.join(', ')}; there are ${roles.join(', ')}`,
    ]);
  return named as Role[];
}
