#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { endOnCrash } from '../observe/crash.ts';
import { hideSecrets } from '../core/hide.ts';
import { main } from './program.ts';
import { services } from './services.ts';
import { processTerminal } from './terminal.ts';

endOnCrash((error) => {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(typeof error);
  process.stderr.write(`wcs: ended by an error that nobody caught: ${hideSecrets(text)}\n`);
});

/** The command line of the product (docs: `wcs --help`). */
process.exitCode = await main(process.argv.slice(2), processTerminal(), services, productVersion());

// Whatever a client library left open must not keep a finished command waiting.
setTimeout(() => process.exit(), 2_000).unref();

function productVersion(folder: string = import.meta.dirname): string {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return productVersion(dirname(folder));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
