import type { Command } from 'commander';
import type { ErasureAnswer } from '../../pipeline/retention-operations.ts';
import { common, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { personOf } from '../person.ts';
import { formatTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

interface EraseOptions {
  readonly person: string;
  readonly reason: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `wcs erase`: somebody asks to be forgotten. */
export function addErase(program: Command, context: Context): void {
  const command = program
    .command('erase')
    .description('destroys all messages and calls of a person that no hold and no law keeps')
    .requiredOption(
      '--person <number or user id>',
      'all addresses that are known of the person are looked for',
    )
    .option('--reason <text>', 'names nobody; kept for good', 'erasure request')
    .option('--dry-run', 'only tells what would become of it');
  common(command, 'wcs erase --person +14155550100 --dry-run').action(async (options: EraseOptions) => {
    const { reason, dryRun = false, json } = options;
    const request = { person: personOf(options.person), reason, dryRun, by: systemUser() };
    const answer = await withOperations(context, ({ retention }) => retention.erase(request));
    if (json) printJson(context, answer);
    else context.terminal.out(formatErasure(answer, context.terminal));
    context.exitCode = answer.state === 'done' && answer.left.length === 0 ? 0 : 1;
  });
}

const headOf: Readonly<Record<ErasureAnswer['state'], string>> = {
  done: 'Everything of the person is destroyed here.',
  waiting: 'Some of it is on its way into the CRM right now; it is destroyed as soon as that is over.',
  'partly-refused': 'Not everything was destroyed: some of it has to be kept.',
  refused: 'Nothing was destroyed: all of it has to be kept.',
};

/** What became of a request, and what is for others to do. */
export function formatErasure(answer: ErasureAnswer, terminal: Pick<Terminal, 'width' | 'colors'>): string {
  const { found, erased, held, obliged, waiting, records, unread, left, earlier } = answer;
  const { colors } = terminal;
  const isFine = answer.state === 'done';
  const head = answer.dryRun ? 'Nothing was changed. This would become of it:' : headOf[answer.state];
  const lines = [
    `${found} messages, calls and notices were found`,
    `${erased} ${answer.dryRun ? 'would be destroyed' : 'destroyed'}`,
    ...(waiting > 0 ? [`${waiting} follow by themselves`] : []),
    ...(held > 0 ? [`${held} kept: a legal hold is in force`] : []),
    ...(obliged > 0 ? [`${obliged} kept by law: the term of a rule with obligation: true is not over`] : []),
    ...(unread > 0
      ? [`${unread} events were not read yet, of whomever they are: ask again in a minute`]
      : []),
    ...(earlier.length > 0 ? [`${earlier.length} requests of the same person before`] : []),
  ];
  const parts = [
    isFine && !answer.dryRun ? colors.green(head) : head,
    lines.map((line) => `  ${line}`).join('\n'),
    ...(left.length > 0 ? [left.map((text) => colors.yellow(`! ${text}`)).join('\n')] : []),
    recordsText(records, terminal),
  ];
  return parts.join('\n\n');
}

function recordsText(
  records: ErasureAnswer['records'],
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const contact =
    'The person’s contact in the CRM, and its entry in the directory here, which mirrors it, are for the CRM’s admin to erase.';
  if (records.length === 0) return `The CRMs have no records of it. ${contact}`;
  const table = formatTable(
    [{ head: 'destination' }, { head: 'what' }, { head: 'record' }],
    records.map(({ destination, kind, id }) => [destination, kind, id]),
    terminal,
  );
  return `The CRMs have records of it, which are for the CRM’s admin to erase:\n\n${table}\n\n${contact}`;
}
