import { ExportRefused } from '../pipeline/export-operations.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute, type FileAnswer } from './route.ts';

/** Records with their proofs, for an examination. */
export function recordsRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/export/records.zip', {
      summary: 'A zip of records that can be read and verified without this product; kept in the audit log',
      needs: 'compliance',
      query: schemas.recordsExport,
      answer: undefined,
      handle: async (operations, { query, identity }): Promise<FileAnswer> => {
        const { all: _all, by, ...choice } = compact(query);
        // Who is signed in cannot export in another's name; a script with the token says for whom.
        const actor = identity.via === 'session' ? identity.actor : by;
        const day = new Date().toISOString().slice(0, 10);
        try {
          const file = await operations.records.zip({ ...choice, by: actor });
          return { file, type: 'application/zip', name: `whatsapp-records-${day}.zip` };
        } catch (error) {
          throw error instanceof ExportRefused ? new RequestError(404, 'not-found', error.message) : error;
        }
      },
    }),
  ];
}
