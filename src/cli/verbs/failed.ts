import type { Command } from 'commander';
import { common, systemUser, knownDestination, printJson, withOperations, type Context } from '../context.ts';
import { addWaitingList } from '../list.ts';
import { UsageError } from '../usage-error.ts';
import { resolveKeys } from '../waiting.ts';

interface ReplayOptions {
  readonly destination?: string;
  readonly code?: string;
  readonly all?: true;
  readonly json?: true;
}

/** `wcs failed`: lists the dead letters and sends them again. */
export function addFailed(program: Command, context: Context): void {
  const failed = program.command('failed').description('dead letters: list, replay');
  addWaitingList(failed, context, {
    example: 'wcs failed list --destination sales',
    empty: 'Nothing has failed.',
    list: (operations, filter) => operations.failed(filter),
  });

  const replay = failed
    .command('replay')
    .argument('[ids...]', 'ids as `failed list` shows them')
    .description('send them again')
    .option('--destination <id>', 'those of this destination')
    .option('--code <code>', 'those with this code, like field-invalid')
    .option('--all', 'all of them');
  common(replay, 'wcs failed replay --destination sales --code validation-rule').action(
    async (ids: string[], options: ReplayOptions) => {
      context.exitCode = await replayFailed(context, ids, options);
    },
  );
}

async function replayFailed(
  context: Context,
  ids: readonly string[],
  options: ReplayOptions,
): Promise<number> {
  const { destination, code, all } = options;
  if (ids.length === 0 && destination === undefined && code === undefined && !all) {
    throw new UsageError('say which: ids, --destination, --code or --all');
  }
  const changed = await withOperations(context, async (operations, settings) => {
    const filter = {
      ...(destination === undefined ? {} : { destination: knownDestination(settings, destination) }),
      ...(code === undefined ? {} : { code }),
    };
    if (ids.length === 0) return operations.replay(filter, systemUser());
    const only = destination === undefined ? {} : { destination };
    const keys = await resolveKeys(ids, (page) => operations.failed({ ...only, ...page }));
    return operations.replay({ ...filter, keys }, systemUser());
  });
  if (options.json) printJson(context, { changed });
  else context.terminal.out(changed === 1 ? '1 is sent again.' : `${changed} are sent again.`);
  return changed === 0 && ids.length > 0 ? 1 : 0;
}
