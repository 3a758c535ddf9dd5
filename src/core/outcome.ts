import type { ErrorCode } from './errors.ts';

/**
 * What became of one activity in one delivery. An activity that the answer does not name is `unknown`, never delivered.
 */
export type Outcome =
  | {
      readonly kind: 'delivered';
      readonly key: string;
      readonly recordId: string;
      /** it was there already, from an earlier try */ readonly adopted?: boolean;
    }
  | {
      readonly kind: 'retryable' | 'permanent';
      readonly key: string;
      readonly code: ErrorCode;
      readonly reason: string;
    }
  | {
      readonly kind: 'throttled';
      readonly key: string;
      readonly code: ErrorCode;
      readonly reason: string;
      readonly retryAfterMs?: number;
    }
  | {
      readonly kind: 'unknown';
      readonly key: string;
      readonly code: ErrorCode;
      readonly reason: string;
    };
