import type { Readable } from 'node:stream';
import type { Fact } from '../core/fact.ts';
import type { Finding } from '../core/finding.ts';
import type { Media, Person } from '../core/interaction.ts';

/** One fact from a source as it is appended to the ledger: keys and the verbatim payload, nothing interpreted yet. */
export interface EventDraft {
  /** the same fact again has the same id: 64 hex digits, `hashKey` over source kind, number, provider ids and kind */
  readonly dedupeKey: string;
  /** the product's word for it; says which part of `normalize` reads the payload */
  readonly kind:
    | 'message'
    | 'edit'
    | 'revoke'
    | 'reaction'
    | 'status'
    | 'call'
    | 'number-change'
    | 'notice'
    | 'media'
    | 'unrecognised';
  /** E.164 of the firm's number; undefined where the payload names none (account events, unknown shapes) */
  readonly businessNumber?: string;
  /** the interaction it belongs to (for an edit: the original's); undefined when it makes none */
  readonly interactionKey?: string;
  /** provider's id of that interaction */
  readonly providerId?: string;
  /** everyone it concerns, for the privacy gate: phone numbers and user ids */
  readonly people: readonly Person[];
  /** ISO 8601; the time of the event as the provider says, or of receipt where it says nothing usable */
  readonly occurredAt: string;
  /** verbatim fragment with what is needed to read it alone (field, metadata, contacts) */
  readonly payload: unknown;
}

/** An event as the ledger gives it back. */
export interface StoredEvent {
  /** ledger sequence, ascending in order of arrival */
  readonly id: number;
  readonly source: string;
  readonly sourceKind: string;
  readonly kind: EventDraft['kind'];
  readonly businessNumber?: string;
  readonly interactionKey?: string;
  readonly providerId?: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
  readonly payload: unknown;
}

/** A request as it came over the wire. */
export interface WebhookRequest {
  /** the bytes that were signed */
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** path and query as requested */
  readonly url: string;
}

/** The way in of a source that is pushed to us. */
export interface WebhookSource {
  readonly id: string;
  readonly kind: string;
  /** what a good request is answered with; undefined: plain `ok` */
  readonly reply?: { readonly type: string; readonly text: string };
  /** Answer to the provider's verification request, or undefined to refuse it. */
  challenge(query: Readonly<Record<string, string | undefined>>): string | undefined;
  /** Is it signed by the provider? Timing-safe. */
  verify(request: WebhookRequest): boolean;
  /** Splits a body into events. Never throws: what it cannot read becomes `unrecognised`. */
  split(body: Buffer, receivedAt: Date): EventDraft[];
  /**
   * Reads the payload of an event that named no number of the firm as one of this number. Never throws: what it cannot
   * read is `unrecognised`.
   */
  readAs(payload: unknown, businessNumber: string, receivedAt: Date): EventDraft[];
}

/** One page of a list, as events. */
export interface PollPage {
  readonly drafts: readonly EventDraft[];
  /** where to go on after this page, also after a crash; opaque to the caller, kept in the ledger with the events */
  readonly cursor: string;
}

/** What a poll may ask while it runs. */
export interface PollContext {
  /** where the last page ended; undefined: never polled */
  readonly cursor: string | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
  /** which of these events are in the ledger already: spares questions about them */
  known(dedupeKeys: readonly string[]): Promise<ReadonlySet<string>>;
}

/** A source that can be asked for what happened: the truth where a webhook was missed. */
export interface PollSource {
  readonly id: string;
  readonly kind: string;
  /** milliseconds between two polls of a stream */
  readonly everyMs: number;
  /** lists that are polled on their own, each with its cursor: `messages`, `calls`, … */
  readonly streams: readonly string[];
  /**
   * The pages of a stream from the cursor on, until it has caught up. The caller has made a page durable before it asks
   * for the next. @throws SourceError
   */
  pages(stream: string, context: PollContext): AsyncIterable<PollPage>;
}

/** Looks at a source's settings from the provider's side: are the credentials good, and for what? Never throws. */
export interface SourceCheck {
  readonly id: string;
  check(signal: AbortSignal): Promise<Finding[]>;
}

/** A file on its way from the provider. */
export interface FetchedMedia {
  readonly stream: Readable;
  readonly mimeType?: string;
  readonly fileName?: string;
  /** hash that the provider names, base64 or hex */
  readonly sha256?: string;
}

/** Which file is meant. */
export interface MediaRequest {
  readonly media: Media;
  readonly businessNumber: string;
  /** provider's id of the message or call */
  readonly providerId: string;
}

/** Where the files of a source's messages and calls are fetched. */
export interface MediaSource {
  readonly id: string;
  /** milliseconds that the provider keeps a file; undefined: without end */
  readonly keepsMs?: number;
  /**
   * Opens the file. Follows redirects to the provider's hosts alone and never to a private address.
   * @throws SourceError
   */
  fetchMedia(
    request: MediaRequest,
    options: { readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<FetchedMedia>;
}

/** A request of the sender's, to be forwarded as it is. */
export interface ForwardRequest {
  readonly method: string;
  /** path and query after `/graph/:source` */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The provider's answer, to be given back exactly. */
export interface ForwardAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/**
 * Records what is sent through it. `record` makes events durable: what will be sent before it is sent (its failure means
 * that nothing is sent), what became of it after.
 */
export interface PassThrough {
  readonly id: string;
  /** never throws: what went wrong is an answer in the provider's own shape */
  forward(
    request: ForwardRequest,
    record: (drafts: readonly EventDraft[]) => Promise<void>,
  ): Promise<ForwardAnswer>;
  close(): Promise<void>;
}

/** Reads a stored payload of a source kind. Pure and total: what it cannot read is an `unrecognised` fact. */
export type Normalize = (event: StoredEvent) => Fact;
