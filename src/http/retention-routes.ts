import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import type { RequestSchemas } from './requests.ts';
import { retentionAnswers as answers } from './retention-answers.ts';
import { route, type ApiRoute } from './route.ts';

/** What is kept for how long, what was destroyed, what is held, and who asked to be forgotten. */
export function retentionRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [...ruleRoutes(schemas), ...holdRoutes(schemas), ...erasureRoutes(schemas)];
}

function ruleRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/retention', {
      summary: 'What the rules would destroy now, by rule',
      answer: answers.retention,
      handle: (operations) => operations.retention.view(),
    }),
    route('POST', '/api/retention/run', {
      summary: 'Applies the rules now, and wipes the files of the database',
      needs: 'compliance',
      body: schemas.acting,
      answer: answers.retentionRun,
      handle: (operations, { body }) => operations.retention.run(body.by),
    }),
    route('GET', '/api/retention/purges', {
      summary: 'What was destroyed by which rule, newest first: counts',
      query: schemas.purgeFilter,
      answer: answers.purges,
      handle: (operations, { query }) => operations.retention.purges(compact(query)),
    }),
    route('GET', '/api/retention/purges/:purge', {
      summary: 'What is left of the interactions that one purge destroyed',
      params: schemas.purgeParams,
      query: schemas.purgeFilter,
      answer: answers.tombstones,
      handle: (operations, { params, query }) =>
        operations.retention.tombstones(params.purge, compact(query)),
    }),
  ];
}

function holdRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/holds', {
      summary: 'Legal holds, those in force first',
      needs: 'compliance',
      answer: answers.holds,
      handle: async (operations) => ({ items: await operations.retention.holds() }),
    }),
    route('POST', '/api/holds', {
      summary: 'Places a legal hold: nothing that fits all of it is destroyed',
      needs: 'compliance',
      body: schemas.holdRequest,
      answer: answers.hold,
      handle: (operations, { body }) => operations.retention.placeHold(compact(body)),
    }),
    route('POST', '/api/holds/:hold/release', {
      summary: 'Releases a legal hold',
      needs: 'compliance',
      params: schemas.holdParams,
      body: schemas.holdRelease,
      answer: answers.released,
      handle: async (operations, { params: { hold }, body: { by, reason } }) => {
        if (await operations.retention.releaseHold(hold, by, reason)) return { released: true as const };
        throw new RequestError(404, 'not-found', 'There is no hold of this number in force.');
      },
    }),
  ];
}

function erasureRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/erasures', {
      summary: 'Requests for erasure, newest first; of whom they were is not kept',
      needs: 'compliance',
      query: schemas.purgeFilter,
      answer: answers.erasures,
      handle: async (operations, { query }) => ({ items: await operations.retention.erasures(query.limit) }),
    }),
    route('POST', '/api/erasures', {
      summary:
        'Destroys all of a person that neither a hold nor the law keeps, and lists the records in the CRMs',
      needs: 'compliance',
      body: schemas.erasureRequest,
      answer: answers.erasure,
      handle: (operations, { body }) => operations.retention.erase(body),
    }),
  ];
}
