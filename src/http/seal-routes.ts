import { RequestError } from './errors.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute } from './route.ts';
import { sealAnswers } from './seal-answers.ts';

/** Whether all is as it was sealed, and the proof that one interaction is. */
export function sealRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/seals', {
      summary: 'The last seal and how far its copies are; compares nothing',
      answer: sealAnswers.state,
      handle: (operations) => operations.seals.state(),
    }),
    route('GET', '/api/seals/verify', {
      summary: 'Compares every row with its seal, and the seals with their copies; reads the whole ledger',
      needs: 'compliance',
      answer: sealAnswers.verification,
      handle: (operations) => operations.seals.verify(),
    }),
    route('GET', '/api/interactions/:id/proofs', {
      summary: 'That each row of a message or call is part of a seal (docs/proof.md says how to check it)',
      params: schemas.keyParams,
      answer: sealAnswers.proofs,
      handle: async (operations, { params }) => {
        const found = await operations.seals.proofs(params.id);
        if (found !== undefined) return found;
        throw new RequestError(404, 'not-found', 'There is no interaction with this id.');
      },
    }),
  ];
}
