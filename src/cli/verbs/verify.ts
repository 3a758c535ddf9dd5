import type { Command } from 'commander';
import type { SealFinding, Verification } from '../../pipeline/verify.ts';
import { common, printJson, withOperations, type Context } from '../context.ts';
import { formatTable } from '../table.ts';
import { oneLine, type Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

interface VerifyOptions {
  readonly proof?: string;
  readonly json?: true;
}

/** `wcs verify`: is everything as it was sealed? */
export function addVerify(program: Command, context: Context): void {
  const command = program
    .command('verify')
    .description('compares every record with its seal, and the seals with their copies outside')
    .option('--proof <id>', 'prints the proofs that one message or call is sealed, as JSON');
  common(command, 'wcs verify').action(async (options: VerifyOptions) => {
    context.exitCode = await verify(context, options);
  });
}

async function verify(context: Context, { proof, json }: VerifyOptions): Promise<number> {
  if (proof !== undefined) return printProofs(context, proof);
  const result = await withOperations(context, (operations) => operations.seals.verify());
  if (json) printJson(context, result);
  else context.terminal.out(formatVerification(result, context.terminal));
  return result.ok ? 0 : 1;
}

async function printProofs(context: Context, key: string): Promise<number> {
  if (!/^[0-9a-f]{64}$/.test(key))
    throw new UsageError('--proof takes the id of an interaction: 64 hex digits');
  const found = await withOperations(context, (operations) => operations.seals.proofs(key));
  if (found === undefined) throw new UsageError('there is no interaction with this id');
  printJson(context, found);
  return found.unsealed === 0 ? 0 : 1;
}

const mostShown = 50;

/** What was compared, and what is not as it was. */
export function formatVerification(
  result: Verification,
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const { seals, records, purged, unsealed, sealedUpTo, signatures, copies, findings } = result;
  const { colors } = terminal;
  const head = result.ok
    ? colors.green('Everything is as it was sealed.')
    : colors.red(
        `${findings.length === 1 ? 'One thing is' : `${findings.length} things are`} not as sealed.`,
      );
  const lines = [
    `${records} records in ${seals} seals${sealedUpTo === undefined ? '' : `, the last of ${sealedUpTo}`}`,
    ...(purged === 0 ? [] : [`${purged} of them without their content, which a rule destroyed`]),
    ...(unsealed === 0 ? [] : [`${unsealed} came after the last seal`]),
    signatures === 'checked' ? 'signatures checked' : 'signatures not checked: no seals.signingKey is set',
    ...copies.map(({ place, compared }) =>
      oneLine(
        compared === 0 ? `${place}: no copy could be compared` : `${place}: compared up to seal ${compared}`,
      ),
    ),
  ];
  const table = findings.length === 0 ? '' : `\n\n${formatFindings(findings, terminal)}`;
  return `${head}\n\n${lines.map((line) => `  ${line}`).join('\n')}${table}`;
}

function formatFindings(
  findings: readonly SealFinding[],
  terminal: Pick<Terminal, 'width' | 'colors'>,
): string {
  const rows = findings
    .slice(0, mostShown)
    .map(({ kind, seal, record, text }) => [kind, seal ?? '', record ?? '', text]);
  const table = formatTable(
    [{ head: 'what' }, { head: 'seal', align: 'right' }, { head: 'record' }, { head: 'why', wraps: true }],
    rows,
    terminal,
  );
  const more = findings.length - rows.length;
  return more > 0 ? `${table}\n\nand ${more} more; --json has all` : table;
}
