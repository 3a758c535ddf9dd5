import type { ErrorCode } from '../../core/errors.ts';
import type { Refusal } from './call-error.ts';

/**
 * Where a refusal stands.
 * - `login`: the token endpoint
 * - `call`: a whole call, with a status below 500
 * - `outage`: a whole call, with a status of 500 and more
 * - `row`: one record of a collection
 * - `file`: a call or row about a file; asked before the others
 */
export type Place = 'login' | 'call' | 'outage' | 'row' | 'file';

/** What Salesforce said, and about what. */
export interface PlacedRefusal extends Refusal {
  readonly place: Exclude<Place, 'file'>;
  /** it is about a file: the rows for files are asked as well */
  readonly ofFile: boolean;
  readonly status: number | undefined;
  readonly keyField: string;
  /** fields of a record that link to people, then to what else it is put on; the first one is for contacts */
  readonly linkFields: readonly string[];
}

/** One thing that Salesforce says, and what it means to us. The first row that fits a refusal decides. */
export interface ErrorRow {
  /** names it in tests and docs */
  readonly id: string;
  readonly at: readonly Place[];
  /** Salesforce's errorCode or statusCode, or the OAuth error; empty: any */
  readonly names: readonly string[];
  /** what else must be so, in words: `concurrent` */
  readonly sign?: string;
  readonly when?: (refusal: PlacedRefusal) => boolean;
  /** `adopted`: a record with this key exists, and the refusal names it */
  readonly code: ErrorCode | 'adopted';
  /** for people */
  readonly meaning: string;
}
