import type { ActivityState, ContactRef } from '../core/activity.ts';
import type { InteractionView } from './records.ts';

/** All of one firm's number with one person or group. */
export interface Conversation {
  /** 32 hex digits */
  readonly id: string;
  readonly businessNumber: string;
  readonly groupId?: string;
  /** E.164 */
  readonly phone?: string;
  readonly userId?: string;
  /** what the other side calls itself */
  readonly name?: string;
  readonly firstAt: string;
  readonly lastAt: string;
  /** the newest message or call */
  readonly last: InteractionView;
  /** who it is in the CRMs, by the newest ones that were matched */
  readonly contacts: readonly ConversationContact[];
}

export interface ConversationContact extends ContactRef {
  readonly destination: string;
  readonly name?: string;
  /** why it is this contact */
  readonly match?: string;
}

export interface ConversationFilter {
  /** words of a name (also the CRM contact's), or digits of a number */
  readonly who?: string;
  readonly businessNumber?: string;
  readonly destination?: string;
  /** chats with an activity in this state */
  readonly state?: ActivityState;
  /** UTC days, inclusive: chats in which something happened then */
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** What waits for a person for the same cause. */
export interface WaitingGroup {
  readonly destination: string;
  /** code of the error table, or the reason of the match in one word */
  readonly cause: string;
  readonly count: number;
  readonly people: number;
  /** ISO 8601: the longest waiting one's last change */
  readonly since: string;
}

export interface WaitingFilter {
  readonly destination?: string;
  readonly cause?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** All that waits of one chat, for one cause, in one destination. */
export interface WaitingPerson {
  readonly destination: string;
  readonly cause: string;
  readonly conversation: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** the newest of them */
  readonly newest: InteractionView;
}

/** Which ones a decision is about: these, or all of these chats. */
export type WaitingChoice =
  { readonly keys: readonly string[] } | { readonly conversations: readonly string[] };

/** Of a source: when it last gave something. */
export interface SourceActivity {
  readonly source: string;
  /** ISO 8601 */
  readonly lastEventAt?: string;
}

/** Of a destination: when it last took something, and how long the last ones took from receipt to record. */
export interface DeliveryActivity {
  readonly destination: string;
  /** ISO 8601 */
  readonly lastDeliveredAt?: string;
  /** of the last 200 new records of the last day */
  readonly lagSeconds?: { readonly median: number; readonly p95: number };
}
