import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config/env.ts';
import type { Settings } from '../config/settings.ts';
import { needsConversation } from './compose-needs.ts';
import type { Destination, Finding } from './destinations/destination.ts';
import type { Ledger } from './ledger/ledger.ts';
import { MappingError, parseMapping, readMapping, readMappingText } from './mapping/mapping.ts';
import { checkDestination } from './pipeline/check.ts';
import { noConversation, type MappingSource } from './pipeline/mappings.ts';

/** The folder of package.json, whether it runs from the source or built. */
export const packageRoot = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

/** `wcs check` of one destination with the mapping file that the settings name. */
export async function checkOne(settings: Settings, destination: Destination): Promise<Finding[]> {
  try {
    const mapping = readMapping(mappingPath(settings, destination.id, destination.type));
    const isMissing = needsConversation(settings, destination.id) && mapping.conversation === undefined;
    const findings = await checkDestination(destination, mapping);
    return isMissing ? [...findings, noConversation] : findings;
  } catch (error) {
    if (!(error instanceof MappingError)) throw error;
    const mistake: Finding = { level: 'error', subject: 'mapping file', text: error.message };
    return [...(await destination.check()), mistake];
  }
}

/** The mapping file of each destination, with what is wrong with its text. */
export function readMappings(settings: Settings): ReadonlyMap<string, MappingSource> {
  const sources = settings.destinations.map(({ id, type }): [string, MappingSource] => {
    const path = settings.mappings[id] ?? `config/mappings/${type}.yaml`;
    try {
      const text = readMappingText(mappingPath(settings, id, type));
      const { conversation } = parseMapping(text, path);
      const missing = needsConversation(settings, id) && conversation === undefined;
      const mistakes = missing ? ['conversation: is missing, and a route asks for it (granularity)'] : [];
      return [id, { path, text, mistakes }];
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      return [id, { path, text: '', mistakes: error.mistakes }];
    }
  });
  return new Map(sources);
}

/** A file that cannot be used is no trouble where an earlier mapping was published: that one runs on. */
export async function assertUsable(ledger: Ledger, files: ReadonlyMap<string, MappingSource>): Promise<void> {
  const mistakes: string[] = [];
  for (const [id, file] of files) {
    if (file.mistakes.length === 0 || (await ledger.mappingVersions(id, 1)).length > 0) continue;
    mistakes.push(...file.mistakes.map((mistake) => `mappings.${id}: ${file.path}: ${mistake}`));
  }
  if (mistakes.length > 0) throw new ConfigError('mappings', mistakes);
}

/** As the settings say; relative to the working directory, else to the package (for the defaults that come with it). */
function mappingPath(settings: Settings, id: string, type: string): string {
  const path = settings.mappings[id] ?? `config/mappings/${type}.yaml`;
  return existsSync(path) ? path : join(packageRoot, path);
}

function findPackageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : findPackageRoot(dirname(from));
}
