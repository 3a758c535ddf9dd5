import type { Command } from 'commander';
import type { KeyStatus, KeyStep } from '../../ledger/ledger.ts';
import type { KeyOperations } from '../../pipeline/key-operations.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface Options {
  readonly by?: string;
  readonly json?: true;
}

/** `wcs keys list|rotate|encrypt`: the keys of encryption at rest. */
export function addKeys(program: Command, context: Context): void {
  const command = program.command('keys').description('the keys of encryption at rest');
  const verb = (name: string, text: string) =>
    common(command.command(name).description(text), `wcs keys ${name}`);
  verb('list', 'lists the master keys with what each wraps, and what is still in clear').action(
    async (options: Options) => {
      context.exitCode = await list(context, options);
    },
  );
  verb('rotate', 'wraps all keys with the first master key, so that the others can be taken away')
    .option('--by <name>', 'who; default: the name of the system user')
    .action((options: Options) => run(context, 'rotate', options));
  verb('encrypt', 'encrypts what was stored in clear before encryption was on')
    .option('--by <name>', 'who; default: the name of the system user')
    .action((options: Options) => run(context, 'encrypt', options));
}

async function list(context: Context, { json }: Options): Promise<number> {
  const status = await withOperations(context, (operations) => operations.keys.status());
  if (json) printJson(context, status);
  else context.terminal.out(formatKeys(status, context.terminal));
  return status.isOn && status.clear.events + status.clear.interactions > 0 ? 1 : 0;
}

/** The master keys, and what is not encrypted. */
export function formatKeys(status: KeyStatus, terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const { isOn, masterKeys, destroyed, clear } = status;
  if (!isOn) return 'Content is kept in clear: there is no encryption.masterKeys in the settings.';
  const table = formatTable(
    [
      { head: 'master key' },
      { head: 'kind' },
      { head: 'keys of people', align: 'right' },
      { head: 'keys of files', align: 'right' },
    ],
    masterKeys.map(({ id, kind, contentKeys, fileKeys }, index) => [
      index === 0 ? `${id} (wraps new keys)` : id,
      kind,
      contentKeys,
      fileKeys,
    ]),
    terminal,
  );
  const left =
    clear.events + clear.interactions === 0
      ? 'No message or call is in clear.'
      : `${clear.events} events and ${clear.interactions} messages and calls are in clear: wcs keys encrypt`;
  return [table, `${destroyed} keys were destroyed.`, left].join('\n');
}

const done = { rotate: 'wrapped with the first master key', encrypt: 'encrypted' } as const;

/** Part by part, so that it can be broken off and run again. */
async function run(context: Context, what: 'rotate' | 'encrypt', { by, json }: Options): Promise<void> {
  const total = await withOperations(context, async ({ keys }) => {
    let changed = 0;
    let step: KeyStep = { changed: 0, next: '' };
    while (step.next !== undefined) {
      step = await part(keys, what, { after: step.next, by: by ?? systemUser() });
      changed += step.changed;
      if (step.next !== undefined) context.terminal.note(`${changed} ${done[what]} …`);
    }
    return changed;
  });
  if (json) printJson(context, { changed: total });
  else context.terminal.out(`${total} ${done[what]}.`);
}

function part(
  keys: KeyOperations,
  what: 'rotate' | 'encrypt',
  request: { readonly after: string; readonly by: string },
): Promise<KeyStep> {
  return what === 'rotate' ? keys.rotate(request) : keys.encrypt(request);
}
