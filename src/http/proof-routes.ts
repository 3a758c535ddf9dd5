import { QuarantineRefused } from '../pipeline/quarantine-operations.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import { proofAnswers } from './proof-answers.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute } from './route.ts';

/** What names no number of the firm, for officers; the versions of an interaction; what was set up by hand. */
export function proofRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/quarantine', {
      summary: 'Events that name no number of the firm, the newest first',
      needs: 'compliance',
      query: schemas.quarantineFilter,
      answer: proofAnswers.quarantine,
      handle: (operations, { query }) => operations.quarantine.list(compact(query)),
    }),
    route('POST', '/api/quarantine/:id/open', {
      summary: 'Shows what one of them says; the look is kept in the audit log',
      needs: 'compliance',
      params: schemas.quarantineParams,
      body: schemas.doneBy,
      answer: proofAnswers.quarantined,
      handle: async (operations, { params: { id }, body: { by } }) =>
        (await operations.quarantine.open(id, by)) ?? notThere('Nothing with this id is in quarantine.'),
    }),
    route('POST', '/api/quarantine/:id/release', {
      summary: "Records one of them as this number's",
      needs: 'compliance',
      params: schemas.quarantineParams,
      body: schemas.releasing,
      answer: proofAnswers.release,
      handle: async (operations, { params: { id }, body: { number, by } }) =>
        (await refusing(operations.quarantine.release(id, number, by))) ??
        notThere('Nothing with this id is in quarantine.'),
    }),
    route('POST', '/api/quarantine/discard', {
      summary: 'Destroys what these say',
      needs: 'compliance',
      body: schemas.discarding,
      answer: proofAnswers.changed,
      handle: async (operations, { body: { ids, by } }) => ({
        changed: await operations.quarantine.discard(ids, by),
      }),
    }),
    route('GET', '/api/interactions/:id/versions', {
      summary: 'One message or call as it was after each of its events, in order of arrival',
      params: schemas.keyParams,
      answer: proofAnswers.versions,
      handle: async (operations, { params }) =>
        (await operations.versions(params.id)) ?? notThere('There is no interaction with this id.'),
      looks: ({ conversation }) => [conversation],
    }),
    route('POST', '/api/setups', {
      summary: 'Keeps in the audit log that `wcs setup` made the fields of a destination',
      body: schemas.setupDone,
      answer: proofAnswers.done,
      handle: async (operations, { body: { destination, findings, by } }) => {
        await operations.noteSetup(destination, findings, by);
        return { done: true };
      },
    }),
  ];
}

async function refusing<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    throw error instanceof QuarantineRefused ? new RequestError(409, 'refused', error.message) : error;
  });
}

function notThere(message: string): never {
  throw new RequestError(404, 'not-found', message);
}
