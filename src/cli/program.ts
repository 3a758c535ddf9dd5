import { Command, CommanderError } from 'commander';
import { ConfigError } from '../../config/env.ts';
import { hideSecrets } from '../core/hide.ts';
import { shorten } from '../observe/shorten.ts';
import type { Context } from './context.ts';
import type { Services } from './services.ts';
import { manyLines, safeJson, type Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { addAudit } from './verbs/audit.ts';
import { addBackup, addRestore } from './verbs/backup.ts';
import { addCheck } from './verbs/check.ts';
import { addDaily } from './verbs/daily.ts';
import { addErase } from './verbs/erase.ts';
import { addExport } from './verbs/export.ts';
import { addDrift } from './verbs/drift.ts';
import { addFailed } from './verbs/failed.ts';
import { addHold } from './verbs/hold.ts';
import { addImport } from './verbs/import.ts';
import { addKeys } from './verbs/keys.ts';
import { addMapping } from './verbs/mapping.ts';
import { addParked } from './verbs/parked.ts';
import { addPreview } from './verbs/preview.ts';
import { addQuarantine } from './verbs/quarantine.ts';
import { addReconcile } from './verbs/reconcile.ts';
import { addReport } from './verbs/report.ts';
import { addRetention } from './verbs/retention.ts';
import { addSetup } from './verbs/setup.ts';
import { addShow } from './verbs/show.ts';
import { addStatus } from './verbs/status.ts';
import { addVerify } from './verbs/verify.ts';

/** Runs one command line. @returns the exit code: 0 fine, 1 found something wrong, 2 wrong use */
export async function main(
  args: readonly string[],
  terminal: Terminal,
  services: Services,
  version: string,
): Promise<number> {
  const context: Context = { terminal, services, exitCode: 0 };
  const program = makeProgram(context, version);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return tellError(error, context, args.includes('--json'));
  }
}

function makeProgram(context: Context, version: string): Command {
  const { terminal } = context;
  const program = new Command('wcs')
    .description('Records WhatsApp messages and calls, and logs them in Salesforce and HubSpot.')
    .version(version)
    .showHelpAfterError('(add --help for what there is)')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
      getOutHasColors: () => terminal.colors.isColorSupported,
      getErrHasColors: () => false,
      getOutHelpWidth: () => terminal.width ?? 100,
      getErrHelpWidth: () => terminal.width ?? 100,
    })
    .addHelpText('after', '\nExit codes: 0 fine, 1 found something wrong, 2 wrong use.')
    .exitOverride();
  for (const add of [
    addCheck,
    addSetup,
    addStatus,
    addReport,
    addDaily,
    addParked,
    addFailed,
    addPreview,
    addMapping,
    addAudit,
    addShow,
    addQuarantine,
    addVerify,
    addKeys,
    addRetention,
    addHold,
    addErase,
    addExport,
    addReconcile,
    addDrift,
    addImport,
    addBackup,
    addRestore,
  ]) {
    add(program, context);
  }
  return program;
}

function tellError(error: unknown, { terminal }: Context, json: boolean): number {
  if (error instanceof CommanderError) {
    const asked = ['commander.helpDisplayed', 'commander.version'].includes(error.code);
    // Commander has told everything else already.
    return asked ? 0 : 2;
  }
  const text = manyLines(hideSecrets(shorten(error instanceof Error ? error.message : String(error))));
  const mistakes = error instanceof ConfigError ? { mistakes: error.mistakes } : {};
  if (json) terminal.out(safeJson({ error: text, ...mistakes }));
  terminal.note(`wcs: ${text}`);
  return error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
}
