import { z } from 'zod';
import { driftKinds } from '../core/drift.ts';
import { CrmError } from '../core/errors.ts';
import { DriftRefused } from '../pipeline/drift-operations.ts';
import { answers } from './answers.ts';
import { compact } from './compact.ts';
import { driftAnswers } from './drift-answers.ts';
import { RequestError } from './errors.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute } from './route.ts';

/** Records that are not as they were logged, and the comparison itself. */
export function driftRoutes({ drift: schemas }: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/drift', {
      summary: 'Records in the CRMs that are not as they were logged; names of fields, never values',
      query: schemas.filter,
      answer: driftAnswers.list,
      handle: (operations, { query }) => operations.drift.list(compact(query)),
    }),
    route('GET', '/api/drift/:destination/:key', {
      summary: 'One of them, with what the CRM shows now; the look is kept in the audit log',
      needs: 'compliance',
      params: schemas.params,
      answer: driftAnswers.view,
      handle: async (operations, { params: { destination, key }, identity }) =>
        (await refusing(operations.drift.show(destination, key, identity.actor))) ?? notThere(),
    }),
    route('POST', '/api/drift/:destination/:key/restore', {
      summary: 'Writes it again as it was logged',
      params: schemas.params,
      body: schemas.decision,
      answer: answers.changed,
      handle: async (operations, { params: { destination, key }, body: { by } }) =>
        (await refusing(operations.drift.restore(destination, key, by))) ? { changed: 1 } : notThere(),
    }),
    route('POST', '/api/drift/:destination/:key/accept', {
      summary: 'Keeps what the CRM shows; told again when it changes again',
      params: schemas.params,
      body: schemas.decision,
      answer: answers.changed,
      handle: async (operations, { params: { destination, key }, body: { by } }) =>
        (await refusing(operations.drift.accept(destination, key, by))) ? { changed: 1 } : notThere(),
    }),
    route('POST', '/api/reconcile', {
      summary: 'Compares the next records with the CRM now; go on with `next` until there is none',
      body: schemas.reconcile,
      answer: driftAnswers.step,
      handle: (operations, { body: { destination, ...request } }) =>
        refusing(operations.drift.reconcile(destination, compact(request))),
    }),
  ];
}

type Shapes = Readonly<Record<'destination' | 'key' | 'by', z.ZodType<string>>> & {
  readonly range: {
    readonly from: z.ZodOptional<z.ZodType<string>>;
    readonly to: z.ZodOptional<z.ZodType<string>>;
  };
  readonly paging: { readonly limit: z.ZodType<number>; readonly cursor: z.ZodOptional<z.ZodType<string>> };
};

/** What the addresses of drift take. */
export function driftRequests({ destination, key, by, range, paging }: Shapes) {
  return {
    filter: z.strictObject({
      destination: destination.optional(),
      kind: z.enum(driftKinds).optional(),
      key: key.optional(),
      resolved: z.stringbool().describe('true: what is over too').optional(),
      ...paging,
    }),
    params: z.strictObject({ destination, key }),
    decision: z.strictObject({ by }),
    reconcile: z.strictObject({
      destination,
      ...range,
      all: z.boolean().describe('everything, not only what is due').optional(),
      after: z.string().min(1).max(100).describe('`next` of the step before').optional(),
    }),
  };
}

function notThere(): never {
  throw new RequestError(404, 'not-found', 'Nothing of this record is open in that destination.');
}

/** What cannot be done, and what the CRM does not say. */
async function refusing<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((error: unknown) => {
    if (error instanceof DriftRefused) throw new RequestError(409, 'drift-refused', error.message);
    if (error instanceof CrmError) throw new RequestError(502, error.code, error.message);
    throw error;
  });
}
