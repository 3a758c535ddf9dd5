import type { ExportOperations } from '../pipeline/export-operations.ts';
import { planExport, runExport } from './export.ts';
import type { ExportDeps } from './run.ts';
import { zipOf } from './zip.ts';

export { backupOperations } from './backup.ts';
export type { ExportDeps } from './run.ts';

/** {@link ExportOperations} over a ledger and its files. */
export function exportOperations(deps: ExportDeps): ExportOperations {
  return {
    zip: async (request, onProgress) => {
      const plan = await planExport(deps, request);
      return zipOf((sink) => runExport(deps, plan, sink, onProgress));
    },
    writeTo: async (request, sink, onProgress) =>
      runExport(deps, await planExport(deps, request), sink, onProgress),
  };
}
