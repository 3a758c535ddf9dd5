import type { ContactRef } from '../core/activity.ts';
import type { Interaction } from '../core/interaction.ts';
import type { CrmContact } from '../destinations/destination.ts';

/** An interaction waiting for its contact in one destination. */
export interface MatchSubject {
  readonly destination: string;
  readonly key: string;
  readonly revision: number;
  readonly interaction: Interaction;
  readonly addresses: readonly string[];
}

export type MatchDecision = {
  readonly destination: string;
  readonly key: string;
} & (
  | {
      readonly to: 'ready';
      readonly contact: ContactRef & {
        readonly ownerId?: string;
        readonly name?: string;
      };
      readonly reason: string;
    }
  | { readonly to: 'parked' | 'ignored' | 'excluded'; readonly reason: string }
  /** the look-up failed: try again after so long */
  | { readonly to: 'later'; readonly reason: string; readonly delayMs: number }
);

/** A contact in the worker's own index, under one address. */
export interface DirectoryEntry extends ContactRef {
  readonly address: string;
  readonly name: string;
  readonly ownerId?: string;
  readonly modifiedAt?: string;
  /** see `CrmContact.marks` */
  readonly marks?: Readonly<Record<string, string>>;
}

/** A contact with its addresses normalised (E.164 and user ids), for the index. */
export interface DirectoryContact extends Omit<CrmContact, 'phones' | 'userIds'> {
  readonly addresses: readonly string[];
}

/** How long something may be parked. */
export interface ParkedLimit {
  readonly source: string;
  /** undefined: all of the source */
  readonly businessNumbers?: readonly string[];
  readonly days: number;
  readonly to: 'ignored' | 'failed';
  /** only what another destination has, or will */
  readonly onlyElsewhere?: boolean;
}

export interface DirectoryState {
  /** the fields that the entries' marks were read from */
  readonly markedBy: string;
  readonly cursor?: string;
  /** ISO 8601: when the last pull ended well */
  readonly pulledAt?: string;
}
