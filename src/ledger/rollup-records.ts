import type { ContactRef } from '../core/activity.ts';
import type { ContactHistory } from '../core/contact-history.ts';

/** A contact that is to be brought up to date. */
export interface RollupTask {
  readonly contact: ContactRef;
  readonly history: ContactHistory;
  /** rises with each activity that is logged on the contact: what the settlement is about */
  readonly version: number;
  readonly attempts: number;
  /** hash of what was written last */
  readonly writtenHash?: string;
}

/** What became of a leased {@link RollupTask}. */
export type RollupSettlement = Pick<RollupTask, 'contact' | 'version'> &
  (
    | { readonly to: 'written'; readonly hash: string }
    | {
        readonly to: 'waiting' | 'given-up';
        readonly delayMs?: number;
        /** true: this counts against the limit of attempts */
        readonly burn?: boolean;
        readonly code: string;
        readonly reason: string;
      }
  );
