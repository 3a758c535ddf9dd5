import type { Command } from 'commander';
import { common, knownDestination, printJson, type Context } from '../context.ts';
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
    if (json) printJson(context, { destination: id, findings });
    else terminal.out(formatFindings(id, findings, terminal));
    return hasError(findings) ? 1 : 0;
  } finally {
    await close();
  }
}
