import { Readable } from 'node:stream';
import { ImportError } from '../pipeline/import.ts';
import type { EventDraft } from '../sources/source.ts';
import { compact } from './compact.ts';
import { answers } from './answers.ts';
import { backupRoutes } from './backup-routes.ts';
import { chatRoutes } from './chat-routes.ts';
import { RequestError } from './errors.ts';
import { driftRoutes } from './drift-routes.ts';
import { exportRoutes } from './export-routes.ts';
import { route, type ApiRoute } from './route.ts';
import { keyRoutes } from './key-routes.ts';
import { proofRoutes } from './proof-routes.ts';
import { mappingRoutes } from './mapping-routes.ts';
import { reportRoutes } from './report-routes.ts';
import { retentionRoutes } from './retention-routes.ts';
import { recordsRoutes } from './records-routes.ts';
import { sealRoutes } from './seal-routes.ts';
import type { RequestSchemas } from './requests.ts';
import { waitingRoutes } from './waiting-routes.ts';

/** Every address of the API but its description. */
export function apiRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    ...readingRoutes(schemas),
    ...decidingRoutes(schemas),
    ...chatRoutes(schemas),
    ...waitingRoutes(schemas),
    ...exportRoutes(schemas),
    ...mappingRoutes(schemas),
    ...reportRoutes(schemas),
    ...sealRoutes(schemas),
    ...keyRoutes(),
    ...retentionRoutes(schemas),
    ...proofRoutes(schemas),
    ...recordsRoutes(schemas),
    ...backupRoutes(),
    ...driftRoutes(schemas),
    ...importRoutes(schemas),
  ];
}

function readingRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/status', {
      summary: 'Is it running, what waits, what is stopped and why',
      answer: answers.status,
      handle: (operations) => operations.status(),
    }),
    route('GET', '/api/parked', {
      summary: 'Activities that wait for a contact or a person',
      query: schemas.waitingFilter,
      answer: answers.waiting,
      handle: (operations, { query }) => operations.parked(compact(query)),
    }),
    route('GET', '/api/failed', {
      summary: 'Dead letters: activities that failed for good, with the reason',
      query: schemas.waitingFilter,
      answer: answers.waiting,
      handle: (operations, { query }) => operations.failed(compact(query)),
    }),
    route('GET', '/api/audit', {
      summary: 'Who did what, newest first',
      query: schemas.auditFilter,
      answer: answers.audit,
      handle: (operations, { query }) => operations.audit(compact(query)),
    }),
    route('GET', '/api/check', {
      summary: 'Checks credentials, fields and mappings against the live CRMs',
      query: schemas.checkFilter,
      answer: answers.checks,
      handle: (operations, { query }) => operations.check(query.destination),
    }),
  ];
}

function decidingRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('POST', '/api/parked/:id/assign', {
      summary: 'Logs a parked activity on this contact',
      params: schemas.keyParams,
      body: schemas.assignment,
      answer: answers.changed,
      handle: async (operations, { params, body }) =>
        decided(await operations.assign(body.destination, [params.id], compact(body.contact), body.by)),
    }),
    route('POST', '/api/parked/:id/ignore', {
      summary: 'Decides that a parked activity is not logged',
      params: schemas.keyParams,
      body: schemas.ignoring,
      answer: answers.changed,
      handle: async (operations, { params, body }) =>
        decided(await operations.ignore(body.destination, [params.id], body.reason, body.by)),
    }),
    route('POST', '/api/failed/replay', {
      summary: 'Sends dead letters again',
      body: schemas.replay,
      answer: answers.changed,
      handle: async (operations, { body: { destination, keys, code, by } }) => ({
        changed: await operations.replay(compact({ destination, keys, code }), by),
      }),
    }),
  ];
}

function importRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('POST', '/api/import', {
      summary:
        'Appends events of a chat export (`wcs import` makes them); `check`: only tells what would be new',
      body: schemas.importing,
      answer: answers.imported,
      handle: async (operations, { body: { source, drafts, check, by } }) => ({
        outcomes: await refusing(
          operations.importDrafts(source, drafts.map(compact) as EventDraft[], check, by),
        ),
      }),
    }),
    route('POST', '/api/files', {
      summary: 'Keeps a file of a chat export by its hash',
      takesFile: true,
      answer: answers.file,
      handle: (operations, { body }) => {
        if (body instanceof Readable) return refusing(operations.putFile(body));
        throw new RequestError(415, 'unsupported-type', 'A file is sent as application/octet-stream.');
      },
    }),
  ];
}

/** What an import refuses is the caller's mistake. */
async function refusing<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof ImportError ? new RequestError(400, 'invalid-request', error.message) : error;
  });
}

function decided(changed: number): { changed: number } {
  return changed > 0 ? { changed } : notThere('Nothing with this id is parked in that destination.');
}

function notThere(message: string): never {
  throw new RequestError(404, 'not-found', message);
}
