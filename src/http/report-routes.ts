import { answers } from './answers.ts';
import { compact } from './compact.ts';
import { RequestError } from './errors.ts';
import type { RequestSchemas } from './requests.ts';
import { route, type ApiRoute } from './route.ts';

/** Completeness: the counts, what is missing by id, and the daily reports. */
export function reportRoutes(schemas: RequestSchemas): ApiRoute[] {
  return [
    route('GET', '/api/report', {
      summary: 'Interactions by source, business number and UTC day; the last 30 days unless told',
      query: schemas.reportFilter,
      answer: answers.report,
      handle: (operations, { query }) => operations.report(compact(query)),
    }),
    route('GET', '/api/report/missing', {
      summary:
        'What is missing, by id: messages without their content, unknown shapes, files that could not be had',
      query: schemas.missingFilter,
      answer: answers.missing,
      handle: (operations, { query }) => operations.reports.missing(compact(query)),
    }),
    route('GET', '/api/reports/daily', {
      summary: 'Daily reports as they were kept, the newest day first',
      query: schemas.dailyFilter,
      answer: answers.dailies,
      handle: async (operations, { query }) => ({ items: await operations.reports.list(compact(query)) }),
    }),
    route('GET', '/api/reports/daily/:day', {
      summary: 'The daily report of one day',
      params: schemas.dayParams,
      answer: answers.daily,
      handle: async (operations, { params }) => {
        const found = await operations.reports.get(params.day);
        if (found !== undefined) return found;
        throw new RequestError(404, 'not-found', 'There is no report of this day.');
      },
    }),
    route('POST', '/api/reports/daily/:day', {
      summary: 'Makes the report of a day that is over; one that is there stays as it is',
      needs: 'compliance',
      params: schemas.dayParams,
      answer: answers.daily,
      handle: async (operations, { params }) => {
        try {
          return await operations.reports.make(params.day);
        } catch (error) {
          throw error instanceof RangeError ? new RequestError(400, 'invalid-request', error.message) : error;
        }
      },
    }),
  ];
}
