import { canonicalPhone } from './phone.ts';
export type Direction = 'inbound' | 'outbound';

/** How far an outgoing message got, as WhatsApp tells. */
export type DeliveryState = 'sent' | 'delivered' | 'read' | 'played' | 'failed';

/** The person on the other side, as far as the source knows. No phone number is normal: WhatsApp has user names. */
export interface Person {
  /** E.164 */
  readonly phone?: string;
  /** business-scoped user id */
  readonly userId?: string;
  readonly parentUserId?: string;
  /** profile name, chosen by the person */
  readonly name?: string;
  readonly username?: string;
}

/** A file that belongs to a message or call. `id` is the provider's; links expire and are never kept. */
export interface Media {
  readonly id: string;
  readonly mimeType?: string;
  readonly fileName?: string;
  /** as the provider gave it: base64 or hex */
  readonly sha256?: string;
  readonly voice?: boolean;
  readonly animated?: boolean;
  /** what became of it; absent while it has not been fetched */
  readonly result?: FileResult;
}

/** A file kept by the hash of its content, or why there is none. */
export type FileResult =
  | {
      readonly state: 'stored';
      /** lower-case hex of the kept content */
      readonly sha256: string;
      /** bytes */
      readonly size: number;
      readonly mimeType?: string;
      readonly fileName?: string;
    }
  | {
      readonly state: 'missing';
      /** of the table in source-errors.ts */
      readonly code: string;
      readonly text: string;
    }
  | {
      /** it was kept, and a rule has removed it since */
      readonly state: 'removed';
      readonly rule: string;
    };

/**
 * How a source came to know of a message: `live`; `echo` (typed on the phone); `standby` (another app had the thread);
 * `history`; `api` (sent through the recording pass-through); `list` (asked for afterwards); `import` (a chat export).
 */
export type Via = 'live' | 'echo' | 'standby' | 'history' | 'api' | 'list' | 'import';

/**
 * What a message holds. `type` is the provider's own word (`text`, `image`, `order`, …) and `text` what a person would
 * read of it: a text's body, a caption, the chosen button, a location's name and place. `details` has what else a
 * mapping may want. Several fields may be present at once.
 */
export interface MessageContent {
  readonly type: string;
  readonly text: string;
  readonly media?: readonly Media[];
  /** the message it answers: the interaction's key, and the provider's id */
  readonly replyTo?: { readonly key: string; readonly providerId: string };
  readonly forwarded?: boolean;
  /** the ad it came from, in words */
  readonly referral?: {
    readonly headline?: string;
    readonly url?: string;
    readonly clickId?: string;
  };
  readonly details?: Readonly<Record<string, unknown>>;
}

export type CallResult = 'answered' | 'missed' | 'no-answer' | 'rejected' | 'failed';

export interface Reaction {
  readonly direction: Direction;
  readonly emoji: string;
  readonly at: string;
  /** name, phone number or user id; in groups only, where several people may react */
  readonly by?: string;
}

interface InteractionBase {
  readonly key: string;
  /** settings id of the source that saw it first */
  readonly source: string;
  readonly sourceKind: string;
  /** E.164 of the firm's number */
  readonly businessNumber: string;
  readonly providerId: string;
  readonly direction: Direction;
  /** ISO 8601, UTC: when it happened, not when we learned of it */
  readonly occurredAt: string;
  readonly person: Person;
  readonly group?: { readonly id: string; readonly subject?: string };
  /** the content was destroyed: by which rule, and when */
  readonly purged?: { readonly rule: string; readonly at: string };
}

export interface MessageInteraction extends InteractionBase {
  readonly kind: 'message';
  /** the content now; absent: never seen, only delivery states, a reaction or a revoke of it (see `withoutContent`) */
  readonly content?: MessageContent;
  /** what it said before each edit, oldest first; the first one is the original, kept for ever */
  readonly earlier: readonly {
    readonly content: MessageContent;
    readonly until: string;
  }[];
  /** it was edited, and what it said at first was never seen */
  readonly originalMissing?: true;
  readonly revokedAt?: string;
  readonly reactions: readonly Reaction[];
  readonly status?: {
    readonly state: DeliveryState;
    readonly at: string;
    readonly error?: { readonly code: string; readonly text: string };
  };
  readonly via: Via | 'unknown';
}

export interface CallInteraction extends InteractionBase {
  readonly kind: 'call';
  /** absent while the call is not over */
  readonly result?: CallResult;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly durationSeconds?: number;
  readonly error?: { readonly code: string; readonly text: string };
  readonly recording?: Media;
  readonly transcript?: Media;
  readonly voicemail?: Media;
}

/** What a person would call one message or one call. */
export type Interaction = MessageInteraction | CallInteraction;

/** An outgoing message of which only delivery states were seen: WhatsApp's statuses never carry the text. */
export function isWithoutContent(interaction: Interaction): boolean {
  return interaction.kind === 'message' && interaction.content === undefined;
}

/**
 * Under which a person is looked up in a directory: user ids first (they are exact), then the phone number in its
 * canonical form.
 */
export function addressesOf({ userId, parentUserId, phone }: Person): string[] {
  const number = phone === undefined ? undefined : canonicalPhone(phone);
  return [userId, parentUserId, number].filter(
    (address) => address !== undefined && address !== '',
  ) as string[];
}
