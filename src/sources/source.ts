import type { Fact } from '../core/fact.ts';
import type { Person } from '../core/interaction.ts';

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

/** The way in of a source that is pushed to us. */
export interface WebhookSource {
  readonly id: string;
  readonly kind: string;
  /** Answer to the provider's verification request, or undefined to refuse it. */
  challenge(query: Readonly<Record<string, string | undefined>>): string | undefined;
  /** Is the signature right for exactly these bytes? Timing-safe. */
  verify(body: Buffer, headers: Readonly<Record<string, string | string[] | undefined>>): boolean;
  /** Splits a body into events. Never throws: what it cannot read becomes `unrecognised`. */
  split(body: Buffer, receivedAt: Date): EventDraft[];
}

/** Reads a stored payload of a source kind. Pure and total: what it cannot read is an `unrecognised` fact. */
export type Normalize = (event: StoredEvent) => Fact;
