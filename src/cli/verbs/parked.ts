import type { Command } from 'commander';
import {
  common,
  systemUser,
  destinationOf,
  knownDestination,
  printJson,
  withOperations,
  type Context,
} from '../context.ts';
import { addWaitingList } from '../list.ts';
import { UsageError } from '../usage-error.ts';
import { resolveKeys } from '../waiting.ts';

interface DecideOptions {
  readonly destination?: string;
  readonly contact: string;
  readonly name?: string;
  readonly reason: string;
  readonly json?: true;
}

/** `wcs parked`: lists what waits for a contact or a person, and takes decisions. */
export function addParked(program: Command, context: Context): void {
  const parked = program
    .command('parked')
    .description('what waits for a contact or a person: list, assign, ignore');
  addWaitingList(parked, context, {
    example: 'wcs parked list --destination sales',
    empty: 'Nothing is parked.',
    list: (operations, filter) => operations.parked(filter),
  });

  const assign = parked
    .command('assign')
    .argument('<ids...>', 'ids as `parked list` shows them')
    .description('log these on a contact')
    .requiredOption('--contact <type:id>', 'CRM record, like Contact:003…, Lead:00Q… or contact:151')
    .option('--name <name>', 'name of the contact, to be shown')
    .option('--destination <id>', 'needed when there are several');
  common(
    assign,
    'wcs parked assign 4f1c09d2ab31 --destination sales --contact Contact:003Hs00001abcde',
  ).action(async (ids: string[], options: DecideOptions) => {
    const contact = contactOf(options);
    await decide(context, ids, options, (operations, id, keys) =>
      operations.assign(id, keys, contact, systemUser()),
    );
  });

  const ignore = parked
    .command('ignore')
    .argument('<ids...>', 'ids as `parked list` shows them')
    .description('decide that these are not logged')
    .option('--reason <text>', 'kept with the record', 'ignored by an admin')
    .option('--destination <id>', 'needed when there are several');
  common(ignore, 'wcs parked ignore 4f1c09d2ab31 --destination sales --reason "wrong number"').action(
    async (ids: string[], options: DecideOptions) => {
      await decide(context, ids, options, (operations, id, keys) =>
        operations.ignore(id, keys, options.reason, systemUser()),
      );
    },
  );
}

type Decision = (
  operations: Parameters<Parameters<typeof withOperations>[1]>[0],
  destination: string,
  keys: readonly string[],
) => Promise<number>;

async function decide(
  context: Context,
  ids: readonly string[],
  options: DecideOptions,
  decision: Decision,
): Promise<void> {
  const [changed, asked] = await withOperations(context, async (operations, settings) => {
    const destination =
      options.destination === undefined
        ? destinationOf(settings, undefined)
        : knownDestination(settings, options.destination);
    const keys = await resolveKeys(ids, (page) => operations.parked({ destination, ...page }));
    return [await decision(operations, destination, keys), keys.length];
  });
  if (options.json) printJson(context, { changed });
  else context.terminal.out(`${changed} of ${asked} changed.`);
  if (changed < asked) context.terminal.note('wcs: what did not change was not parked there');
  context.exitCode = changed < asked ? 1 : 0;
}

function contactOf({ contact, name }: DecideOptions): { type: string; id: string; name?: string } {
  const [, type, id] = /^([A-Za-z]\w*):([\w-]+)$/.exec(contact) ?? [];
  if (type === undefined || id === undefined) {
    throw new UsageError(`--contact ${contact}: must be a type and an id, like Contact:003Hs00001abcde`);
  }
  return { type, id, ...(name === undefined ? {} : { name }) };
}
