import type { Command } from 'commander';
import { ConfigError } from '../../../config/env.ts';
import { common, knownDestination, printJson, type Context } from '../context.ts';
import { formatFindings, hasError } from '../findings.ts';

/** `wcs check`: settings, credentials of sources and CRMs, fields and mappings against the live CRMs. */
export function addCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .argument('[destination]', 'only this one')
    .description('check settings, credentials, fields and mappings against the live CRMs');
  common(command, 'wcs check sales').action(
    async (destination: string | undefined, options: { json?: true }) => {
      context.exitCode = await check(context, destination, options.json === true);
    },
  );
}

async function check(context: Context, named: string | undefined, json: boolean): Promise<number> {
  const { services, terminal } = context;
  try {
    const settings = services.readSettings(services.readEnv());
    const only = named === undefined ? undefined : knownDestination(settings, named);
    terminal.note(`Asking ${only ?? settings.destinations.map((one) => one.id).join(', ')} …`);
    const [sources, checked] = await Promise.all([
      only === undefined ? services.checkSources(settings) : [],
      services.runCheck(settings, only),
    ]);
    const all = [
      ...sources.map((one) => ({ id: one.source, ...one })),
      ...checked.map((one) => ({ id: one.destination, ...one })),
    ];
    if (json) printJson(context, { settings: { mistakes: [] }, sources, destinations: checked });
    else terminal.out(all.map((one) => formatFindings(one.id, one.findings, terminal)).join('\n\n'));
    return all.some((one) => hasError(one.findings)) ? 1 : 0;
  } catch (error) {
    // Here wrong settings are not wrong use: they are what was looked for.
    if (!(error instanceof ConfigError)) throw error;
    if (json) printJson(context, { settings: { mistakes: error.mistakes }, sources: [], destinations: [] });
    else terminal.out(error.message);
    return 1;
  }
}
