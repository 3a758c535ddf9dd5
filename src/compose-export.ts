import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerOn, routesFor, type Settings } from '../config/settings.ts';
import type { SealParts } from './compose-seals.ts';
import type { SourceParts } from './compose-sources.ts';
import type { Destination } from './destinations/destination.ts';
import { exportOperations, type ExportDeps } from './export/index.ts';
import type { FileStore } from './files/file-store.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ExportOperations } from './pipeline/export-operations.ts';
import { interactionOf } from './pipeline/fold.ts';
import { sealAll } from './pipeline/seal.ts';

export interface ExportParts {
  readonly settings: Settings;
  readonly version: string;
  readonly ledger: Ledger;
  readonly files: FileStore;
  readonly seals: SealParts;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly normalize: SourceParts['normalize'];
  readonly log: { warn(fields: object, text: string): void };
  /** folder of the package, with its docs */
  readonly packageRoot: string;
}

/** Exports for examination, over this process's ledger. */
export function composeExport(parts: ExportParts): ExportOperations {
  const { settings, ledger, seals, destinations, log, packageRoot } = parts;
  const deps: ExportDeps = {
    version: parts.version,
    ledger,
    files: parts.files,
    seal: () => sealAll({ ledger, places: seals.places, signingKey: seals.signingKey, log }),
    signingKey: seals.signingKey,
    ownerOn: (number, day) => ownerOn(settings, number, day),
    holdingsOf: (email) => holdingsOf(settings, email),
    zoneOf: (source, number) => zoneOf(settings, source, number),
    recordUrl: (destination, kind, id) => destinations.get(destination)?.recordUrl(kind, id),
    interactionOf: (subject) => interactionOf({ normalize: parts.normalize }, subject),
    guide: (name) => readFile(join(packageRoot, 'docs', name), 'utf8'),
  };
  return exportOperations(deps);
}

function holdingsOf({ owners }: Settings, email: string) {
  return owners
    .filter(({ user }) => user.toLowerCase() === email.toLowerCase())
    .map(({ number, from, to }) => ({ number, from, ...(to !== undefined && { to }) }));
}

/** The zone of the CRM that the number's records go to. */
function zoneOf(settings: Settings, source: string, businessNumber: string): string {
  const [id] = routesFor(settings, source, businessNumber).flatMap((route) => route.destinations);
  return settings.destinations.find((one) => one.id === id)?.timeZone ?? 'UTC';
}
