import { z } from 'zod';
import { BackupRefused } from '../pipeline/backup-operations.ts';
import { RequestError } from './errors.ts';
import { nameOf } from './identity.ts';
import { route, type ApiRoute, type FileAnswer } from './route.ts';

const query = z.strictObject({
  by: z.string().min(1).max(200).describe('who makes it, for the audit log'),
});

/** The backup of an embedded ledger, for `wcs backup`. */
export function backupRoutes(): ApiRoute[] {
  return [
    route('GET', '/api/backup.zip', {
      summary:
        'A zip of the embedded database and its files, from which `wcs restore` goes on; by the token alone',
      needs: 'compliance',
      query,
      answer: undefined,
      handle: async (operations, { query: { by }, identity }): Promise<FileAnswer> => {
        // It holds everything there is, whatever a person may see of it.
        if (identity.via === 'session')
          throw new RequestError(403, 'forbidden', 'Backups are made at the machine: wcs backup.');
        try {
          const file = await operations.backup.zip(nameOf(identity, by));
          return { file, type: 'application/zip', name: 'wcs-backup.zip' };
        } catch (error) {
          throw error instanceof BackupRefused ? new RequestError(409, error.why, error.message) : error;
        }
      },
    }),
  ];
}
