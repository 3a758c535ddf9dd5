import type { CallResult, Direction, Via } from './interaction.ts';

/** The CRM's own record of a person. */
export interface ContactRef {
  /** CRM record type: `Contact`, `Lead` (Salesforce); `contact` (HubSpot) */
  readonly type: string;
  readonly id: string;
}

/**
 * What a destination shall show for one interaction: CRM-neutral, everything a mapping may use. Times are ISO 8601 UTC.
 */
export interface Activity {
  readonly key: string;
  readonly revision: number;
  readonly kind: 'message' | 'call' | 'conversation';
  readonly direction: Direction;
  readonly occurredAt: string;
  /** the same for people, in {@link timeZone}: `2026-06-01 12:00:05 UTC+2` */
  readonly localTime: string;
  /** IANA name: the owner's, else the destination's */
  readonly timeZone: string;
  /** one line, for a subject or title */
  readonly title: string;
  /** the whole text for people: what was said, with its context, edits, reactions and failures; plain text, \n lines */
  readonly text: string;
  /** what was said and nothing else */
  readonly content: string;
  /** provider's word for the kind of message (`text`, `image`), `call` or `conversation` */
  readonly type: string;
  /** of messages */
  readonly via?: Via | 'unknown';
  readonly edited: boolean;
  readonly deleted: boolean;
  /** how many came with it */
  readonly files: number;
  readonly business: { readonly number: string; readonly owner?: string };
  /** the CRM user who shall own the record; absent: nobody in particular */
  readonly owner?: { readonly id: string; readonly email: string; readonly name: string };
  readonly person: {
    readonly name: string;
    readonly phone?: string;
    readonly userId?: string;
    readonly username?: string;
  };
  readonly from: string;
  readonly to: string;
  readonly contact: ContactRef & { readonly ownerId?: string };
  readonly call?: {
    readonly result?: CallResult;
    readonly durationSeconds: number;
    readonly startedAt?: string;
    readonly endedAt?: string;
  };
  /** many messages and calls in one record */
  readonly conversation?: {
    readonly messages: number;
    readonly calls: number;
    readonly startedAt: string;
    readonly endedAt: string;
    /** 1, and more where one record was not enough */
    readonly part: number;
  };
  readonly group?: { readonly id: string; readonly subject?: string };
  /** the ad it came from */
  readonly referral?: { readonly headline?: string; readonly url?: string; readonly clickId?: string };
  readonly status?: string;
  /** of the chat in the console, for whoever holds it, until it is over */
  readonly chatLink?: string;
  readonly source: string;
}

/** A CRM record, ready to be sent: field name to value. */
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** States of an activity in one destination. */
export const activityStates = [
  'matching', // waits for the match
  'ready', // waits for its turn to be sent
  'sending', // leased to a delivery that runs now
  'unknown', // sent, the answer was lost: read back before anything else
  'delivered',
  'parked', // waits for a contact or a person
  'ignored', // policy: not logged
  'excluded', // policy: must not be logged
  'failed', // dead letter
] as const;
export type ActivityState = (typeof activityStates)[number];

/**
 * Legal transitions; a change of the interaction re-enters at `ready` (or `matching` when the person changed). Where the
 * content is destroyed by a rule, what has a record is `delivered` and the rest `ignored`.
 */
export const activityTransitions: Readonly<Record<ActivityState, readonly ActivityState[]>> = {
  matching: ['ready', 'parked', 'ignored', 'excluded', 'failed', 'delivered'],
  ready: ['sending', 'matching', 'parked', 'failed', 'ignored', 'delivered'],
  sending: ['delivered', 'ready', 'unknown', 'matching', 'parked', 'failed'],
  unknown: ['delivered', 'ready', 'failed'],
  delivered: ['ready', 'matching'],
  parked: ['matching', 'ready', 'ignored', 'excluded', 'failed', 'delivered'],
  ignored: ['matching'],
  excluded: ['matching'],
  failed: ['ready', 'matching', 'ignored', 'delivered'],
};

/** The report's columns, in the order in which the worst one names an interaction that goes to several destinations. */
export const reportColumns = ['failed', 'parked', 'pending', 'logged', 'ignored', 'excluded'] as const;
export type ReportColumn = (typeof reportColumns)[number];

export const columnOfState: Readonly<Record<ActivityState, ReportColumn>> = {
  matching: 'pending',
  ready: 'pending',
  sending: 'pending',
  unknown: 'pending',
  delivered: 'logged',
  parked: 'parked',
  ignored: 'ignored',
  excluded: 'excluded',
  failed: 'failed',
};
