import type { CallResult, DeliveryState, Direction, Media, MessageContent, Person } from './interaction.ts';

/**
 * What one event says, in the product's own words: the same for every source. A source's `normalize` makes it from the
 * verbatim payload; `fold` makes interactions from facts. Times are ISO 8601 in UTC.
 */
export type Fact =
  | MessageFact
  | EditFact
  | RevokeFact
  | ReactionFact
  | StatusFact
  | CallFact
  | NumberChangeFact
  | NoticeFact
  | UnrecognisedFact;

interface FactBase {
  readonly at: string;
}

/** A message came in, or went out and its content was seen. */
export interface MessageFact extends FactBase {
  readonly kind: 'message';
  readonly direction: Direction;
  readonly person: Person;
  readonly content: MessageContent;
  readonly group?: { readonly id: string; readonly subject?: string };
  /** how the source came to know: `live`, `echo` (typed on the phone), `standby`, `history` */
  readonly via: 'live' | 'echo' | 'standby' | 'history';
  /** the last delivery state that came with it (history only) */
  readonly status?: DeliveryState;
}

export interface EditFact extends FactBase {
  readonly kind: 'edit';
  readonly direction: Direction;
  readonly person: Person;
  readonly content: MessageContent;
}

export interface RevokeFact extends FactBase {
  readonly kind: 'revoke';
  readonly direction: Direction;
  readonly person: Person;
}

/** `emoji` absent: the reaction was taken away. */
export interface ReactionFact extends FactBase {
  readonly kind: 'reaction';
  readonly direction: Direction;
  readonly person: Person;
  readonly emoji?: string;
  readonly group?: { readonly id: string };
}

export interface StatusFact extends FactBase {
  readonly kind: 'status';
  readonly state: DeliveryState;
  readonly person: Person;
  /** sent to a group: `person` is the one participant whose delivery this is */
  readonly group?: { readonly id: string };
  /** why it failed, in the provider's words, with its code */
  readonly error?: { readonly code: string; readonly text: string };
}

/** One step of a call: any of them may be the first to arrive. */
export interface CallFact extends FactBase {
  readonly kind: 'call';
  readonly step:
    | 'connect'
    | 'ringing'
    | 'accepted'
    | 'rejected'
    | 'terminate'
    | 'created'
    | 'recording'
    | 'transcript'
    | 'voicemail'
    | 'other'; // a step this version does not know: the call is real, nothing else is read from it
  /** absent where the step does not say (recordings, old samples) */
  readonly direction?: Direction;
  readonly person: Person;
  /** only on `terminate` */
  readonly result?: CallResult;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationSeconds?: number;
  readonly media?: Media;
  readonly error?: { readonly code: string; readonly text: string };
}

/** A person's number or user id changed: two identities are one person. */
export interface NumberChangeFact extends FactBase {
  readonly kind: 'number-change';
  readonly from: Person;
  readonly to: Person;
}

/** Something the provider told about the account or the address book: kept, no interaction. */
export interface NoticeFact extends FactBase {
  readonly kind: 'notice';
  readonly topic: string;
  /** whom it is about, when it is about a person (address book, marketing preferences) */
  readonly person?: Person;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A shape nobody here knows. With an interaction key it is still shown to people, as "unsupported". */
export interface UnrecognisedFact extends FactBase {
  readonly kind: 'unrecognised';
  readonly topic: string;
  readonly direction?: Direction;
  readonly person?: Person;
}

export type FactKind = Fact['kind'];
