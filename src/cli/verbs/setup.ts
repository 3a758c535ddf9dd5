import type { Command } from 'commander';
import type { Finding } from '../../destinations/destination.ts';
import { shorten } from '../../observe/shorten.ts';
import { common, knownDestination, printJson, systemUser, withOperations, type Context } from '../context.ts';
import { formatFindings, hasError } from '../findings.ts';

/** `wcs setup`: makes the CRM fields that the worker needs; may be run again and again. */
export function addSetup(program: Command, context: Context): void {
  const command = program
    .command('setup')
    .argument('<destination>', 'a destination of the settings')
    .description('create the CRM fields it needs, safely again and again');
  common(command, 'wcs setup sales').action(async (destination: string, options: { json?: true }) => {
    context.exitCode = await setup(context, destination, options.json === true);
  });
}

async function setup(context: Context, named: string, json: boolean): Promise<number> {
  const { services, terminal } = context;
  const settings = services.readSettings(services.readEnv());
  const id = knownDestination(settings, named);
  const { destinations, close } = await services.openDestinations(settings);
  try {
    const destination = destinations.get(id);
    if (destination === undefined) throw new Error(`destination ${id} could not be made`);
    terminal.note(`Setting up ${id} …`);
    const findings = await destination.setup();
    await note(context, id, findings);
    if (json) printJson(context, { destination: id, findings });
    else terminal.out(formatFindings(id, findings, terminal));
    return hasError(findings) ? 1 : 0;
  } finally {
    await close();
  }
}

/** The fields are there whether or not it can be kept who made them: without a database the setup is no mistake. */
async function note(context: Context, id: string, findings: readonly Finding[]): Promise<void> {
  const counts: Record<string, number> = {};
  for (const { level } of findings) counts[level] = (counts[level] ?? 0) + 1;
  try {
    await withOperations(context, (operations) => operations.noteSetup(id, counts, systemUser()));
  } catch (error) {
    const why = error instanceof Error ? shorten(error.message) : 'nobody knows why';
    context.terminal.note(`wcs: the audit log has no entry of this setup: ${why}`);
  }
}
