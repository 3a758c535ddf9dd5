import { readdirSync, readFileSync } from 'node:fs';
import type { Place } from '../../src/destinations/salesforce/error-table.ts';

/** An answer of a whole call, as Salesforce sends it. */
export interface CallAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A row of a collection that Salesforce refuses, as it sends it. */
export interface RowAnswer {
  readonly success: false;
  readonly errors: readonly [
    { readonly statusCode: string; readonly message: string; readonly fields: readonly string[] },
  ];
}

export type Answer = CallAnswer | RowAnswer;
export type Answers = Partial<Record<Place, readonly Answer[]>>;

const folder = 'test/fixtures/salesforce/errors';

/** Ids of the rows of the error table that have bodies to try them with. */
export const fixtureIds = readdirSync(folder).map((name) => name.replace(/\.json$/, ''));

/** Bodies for one row of the error table. */
export function answersOf(id: string): Answers {
  return JSON.parse(readFileSync(`${folder}/${id}.json`, 'utf8')) as Answers;
}

export const isRow = (answer: Answer): answer is RowAnswer => 'errors' in answer;

/** What stands in an answer as the code, for the name of a test. */
export function titleOf(answer: Answer): string {
  if (isRow(answer)) return `${answer.errors[0].statusCode} ${answer.errors[0].fields.join(' ')}`.trim();
  const { status, body } = answer;
  const first = (Array.isArray(body) ? body[0] : body) as { errorCode?: string; error?: string } | string;
  if (typeof first === 'string') return `HTTP ${status}`;
  return `HTTP ${status} ${first.errorCode ?? first.error ?? ''}`.trim();
}
