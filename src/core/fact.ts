import type {
  CallResult,
  DeliveryState,
  Direction,
  FileResult,
  Media,
  MessageContent,
  Person,
  Via,
} from './interaction.ts';

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
  | MediaFact
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
  readonly via: Via;
  /** the last delivery state that came with it (history and lists only) */
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
  /** what a group is called from then on */
  readonly group?: { readonly id: string; readonly subject: string };
  /** the account's state has changed in a way that stops or restores capture */
  readonly alert?: AlertChange;
}

/** What became of a file: kept by its hash, or not to be had. */
export interface MediaFact extends FactBase {
  readonly kind: 'media';
  /** provider's id */
  readonly mediaId: string;
  readonly result: FileResult;
}

/** An alert about a source: raised, or over. */
export interface AlertChange {
  /** what it is about within the source: an account's or number's id, or `` for the source as a whole */
  readonly subject: string;
  /** `capture-stopped`, `account-restricted`, `source-auth-failed`, …: one alert per code and subject */
  readonly code: string;
  readonly raised: boolean;
  /** what happened and what to do, for an admin */
  readonly text: string;
}

/** A shape nobody here knows. With an interaction key it is still shown to people, as "unsupported". */
export interface UnrecognisedFact extends FactBase {
  readonly kind: 'unrecognised';
  readonly topic: string;
  readonly direction?: Direction;
  readonly person?: Person;
}

export type FactKind = Fact['kind'];
