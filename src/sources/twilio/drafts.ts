import { hashKey, interactionKey } from '../../core/key.ts';
import type { Person } from '../../core/interaction.ts';
import type { EventDraft } from '../source.ts';
import { readAddress, toPerson, type Address } from './address.ts';
import type { Payload } from './payload.ts';

/** Kind of this source, part of every key. */
export const twilioKind = 'twilio';

/** The key of a message or call of this source. */
export function keyOf(businessNumber: string, sid: string): string {
  return interactionKey(twilioKind, businessNumber, sid);
}

/** Identity of an event: sids are unique in all of Twilio, so that no number is needed. */
export function dedupeOf(kind: EventDraft['kind'], sid: string, ...qualifiers: readonly string[]): string {
  return hashKey(twilioKind, kind, sid, ...qualifiers);
}

/** An event before it has its keys. */
export interface DraftParts {
  readonly kind: EventDraft['kind'];
  /** of the interaction */
  readonly sid: string;
  /** what tells this event from others of the same kind and interaction */
  readonly qualifiers: readonly string[];
  readonly businessNumber: string | undefined;
  readonly people: readonly Person[];
  /** ISO 8601 */
  readonly occurredAt: string;
  readonly payload: Payload;
}

/** An event of an interaction. Without the firm's number it belongs to none and somebody must look: unrecognised. */
export function draft(parts: DraftParts): EventDraft {
  const { kind, sid, qualifiers, businessNumber, people, occurredAt, payload } = parts;
  const dedupeKey = dedupeOf(kind, sid, ...qualifiers);
  if (businessNumber === undefined) return { dedupeKey, kind: 'unrecognised', people, occurredAt, payload };
  const interaction = { interactionKey: keyOf(businessNumber, sid), providerId: sid };
  return { dedupeKey, kind, businessNumber, ...interaction, people, occurredAt, payload };
}

/** An event without an interaction: its identity is its content. */
export function looseDraft(
  kind: 'notice' | 'unrecognised',
  payload: Payload,
  received: string,
  businessNumber?: string,
): EventDraft {
  return {
    dedupeKey: hashKey(twilioKind, kind, JSON.stringify(payload)),
    kind,
    ...(businessNumber !== undefined && { businessNumber }),
    people: peopleAnywhere(payload, businessNumber),
    occurredAt: received,
    payload,
  };
}

/** The people at these addresses, the firm's number left out. */
export function peopleAt(addresses: readonly Address[], businessNumber: string | undefined): Person[] {
  const people = addresses
    .filter(({ phone, userId }) => userId !== undefined || (phone !== undefined && phone !== businessNumber))
    .map((address) => toPerson(address));
  return [...new Map(people.map((person) => [JSON.stringify(person), person])).values()];
}

/** Names under which Twilio tells of ends and people. */
const personNames =
  /^(from|to|author|caller|called|waid|externaluserid|address|messagingbinding\.address|identity)$/i;

function peopleAnywhere(value: unknown, businessNumber: string | undefined): Person[] {
  const found: Address[] = [];
  const queue: unknown[] = [value];
  for (let current = queue.pop(); current !== undefined; current = queue.pop()) {
    if (typeof current !== 'object' || current === null) continue;
    for (const [name, inner] of Object.entries(current)) {
      if (typeof inner === 'string' && personNames.test(name)) found.push(readAddress(inner));
      else if (typeof inner === 'object' && inner !== null) queue.push(inner);
    }
  }
  return peopleAt(found, businessNumber);
}
