import type { ActivityState, ContactRef } from '../core/activity.ts';
import type { AlertChange } from '../core/fact.ts';
import type { IdentityLink } from '../core/identity.ts';
import type { FileResult, Interaction, Media } from '../core/interaction.ts';
import type { Outcome } from '../core/outcome.ts';
import type { EventDraft, StoredEvent } from '../sources/source.ts';
import type { Shown } from './digest-records.ts';

export type { IdentityLink } from '../core/identity.ts';

/** An event of a source, ready to be appended. */
export interface AppendEvent extends Omit<EventDraft, 'people'> {
  readonly source: string;
  readonly sourceKind: string;
  /** whom it concerns, by phone number or user id: with whose content it is encrypted, and destroyed one day */
  readonly person?: string;
  /** of an event whose payload is an outline: what it said, encrypted */
  readonly quarantined?: { readonly ciphertext: string; readonly keyName: string };
}

/** Something the privacy gate dropped: counted once per interaction by a keyed hash, nothing else is kept. */
export interface Exclusion {
  readonly source: string;
  /** the firm's number when it is a configured one, else '' : a number that is not configured may be private */
  readonly businessNumber: string;
  /** UTC, YYYY-MM-DD */
  readonly day: string;
  readonly idHash: string;
}

/** A user id that an excluded person was seen with; both as keyed hashes. */
export interface ExcludedId {
  readonly idHash: string;
  /** of the number by which the person is excluded */
  readonly becauseHash: string;
}

export interface AppendResult {
  /** those that are new; the rest was there already */
  readonly appended: readonly AppendEvent[];
  readonly excluded: number;
}

/** All that is known of one interaction, for folding it anew. */
export interface FoldSubject {
  readonly key: string;
  /** every event of it so far, in order of arrival */
  readonly events: readonly StoredEvent[];
  /** what its group was called at a time, once known; the ledger asks again when it learns a name */
  readonly groupSubject: (groupId: string, at: string) => string | undefined;
}

/** What an event tells beyond its own interaction. */
export interface Learned {
  readonly links: readonly IdentityLink[];
  readonly groups: readonly {
    readonly businessNumber: string;
    readonly id: string;
    readonly subject: string;
    readonly at: string;
  }[];
  readonly alerts: readonly (AlertChange & { readonly source: string; readonly at: string })[];
}

/** Something an admin must know about a source: capture has stopped, credentials are dead. */
export interface Alert {
  readonly source: string;
  readonly subject: string;
  readonly code: string;
  readonly text: string;
  /** ISO 8601 */
  readonly since: string;
}

/** Where the poll of one list of a source stands. */
export interface PollState {
  readonly stream: string;
  readonly cursor?: string;
  /** ISO 8601: when it last caught up */
  readonly polledAt?: string;
  /** ISO 8601: not to be asked before */
  readonly notBefore?: string;
}

/** One file to be fetched, leased. */
export interface MediaTask {
  readonly key: string;
  readonly media: Media;
  readonly source: string;
  readonly sourceKind: string;
  readonly businessNumber: string;
  readonly providerId: string;
  readonly attempts: number;
  /** ISO 8601: when we learned of it */
  readonly addedAt: string;
}

/** The files of one CRM record that are stored and not all attached yet, leased. */
export interface AttachmentTask {
  readonly key: string;
  readonly recordId: string;
  /** what the record is: a conversation's record is a message's, whatever it shows */
  readonly kind: 'message' | 'call';
  readonly interaction: Interaction;
  readonly contact: ContactRef;
  /** in the order of the interaction */
  readonly files: readonly (Extract<FileResult, { state: 'stored' }> & { readonly mediaId: string })[];
  /** CRM's id of each file that is there already, by hash */
  readonly attached: Readonly<Record<string, string>>;
  readonly attempts: number;
}

export interface AttachmentSettlement {
  readonly key: string;
  readonly to: 'done' | 'waiting' | 'failed';
  readonly attached: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  /** true: this counts against the limit of attempts */
  readonly burn?: boolean;
  readonly code?: string;
  readonly reason?: string;
}

export interface Folded {
  readonly interaction: Interaction;
  /** hash of what people would see; the revision rises when it changes */
  readonly contentHash: string;
  readonly withoutContent: boolean;
  /** look-up addresses of the person, best first (`addressesOf`); the ledger adds what it knows of the same person */
  readonly addresses: readonly string[];
  /** what this interaction's events tell about who is who */
  readonly links: readonly IdentityLink[];
  /** files that are to be fetched, with no result yet */
  readonly media: readonly Media[];
  /** not to be matched for so long from now: more of it is expected any moment (a call that has not ended) */
  readonly holdMs?: number;
  /** where it goes, with how; none: not routed, counted as ignored. `hold`: recorded but not to be logged by policy */
  readonly destinations: readonly {
    readonly id: string;
    readonly initial: 'matching' | 'ignored';
    readonly reason?: string;
  }[];
}

export interface FoldReport {
  /** events taken from the inbox; 0: it is empty */
  readonly events: number;
  /** interactions made or changed */
  readonly interactions: number;
}

/** One activity leased to a delivery. */
export interface ClaimedActivity {
  readonly key: string;
  readonly revision: number;
  readonly attempts: number;
  readonly interaction: Interaction;
  readonly contact: ContactRef & {
    readonly ownerId?: string;
    readonly name?: string;
  };
  readonly recordId?: string;
  /** of an unknown outcome: the revision that was sent */
  readonly sentRevision?: number;
  /** the message that this one answers, where it was captured */
  readonly quoted?: Interaction;
  /** `contentHash` of what the record shows for certain */
  readonly deliveredHash?: string;
  /** key of the record that shows it together with others */
  readonly digestKey?: string;
  /** what the last outcome was called, unless it was a delivery */
  readonly lastCode?: string;
  /** ISO 8601 of the first event's receipt: for the lag */
  readonly receivedAt: string;
}

export interface Claim {
  readonly items: readonly ClaimedActivity[];
  /** set when fewer than `full` wait and the oldest is younger than the window: come back after so long */
  readonly waitMs?: number;
}

/** What one call to a destination can carry together, where it cannot carry everything. */
export interface BatchKind {
  readonly kind: 'message' | 'call';
  /** records that exist already (updates), or new ones */
  readonly existing: boolean;
}

export interface ClaimOptions {
  /** only these. Undefined: all kinds together */
  readonly only?: BatchKind;
  readonly destination: string;
  /**
   * the most to take: the destination's batch size. Fewer are taken only when the oldest waits for `windowMs` already; of
   * more, a quarter of the batch is for those with something new
   */
  readonly full: number;
  readonly windowMs: number;
  readonly leaseMs: number;
  readonly owner: string;
}

/** What the settle of one claimed activity writes: state and a receipt. */
export interface Settlement {
  readonly key: string;
  /** revision that was sent */
  readonly revision: number;
  readonly outcome: Outcome;
  readonly to: 'delivered' | 'ready' | 'unknown' | 'matching' | 'parked' | 'failed';
  /** before it may be claimed again */
  readonly delayMs?: number;
  /** true: this counts against the limit of attempts */
  readonly burn?: boolean;
  /** the record is a further one: the activity keeps the one that it has */
  readonly isFurther?: boolean;
  /** a record of it is told on the contact itself */
  readonly rollsUp?: boolean;
  /** the record that was written or found, where it shows this activity alone; `shown`: hashes by field, where they are known */
  readonly record?: { readonly key: string; readonly shown?: Shown };
  readonly mappingVersion: string;
  readonly contentHash: string;
}

export interface DestinationHealth {
  readonly destination: string;
  readonly state: 'running' | 'waiting' | 'stopped';
  /** ISO 8601; until then nothing is sent */
  readonly pausedUntil?: string;
  readonly code?: string;
  readonly reason?: string;
}

export interface ReportRow {
  readonly source: string;
  readonly businessNumber: string;
  /** UTC, YYYY-MM-DD */
  readonly day: string;
  readonly received: number;
  readonly logged: number;
  readonly pending: number;
  readonly parked: number;
  readonly excluded: number;
  readonly ignored: number;
  readonly failed: number;
  readonly withoutContent: number;
}

export interface InteractionFilter {
  readonly source?: string;
  readonly businessNumber?: string;
  /** phone or user id */
  readonly person?: string;
  readonly state?: ActivityState;
  readonly destination?: string;
  /** of one chat, by its id */
  readonly conversation?: string;
  /** words that were written */
  readonly text?: string;
  readonly from?: string;
  readonly to?: string;
  /** which come first; the newest unless told */
  readonly order?: 'newest' | 'oldest';
  readonly limit: number;
  /** from the page before */
  readonly cursor?: string;
}

export interface ActivityView {
  readonly destination: string;
  readonly key: string;
  readonly state: ActivityState;
  readonly reason?: string;
  readonly code?: string;
  readonly contact?: ContactRef & { readonly name?: string };
  /** why it is this contact */
  readonly match?: string;
  /** ISO 8601: since when nobody could say whose it is */
  readonly parkedSince?: string;
  readonly recordId?: string;
  readonly revision: number;
  readonly deliveredRevision?: number;
  readonly attempts: number;
  readonly changedAt: string;
}

export interface InteractionView {
  readonly interaction: Interaction;
  readonly revision: number;
  readonly withoutContent: boolean;
  /** id of its chat */
  readonly conversation: string;
  /** whoever looks may not read what was written: it is left out */
  readonly isHidden?: true;
  readonly activities: readonly ActivityView[];
}

export interface Receipt {
  readonly destination: string;
  readonly revision: number;
  readonly outcome: string;
  readonly code?: string;
  readonly reason?: string;
  readonly recordId?: string;
  readonly mappingVersion: string;
  readonly contentHash: string;
  readonly at: string;
}

/** Waiting work and its age, for health, metrics and `status`. */
export interface Backlog {
  /** events not folded yet */
  readonly inbox: number;
  readonly inboxAgeSeconds: number;
  /** events of the inbox whose fold failed: tried again with a growing pause */
  readonly stuck?: number;
  readonly destinations: readonly {
    readonly destination: string;
    readonly states: Readonly<Partial<Record<ActivityState, number>>>;
    readonly backlogAgeSeconds: number;
  }[];
  readonly unrecognised: number;
}
