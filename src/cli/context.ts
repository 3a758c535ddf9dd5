import type { Command } from 'commander';
import type { Settings } from '../../config/settings.ts';
import type { Operations } from '../pipeline/operations.ts';
import type { Services } from './services.ts';
import { safeJson, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

export { systemUser } from './system-user.ts';

/** What the verbs share. */
export interface Context {
  readonly terminal: Terminal;
  readonly services: Services;
  /** 0 fine, 1 found something wrong, 2 wrong use; set by the verb that ran */
  exitCode: number;
}

/** Adds what every verb has: `--json`, and an example under its help. */
export function common(command: Command, example: string): Command {
  return command
    .option('--json', 'machine-readable output')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

/** Opens the operations for `work` and closes them whatever happens. */
export async function withOperations<T>(
  { services }: Context,
  work: (operations: Operations, settings: Settings) => Promise<T>,
): Promise<T> {
  const env = services.readEnv();
  const settings = services.readSettings(env);
  const { operations, close } = await services.openOperations(env, settings);
  try {
    return await work(operations, settings);
  } finally {
    await close();
  }
}

/** Prints a result as JSON. */
export function printJson({ terminal }: Context, value: unknown): void {
  terminal.out(safeJson(value, 2));
}

/** The destination meant: as named, or the only one there is. @throws UsageError */
export function destinationOf(settings: Settings, named: string | undefined): string {
  const ids = settings.destinations.map((one) => one.id);
  if (named === undefined && ids.length === 1) return ids[0] as string;
  if (named === undefined) throw new UsageError(`say which destination: --destination ${ids.join(' | ')}`);
  return knownDestination(settings, named);
}

/** @throws UsageError when the settings have no such destination */
export function knownDestination(settings: Settings, named: string): string {
  const ids = settings.destinations.map((one) => one.id);
  if (!ids.includes(named)) {
    throw new UsageError(`there is no destination "${named}"; there are: ${ids.join(', ')}`);
  }
  return named;
}
