#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { ConfigError, readEnv } from '../config/env.ts';
import { readSettings } from '../config/settings.ts';
import { run, roles, type Role } from './run.ts';

/** `npm start`: all roles in one process, or those that `--role` names. Exit 2: wrong settings or use. */

try {
  const env = readEnv();
  const starting = run(env, readSettings(env), rolesFrom(process.argv.slice(2)));
  let stopping = false;
  // A signal that comes during the start stops what has been started, in order.
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    starting
      .then((worker) => worker.stop(signal))
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  await starting;
} catch (error) {
  const known = error instanceof ConfigError || error instanceof TypeError;
  process.stderr.write(
    `${known || !(error instanceof Error) ? String((error as Error).message) : error.message}\n`,
  );
  process.exit(known ? 2 : 1);
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
